"""Start JupyterLab at the first lesson, in this process, on this machine only, with a quiet log.

It is not a place for the lessons' settings: a notebook opened in any other Jupyter works the same.
"""

import os
import signal
import webbrowser
from pathlib import Path

from readiness.base.messages import UserError, _

FIRST_LESSON = "notebooks/00-start-here.ipynb"
COURSE_PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """The folder that holds the lessons: the one in which the package stands, in a clone or an editable install.

    Raises UserError where the package came without them.
    """
    root = COURSE_PACKAGE.parents[1]
    if not (root / FIRST_LESSON).is_file():
        raise UserError(
            _(
                "The lessons are not beside the package, in {folder}: "
                "clone the whole course, and in its folder run `pip install -e .`."
            ).format(folder=root)
        )
    return root


def has_browser() -> bool:
    """Whether Python knows a browser that it could open here."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def start_lab(browser: bool = True, port: int | None = None, extra: list[str] | None = None) -> None:
    """Run JupyterLab until it is stopped (Ctrl-C, SIGTERM), after one line on standard output that says its address.

    With no port, Jupyter looks for a free one from 8888 on; with one, it takes that or ends (SystemExit).
    `extra` is handed to Jupyter as it is.
    """
    try:
        import zmq  # these two take half a second, which `report` need not wait
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise UserError(
            _("This Python has no JupyterLab ({error}): start the course with `make lab`, which installs it.").format(
                error=error
            )
        ) from error

    root = course_root()
    # Jupyter looks for `labconfig/default_setting_overrides.json` in each of these folders
    # (jupyterlab_server.settings_utils._get_overrides); what learners set for themselves still wins.
    folders = [str(COURSE_PACKAGE), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))
    found = browser and has_browser()
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.contents_manager_class=readiness.course.contents.Pages",
        "--Application.log_level=ERROR",
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if zmq.has("curve"):  # without encryption each kernel prints a warning here, between the learner and the address
        arguments.append("--KernelManager.transport_encryption=auto")
    if not found:
        arguments.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:  # a container's only user, say; Jupyter wants it said
        arguments.append("--allow-root")
    server = LabApp.initialize_server(argv=arguments + (extra or []))

    # A token that the learner chose isn't shown: Jupyter will ask for it.
    address = server.local_url.removesuffix("?token=...")
    server.identity_provider.token_generated = False  # said below; else Jupyter says it in nine more lines

    def say_address() -> None:
        print(_("The course runs until Ctrl-C, at {address}").format(address=address), flush=True)
        if browser and not found:
            print(_("No browser was found here: open that address in yours."), flush=True)

    server.io_loop.add_callback(say_address)  # after the callback that binds the port, which Jupyter has added already

    def stop(signum: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C doesn't wait for kernels
        server.stop(from_signal=True)

    # Jupyter's own handler asks "y/n?" (and, without a terminal, there is none and the kernels are left running).
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()

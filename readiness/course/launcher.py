"""Start JupyterLab at the first lesson, in this process, on this machine only, with a quiet log.

The lessons' settings are not here: a notebook opened in any other Jupyter works the same.
"""

import os
import signal
import webbrowser
from pathlib import Path

from readiness.base.messages import UserError, _

FIRST_LESSON = "notebooks/00-start-here.ipynb"
COURSE_PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """Return the folder that holds the lessons: the package's own, in a clone or an editable install.

    Raises:
        UserError: the package was installed without the lessons.
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
    """Return whether Python knows a browser that it could open here."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def start_lab(browser: bool = True, port: int | None = None, extra: list[str] | None = None) -> None:
    """Run JupyterLab until it is stopped (Ctrl-C, SIGTERM); print its address in one line first.

    Args:
        browser: whether to open a browser, if there is one.
        port: the port to listen on; without one, Jupyter looks for a free one from 8888 on.
        extra: further arguments for Jupyter.

    Raises:
        UserError: this Python has no JupyterLab.
        SystemExit: the port is taken.
    """
    try:
        import zmq  # these two take half a second, which `report` need not wait for
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
    open_browser = browser and has_browser()
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.contents_manager_class=readiness.course.contents.FrozenNotebookManager",
        "--Application.log_level=ERROR",
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if zmq.has("curve"):  # without encryption each kernel prints a warning here, between the learner and the address
        arguments.append("--KernelManager.transport_encryption=auto")
    if not open_browser:
        arguments.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:  # a container's only user, say; Jupyter asks for this option
        arguments.append("--allow-root")
    server = LabApp.initialize_server(argv=arguments + (extra or []))

    # A token that the learner chose isn't shown: Jupyter will ask for it.
    address = server.local_url.removesuffix("?token=...")
    server.identity_provider.token_generated = False  # printed below; else Jupyter prints it in nine more lines

    def print_address() -> None:
        print(_("The course runs until Ctrl-C, at {address}").format(address=address), flush=True)
        if browser and not open_browser:
            print(_("No browser was found here: open that address in yours."), flush=True)

    server.io_loop.add_callback(print_address)  # after Jupyter's own callback, which binds the port

    def stop(signum: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C doesn't wait for kernels
        server.stop(from_signal=True)

    # Jupyter's own handler asks "y/n?" (and, without a terminal, there is none and the kernels are left running).
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()

"""Start JupyterLab at the first lesson, in this process, for this machine only, with few messages.

The lessons need nothing from this module: they also work in any other Jupyter.
"""

import os
import signal
import webbrowser
from pathlib import Path

from readiness.base.messages import UserError, _

FIRST_LESSON = "notebooks/00-start-here.ipynb"
COURSE_PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """Return the folder that holds the lessons, which is the package's own in a clone or an editable install.

    Raises:
        UserError: The package was installed without the lessons.
    """
    root = COURSE_PACKAGE.parents[1]
    if not (root / FIRST_LESSON).is_file():
        raise UserError(
            _(
                "There are no lessons in {folder}: clone the whole course, and run `pip install -e .` in its folder."
            ).format(folder=root)
        )
    return root


def has_browser() -> bool:
    """Return whether Python finds a browser that it can open here."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def start_lab(browser: bool = True, port: int | None = None, extra: list[str] | None = None) -> None:
    """Run JupyterLab until Ctrl-C or SIGTERM stops it; print its address in one line first.

    Args:
        browser: whether to open a browser, if there is one.
        port: the port to listen on; without one, Jupyter takes the first free port from 8888 on.
        extra: further arguments for Jupyter.

    Raises:
        UserError: The package was installed without the lessons.
        ImportError: This Python lacks JupyterLab.
        SystemExit: The port is taken.
    """
    # This import takes half a second, so it is here: `python -m readiness report` does not wait for it.
    from jupyterlab.labapp import LabApp

    open_browser = browser and has_browser()
    arguments = _jupyter_arguments(course_root(), open_browser, port)
    _use_the_courses_settings()
    server = LabApp.initialize_server(argv=arguments + (extra or []))

    # Jupyter shows no token that the learner chose, and asks for it in the browser.
    address = server.local_url.removesuffix("?token=...")
    server.identity_provider.token_generated = False  # else Jupyter prints the address again, in nine lines

    def print_address() -> None:
        print(_("The course runs until Ctrl-C, at {address}").format(address=address), flush=True)
        if browser and not open_browser:
            print(_("No browser was found here: open this address in a browser of your own."), flush=True)

    def stop(signum: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait for the kernels
        server.stop(from_signal=True)

    server.io_loop.add_callback(print_address)  # after Jupyter's own callback, which binds the port
    # Jupyter's own handler asks "y/n?". Without a terminal it can't ask, and leaves the kernels running.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()


def _use_the_courses_settings() -> None:
    """Let Jupyter find `labconfig/default_setting_overrides.json`; a learner's own settings override those there."""
    # Jupyter looks for that file in each of these folders (jupyterlab_server.settings_utils._get_overrides).
    folders = [str(COURSE_PACKAGE), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))


def _jupyter_arguments(root: Path, open_browser: bool, port: int | None) -> list[str]:
    """Return the command line of JupyterLab."""
    import zmq  # slow, as JupyterLab

    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.contents_manager_class=readiness.course.contents.FrozenNotebookManager",
        "--Application.log_level=ERROR",
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if zmq.has("curve"):  # without encryption each kernel prints a warning
        arguments.append("--KernelManager.transport_encryption=auto")
    if not open_browser:
        arguments.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:  # in many containers root is the only user; Jupyter then needs this
        arguments.append("--allow-root")
    return arguments

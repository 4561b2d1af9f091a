"""Start JupyterLab in this process, at the first episode. It prints few messages, and listens only on 127.0.0.1.

The episodes need nothing from this module: they also work in any other Jupyter.
"""

import importlib.util
import os
import signal
import sys
import webbrowser
from pathlib import Path

from readiness.base.messages import _
from readiness.course.course_folder import FIRST_LESSON, FOLDERS, course_root

COURSE_PACKAGE = Path(__file__).resolve().parent


def has_browser() -> bool:
    """Return whether Python finds a browser that it can open on this machine."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def start_lab(browser: bool = True, port: int | None = None, extra: list[str] | None = None) -> None:
    """Start JupyterLab, print its address in one line, and return when Ctrl-C or SIGTERM has stopped it.

    Args:
        browser: whether to open a browser, if the machine has one.
        port: the port to listen on. None lets Jupyter take the first free port that is 8888 or higher.
        extra: more command-line arguments for Jupyter.

    Raises:
        UserError: The current folder is in no course.
        ImportError: JupyterLab is not installed in this Python.
        SystemExit: The port is in use.
    """
    root = course_root()
    # This import takes half a second, so it is here: `python -m readiness report` does not wait for it.
    from jupyterlab.labapp import LabApp

    from readiness.course.learner_copy import version_note

    open_browser = browser and has_browser()
    arguments = _jupyter_arguments(root, open_browser, port)
    os.environ.update(course_environment())
    if note := version_note(root):
        print(note, flush=True)
    for file in shadowing_files(root):
        text = _("{file} has the name of a module: rename the file. Notebooks beside it may not start or not import.")
        print(text.format(file=file), flush=True)
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


def shadowing_files(root: Path) -> list[Path]:
    """Return the files beside the notebooks that have the name of a module, such as ``re.py`` or ``numpy.py``.

    A notebook's kernel imports such a file instead of the module. Python's own modules are affected only while the
    kernel starts, since IPython then puts the current folder behind them in `sys.path`.

    Args:
        root: the folder of the course.
    """
    files = [file for folder in FOLDERS for file in sorted((root / folder).glob("*.py"))]
    return [file.relative_to(root) for file in files if _is_module(file.stem)]


def _is_module(name: str) -> bool:
    if not name.isidentifier() or name.startswith("__"):
        return False  # it can't be imported by this name, or it is no module that another one needs
    return name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None


def course_environment() -> dict[str, str]:
    """Return the environment variables of a server that shows the course, and of its kernels.

    Jupyter then finds `labconfig/default_setting_overrides.json`; a learner's own settings override those settings.
    Python then takes file names for UTF-8, as FTP does (PEP 540), also if the locale says something else. IPython runs
    `kernel_startup.py` in each new kernel, unless the learner has a startup file.
    """
    from readiness.course.progress_store import PROGRESS_ENV  # it needs a package, and `course_root` needs none

    environment = {
        "PYTHONUTF8": os.environ.get("PYTHONUTF8", "1"),
        "PYTHONSTARTUP": os.environ.get("PYTHONSTARTUP", str(COURSE_PACKAGE / "kernel_startup.py")),
    }
    if named := os.environ.get(PROGRESS_ENV):  # the kernels run in several folders
        environment[PROGRESS_ENV] = os.path.abspath(os.path.expanduser(named))
    # Jupyter looks for that file in each of these folders (jupyterlab_server.settings_utils._get_overrides).
    folders = [str(COURSE_PACKAGE), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))
    return environment


def page_arguments() -> list[str]:
    """Return the command-line arguments with which JupyterLab's page gets the course's extension."""
    return [f"--LabApp.extra_labextensions_path={COURSE_PACKAGE / 'labextensions'}"]


def _jupyter_arguments(root: Path, open_browser: bool, port: int | None) -> list[str]:
    """Return the command-line arguments of JupyterLab. `root` is the folder that JupyterLab shows."""
    import zmq  # slow, as JupyterLab

    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        *page_arguments(),
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

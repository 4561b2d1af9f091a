"""``python -m readiness``: JupyterLab, opened at the first lesson.

``report`` says what this machine offers, ``reset 05`` gives a fresh copy of a lab.

It runs Jupyter's own server in this process, on this machine only, with its log quiet and its defaults a little calmer.
It is not a place for the lessons' settings: a notebook opened in any other Jupyter works the same.
"""

import argparse
import os
import signal
import sys
import webbrowser
from pathlib import Path

from readiness import commandline
from readiness.words import Refusal, _

FIRST_LESSON = "notebooks/00-start-here.ipynb"
HOUSE = Path(__file__).resolve().parent


def course_root() -> Path:
    """The folder that holds the lessons: the one in which the package stands, in a clone or an editable install.

    Raises Refusal where the package came without them.
    """
    root = HOUSE.parent
    if not (root / FIRST_LESSON).is_file():
        raise Refusal(
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
        raise Refusal(
            _("This Python has no JupyterLab ({error}): start the course with `make lab`, which installs it.").format(
                error=error
            )
        ) from error

    root = course_root()
    # Jupyter looks for `labconfig/default_setting_overrides.json` in each of these folders
    # (jupyterlab_server.settings_utils._get_overrides); what learners set for themselves still wins.
    folders = [str(HOUSE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))
    found = browser and has_browser()
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.contents_manager_class=readiness.pages.Pages",
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


def reset(number: str) -> str:
    """A fresh copy of one lab; what stood there is kept beside it. The sentence says where. Refusal: no such lab."""
    from readiness import labs

    root = course_root()
    solution = labs.find(root / "solutions", number)
    lab = root / "labs" / solution.name
    fresh = labs.text(solution)
    kept = ""
    if lab.exists():
        if lab.read_text(encoding="utf-8") == fresh:
            return _("labs/{name} is as new already.").format(name=lab.name)
        other = labs.aside(lab)
        lab.rename(other)
        kept = " " + _("What stood there is kept as {name}.").format(name=f"labs/{other.name}")
    lab.write_text(fresh, encoding="utf-8", newline="\n")
    return _("labs/{name} is as new.").format(name=lab.name) + kept


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do what it says; the exit code is returned."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    extra: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, extra = arguments[:cut], arguments[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="python -m readiness",
        description=_("Start JupyterLab at the first lesson."),
        epilog=_("What follows a lone -- is handed to JupyterLab."),
    )
    parser.add_argument(
        "verb",
        nargs="?",
        choices=["report", "reset"],
        help=_("report: say what this machine offers; reset: give a fresh copy of a lab, and keep the old one"),
    )
    parser.add_argument("lab", nargs="?", help=_("the number of the lab to reset, such as 05"))
    parser.add_argument("--no-browser", action="store_true", help=_("only say the address"))
    parser.add_argument("--port", type=commandline.port, help=_("the port to listen on (0: any that is free)"))
    options = parser.parse_args(arguments)
    if options.lab is not None and options.verb != "reset":
        parser.error(_("a lab's number goes with reset alone"))
    try:
        if options.verb == "report":
            from readiness import limits

            print(limits.report())
        elif options.verb == "reset":
            if options.lab is None:
                raise Refusal(_("Say which lab, as in: python -m readiness reset 05"))
            print(reset(options.lab))
        else:
            start_lab(browser=not options.no_browser, port=options.port, extra=extra)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the server could take it
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

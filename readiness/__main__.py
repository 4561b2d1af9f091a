"""The command ``python -m readiness``: start JupyterLab with the first episode open.

``python -m readiness report`` prints what this machine offers, such as epoll and its limits. ``python -m readiness
reset 05`` makes a fresh copy of lab 05, and keeps the old copy. This module only parses the command line: the work is
done by `course.launcher`, `course.labs` and `system.limits`.
"""

import argparse
import os
import sys

from readiness.base import argtypes
from readiness.base.messages import UserError, _

COURSE_PYTHON = r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python"


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the command line names, and return the exit code.

    Args:
        arguments: the command line without the program's name; None means `sys.argv[1:]`.

    Returns:
        0, or 1 after an error that the user can correct. The error is printed on stderr.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    extra: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, extra = arguments[:cut], arguments[cut + 1 :]
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.lab is not None and options.command != "reset":
        parser.error(_("only reset takes the number of a lab"))
    try:
        _run(options, extra)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except ImportError as error:
        if (error.name or "").startswith("readiness"):
            raise
        text = _(
            "This Python lacks a package that the course needs ({error}): use {python}, which `make lab` installs "
            "(README.md says how to install it without make)."
        )
        print(text.format(error=error, python=COURSE_PYTHON), file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before JupyterLab has its own handler
        pass
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m readiness",
        description=_("Start JupyterLab at the first episode."),
        epilog=_("Arguments after -- are passed to JupyterLab."),
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=["report", "reset"],
        help=_("report: print what this machine offers; reset: make a fresh copy of a lab, and keep the old one"),
    )
    parser.add_argument("lab", nargs="?", help=_("the number of the lab to reset, such as 05"))
    parser.add_argument("--no-browser", action="store_true", help=_("only print the address"))
    parser.add_argument("--port", type=argtypes.port_number, help=_("the port to listen on (0: any that is free)"))
    return parser


def _run(options: argparse.Namespace, extra: list[str]) -> None:
    """Run the command of `options`. `extra` are arguments for JupyterLab.

    Each command imports only the modules that it needs. So `report` works without the packages that the course needs.
    """
    if options.command == "report":
        from readiness.system import limits

        print(limits.report())
    elif options.command == "reset":
        if options.lab is None:
            raise UserError(_("Say which lab, as in: python -m readiness reset 05"))
        from readiness.course.labs import reset

        print(reset(options.lab))
    else:
        from readiness.course.launcher import start_lab

        start_lab(browser=not options.no_browser, port=options.port, extra=extra)


if __name__ == "__main__":
    sys.exit(main())

"""The command ``python -m readiness``: start JupyterLab with the first episode open.

``python -m readiness copy DIR`` makes a copy of the course in a folder, or brings it up to date. ``python -m readiness
reset 05`` makes a fresh copy of lab 05, and keeps the old copy. ``python -m readiness report`` prints what this machine
offers, such as epoll and its limits. This module only parses the command line: the work is done by `course.launcher`,
`course.learner_copy`, `course.labs` and `system.limits`.
"""

import argparse
import os
import sys

from readiness.base import argtypes
from readiness.base.messages import UserError, _
from readiness.course.course_folder import describe_place

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
    if options.what is not None and options.command not in ("copy", "reset"):
        parser.error(_("only reset takes the number of a lab, and only copy takes a folder"))
    try:
        _run(options, extra)
        sys.stdout.flush()
    except BrokenPipeError:  # the program that read our output has ended, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return 1
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
        choices=["copy", "report", "reset"],
        help=_(
            "copy: make a copy of the course in a folder, or bring it up to date; report: print what this machine "
            "offers; reset: make a fresh copy of a lab, and keep the old one"
        ),
    )
    parser.add_argument("what", nargs="?", help=_("the folder of the copy, or the number of the lab, such as 05"))
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
        print(describe_place())
    elif options.command == "copy":
        from readiness.course.learner_copy import copy_course

        print(copy_course(options.what or ""))
    elif options.command == "reset":
        if options.what is None:
            raise UserError(_("Say which lab, as in: python -m readiness reset 05"))
        from readiness.course.labs import reset

        print(reset(options.what))
    else:
        from readiness.course.launcher import start_lab

        start_lab(browser=not options.no_browser, port=options.port, extra=extra)


if __name__ == "__main__":
    sys.exit(main())

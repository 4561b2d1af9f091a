"""What the check cells of a lab share: a deadline, a message that teaches, and the progress of the learner.

This module judges nothing itself: each check is a function in a cell of the lab, with plain asserts.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any

from readiness.base.forked_server import error_location
from readiness.base.messages import _

DEFAULT_TIMEOUT = 2.0
"""Seconds that a check may take if it names no timeout."""

PROGRESS_ENV = "READINESS_PROGRESS"
"""The environment variable that names the progress file, instead of ``.progress.json`` beside the package's folder."""


class DeadlineError(BaseException):
    """Raised in the learner's code when its time is over. No Exception: ``except Exception`` must not swallow it."""


class CheckError(AssertionError):
    """A check that did not pass. Its text is sentences, and IPython shows them alone."""

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return str(self).splitlines()


class NotWrittenError(NotImplementedError):
    """What the check of a stub raises: the learner has not written the code yet."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Lab:
    """The checks of one lab: `number` is the one in the file's name, `total_checks` how many there are."""

    def __init__(self, number: str, total_checks: int) -> None:
        self.number, self.total_checks = number, total_checks

    def check(self, section: str, timeout: float = DEFAULT_TIMEOUT) -> Callable[[Callable[[], None]], None]:
        """Decorate a check, which then runs at once.

        The check's docstring says what is checked; its asserts say what was expected, what was seen, and why.

        Args:
            section: the lesson's section to read again, as "03-select-by-hand.ipynb#Call-it-again".
            timeout: seconds that the check may take.

        Raises:
            CheckError: the check failed, or took too long.
            NotWrittenError: the learner has not written the code yet.
        """

        def run(function: Callable[[], None]) -> None:
            failure = self._failure(function, section, timeout)
            record_result(self.number, function.__name__, failure is None, self.total_checks)
            if failure is not None:
                raise failure from None
            print(_("Passed: {what}").format(what=_first_line(function)))
            _display_progress(self)

        return run

    def _failure(self, function: Callable[[], None], section: str, timeout: float) -> BaseException | None:
        """Run the check; return the exception to raise, or None if it passed."""
        try:
            with_deadline(function, timeout)
        except NotImplementedError:
            return NotWrittenError(_("Not written yet: {what}").format(what=_first_line(function)))
        except DeadlineError as error:
            reason = _("It was stopped after {n:g} seconds: it loops, waits for what never comes, or for too long.")
            reason = reason.format(n=timeout) + _interrupted_at(error)
        except AssertionError as error:
            reason = str(error) or _("An assertion failed: {line}").format(line=error_location(error))
        except Exception as error:
            reason = (
                _("{error}\n  at: {line}\nIf that is no slip of the pen: run the cells above first, from the top.")
                if type(error) is NameError  # and no UnboundLocalError: that is a way through their own code
                else _("Your code raised {kind}: {error}\n  at: {line}")
            ).format(kind=type(error).__name__, error=error, line=error_location(error))
        else:
            return None
        lesson, _hash, heading = section.partition("#")
        read_again = _("Look again at lesson {number}, {section}.").format(
            number=lesson.partition("-")[0], section=heading.replace("-", " ") or lesson
        )
        read_again = read_again.replace("?.", "?")  # a heading may be a question
        lines = [_("Not yet: {what}").format(what=_first_line(function)), reason]
        if _in_notebook():
            _display_link(f"../notebooks/{section}", read_again)
        else:
            lines.append(read_again)
        return CheckError("\n".join(lines))

    def passed(self) -> int:
        """Return how many of its checks passed when they last ran."""
        return sum(load_progress().get(self.number, {}).get("checks", {}).values())

    def __str__(self) -> str:
        return _("{n} of {all} checks passed.").format(n=self.passed(), all=self.total_checks)

    def _repr_html_(self) -> str:
        text = escape(str(self))
        bar = f'<progress aria-label="{text}" max="{self.total_checks}" value="{self.passed()}"></progress>'
        return f"<div>{text} {bar}</div>"

    __repr__ = __str__


def with_deadline(function: Callable[[], None], timeout: float) -> None:
    """Call `function`; raise DeadlineError if it has not returned after `timeout` seconds.

    It may be in a loop or in a system call. In the main thread of a POSIX system a timer interrupts it repeatedly,
    until it ends. Elsewhere it runs in a thread of its own, which is left running if it does not end.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        _in_a_thread(function, timeout)
        return

    swallowed, traced = False, sys.gettrace()

    def raise_on_next_line(_frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line":
            raise DeadlineError
        return raise_on_next_line

    def on_alarm(_number: int, frame: FrameType | None) -> None:
        nonlocal swallowed
        if swallowed and frame is not None:  # by a bare except: raise it again, on the next line, outside of its try
            frame.f_trace = raise_on_next_line
            sys.settrace(raise_on_next_line)
        swallowed = True
        raise DeadlineError

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, timeout, 0.2)
    try:
        function()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(traced)


def _in_a_thread(function: Callable[[], None], timeout: float) -> None:
    raised: list[BaseException] = []

    def target() -> None:
        try:
            function()
        except BaseException as error:  # of any kind: raised in the caller
            raised.append(error)

    thread = threading.Thread(target=target, name="readiness-check", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise DeadlineError
    if raised:
        raise raised[0]


def _interrupted_at(error: DeadlineError) -> str:
    """Return the line that was interrupted; empty where a thread was left running."""
    return _("\n  at: {line}").format(line=error_location(error)) if hasattr(signal, "setitimer") else ""


def _first_line(function: Callable[[], None]) -> str:
    return (function.__doc__ or function.__name__).strip().splitlines()[0]


# The progress, in a file that git ignores: it survives a kernel that is restarted.


def _progress_file() -> Path:
    return Path(os.environ.get(PROGRESS_ENV) or Path(__file__).resolve().parents[2] / ".progress.json")


def load_progress() -> dict[str, Any]:
    """Return {lab: {"of": how many checks, "checks": {name: whether it passed when it last ran}}}; empty at first."""
    try:
        return json.loads(_progress_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no file yet, or another program's: that is no error
        return {}


def record_result(lab: str, check: str, passed: bool, total_checks: int) -> None:
    """Save whether a check of a lab passed."""
    progress = load_progress()
    entry = progress.setdefault(lab, {"of": total_checks, "checks": {}})
    entry["of"] = total_checks
    entry["checks"][check] = passed
    try:
        new = _progress_file().with_suffix(".new")
        new.write_text(json.dumps(progress, indent=1), encoding="utf-8")
        os.replace(new, _progress_file())
    except OSError:  # a folder that can't be written to: the check counts all the same
        pass


def summary() -> str:
    """Return a line for each lab that was begun on this machine."""
    labs = [
        _("Lab {number}: {n} of {all} checks passed.").format(
            number=number, n=sum(entry["checks"].values()), all=entry["of"]
        )
        for number, entry in sorted(load_progress().items())
    ]
    return "\n".join(labs) or _("No lab has been begun yet.")


def _in_notebook() -> bool:
    """Return whether a notebook's kernel runs this."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def _display_progress(lab: Lab) -> None:
    """Display the progress as a bar in a notebook, else print it as a line."""
    if _in_notebook():
        from IPython.display import display

        display(lab)
    else:
        print(lab)


def _display_link(target: str, text: str) -> None:
    """Display a link to a lesson's section."""
    from IPython.display import Markdown, display

    display(Markdown(f"[{text}]({target})"))

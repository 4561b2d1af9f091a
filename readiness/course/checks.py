"""Checks: what the check cells of a lab share: a deadline, a message that teaches, and the progress of the learner.

It judges nothing itself: each check is a function in a cell of the lab, with plain asserts.
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

SECONDS = 2.0
"""The deadline of a check that names none."""

PROGRESS = "READINESS_PROGRESS"
"""The variable that names the file of the progress, in the place of ``.progress.json`` beside the package's folder."""


class Late(BaseException):
    """Raised in the learner's code when its time is over. No Exception: ``except Exception`` must not swallow it."""


class CheckFailed(AssertionError):
    """A check that did not pass, in sentences; IPython shows these alone."""

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return str(self).splitlines()


class Lab:
    """The checks of one lab: `number` as in the file's name, `of` how many there are."""

    def __init__(self, number: str, of: int) -> None:
        self.number, self.of = number, of

    def check(self, look: str, seconds: float = SECONDS) -> Callable[[Callable[[], None]], None]:
        """Decorates a check, which then runs at once.

        `look`: the lesson's section to look at again, as "03-select-by-hand.ipynb#Call-it-again".
        The check's docstring says what is checked; its asserts say what was expected, what was seen, and why.
        CheckFailed: it failed, or was too late. NotImplementedError: the learner has not written it yet.
        """

        def run(function: Callable[[], None]) -> None:
            failure = self._failure(function, look, seconds)
            note(self.number, function.__name__, failure is None, self.of)
            if failure is not None:
                raise failure from None
            print(_("Passed: {what}").format(what=_first_line(function)))
            _show(self)

        return run

    def _failure(self, function: Callable[[], None], look: str, seconds: float) -> BaseException | None:
        """What to raise, or None if it passed."""
        try:
            with_deadline(function, seconds)
        except NotImplementedError as error:
            error._render_traceback_ = lambda: [_("Not written yet: {what}").format(what=_first_line(function))]
            return error
        except Late as late:
            why = _("It was stopped after {n:g} seconds: it loops, waits for what never comes, or for too long.")
            why = why.format(n=seconds) + _where(late)
        except AssertionError as error:
            why = str(error) or _("An assertion failed: {line}").format(line=error_location(error))
        except Exception as error:
            why = (
                _("{error}\n  at: {line}\nIf that is no slip of the pen: run the cells above first, from the top.")
                if type(error) is NameError  # and no UnboundLocalError: that is a way through their own code
                else _("Your code raised {kind}: {error}\n  at: {line}")
            ).format(kind=type(error).__name__, error=error, line=error_location(error))
        else:
            return None
        lesson, _hash, section = look.partition("#")
        where = _("Look again at lesson {number}, {section}.").format(
            number=lesson.partition("-")[0], section=section.replace("-", " ") or lesson
        )
        where = where.replace("?.", "?")  # a section's name may be a question
        lines = [_("Not yet: {what}").format(what=_first_line(function)), why]
        if _has_screen():
            _link(f"../notebooks/{look}", where)
        else:
            lines.append(where)
        return CheckFailed("\n".join(lines))

    def passed(self) -> int:
        """How many of its checks passed when they last ran."""
        return sum(load().get(self.number, {}).get("checks", {}).values())

    def __str__(self) -> str:
        return _("{n} of {all} checks passed.").format(n=self.passed(), all=self.of)

    def _repr_html_(self) -> str:
        words = escape(str(self))
        bar = f'<progress aria-label="{words}" max="{self.of}" value="{self.passed()}"></progress>'
        return f"<div>{words} {bar}</div>"

    __repr__ = __str__


def with_deadline(function: Callable[[], None], seconds: float) -> None:
    """Call `function`; Late when it has not returned in time, wherever it is then: in a loop, in a system call.

    In the main thread of a POSIX system a timer interrupts it, again and again until it gives way. Elsewhere it runs
    in a thread of its own, which is left behind if it does not end.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        _in_a_thread(function, seconds)
        return

    def again(_frame: FrameType, event: str, _given: Any) -> Any:
        if event == "line":
            raise Late
        return again

    def ring(_number: int, frame: FrameType | None) -> None:
        nonlocal swallowed
        if swallowed and frame is not None:  # by a bare except: raise it in there once more, where nothing catches it
            frame.f_trace = again
            sys.settrace(again)
        swallowed = True
        raise Late

    swallowed, traced = False, sys.gettrace()
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        function()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(traced)


def _in_a_thread(function: Callable[[], None], seconds: float) -> None:
    raised: list[BaseException] = []

    def target() -> None:
        try:
            function()
        except BaseException as error:  # whatever it is, the caller is told
            raised.append(error)

    thread = threading.Thread(target=target, name="readiness-check", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Late
    if raised:
        raise raised[0]


def _where(late: Late) -> str:
    """The line that was interrupted; nothing where a thread was left behind."""
    return _("\n  at: {line}").format(line=error_location(late)) if hasattr(signal, "setitimer") else ""


def _first_line(function: Callable[[], None]) -> str:
    return (function.__doc__ or function.__name__).strip().splitlines()[0]


# The progress, in a file that git ignores: it survives a kernel that is restarted.


def _file() -> Path:
    return Path(os.environ.get(PROGRESS) or Path(__file__).resolve().parents[2] / ".progress.json")


def load() -> dict[str, Any]:
    """{lab: {"of": how many checks, "checks": {name: whether it passed when it last ran}}}; empty if none ran yet."""
    try:
        return json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or not ours: progress is a comfort, and never an error
        return {}


def note(lab: str, check: str, passed: bool, of: int) -> None:
    """Keep that a check of a lab passed, or not."""
    progress = load()
    entry = progress.setdefault(lab, {"of": of, "checks": {}})
    entry["of"] = of
    entry["checks"][check] = passed
    try:
        new = _file().with_suffix(".new")
        new.write_text(json.dumps(progress, indent=1), encoding="utf-8")
        os.replace(new, _file())
    except OSError:  # a folder that can't be written to: the check counts all the same
        pass


def summary() -> str:
    """A line for each lab that was begun, on this machine."""
    labs = [
        _("Lab {number}: {n} of {all} checks passed.").format(
            number=number, n=sum(entry["checks"].values()), all=entry["of"]
        )
        for number, entry in sorted(load().items())
    ]
    return "\n".join(labs) or _("No lab has been begun yet.")


def _has_screen() -> bool:
    """Whether a notebook's kernel runs this."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def _show(lab: Lab) -> None:
    """The progress as a bar where there is a screen, else as a line."""
    if _has_screen():
        from IPython.display import display

        display(lab)
    else:
        print(lab)


def _link(target: str, words: str) -> None:
    """A link to a lesson's section."""
    from IPython.display import Markdown, display

    display(Markdown(f"[{words}]({target})"))

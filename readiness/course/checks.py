"""What all checks of the labs share: a time limit, and the form of the messages.

A check is a function in a cell of a lab. Its asserts judge the learner's code. This module judges nothing itself.
"""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from readiness.base.messages import _
from readiness.course import answers, cell_runs, failures, lab_page, progress_store
from readiness.course.deadline import DeadlineError, with_deadline  # noqa: F401 – a lab imports them from here
from readiness.course.passes import Passes
from readiness.course.progress_store import PROGRESS_ENV as PROGRESS_ENV  # the tests of the labs set it
from readiness.course.setup_names import SetupNames
from readiness.course.watched import Outcome, run_watched
from readiness.system import limits

DEFAULT_TIMEOUT = 2.0
"""Seconds that a check may take if it sets no timeout of its own."""


class CheckError(AssertionError):
    """A check has failed. IPython shows the sentences of this error without a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython calls this method instead of printing a traceback
        return str(self).splitlines()


class NotWrittenError(NotImplementedError):
    """The learner has not yet written the code that a check needs. IPython shows one sentence without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Lab:
    """The checks of one lab, and how many of them have passed.

    Attributes:
        number: the number at the start of the name of the lab's file, such as "05" or "12-3".
        total_checks: the number of checks in the lab.
    """

    def __init__(self, number: str, total_checks: int) -> None:
        self.number, self.total_checks = number, total_checks
        self._setup = SetupNames(sys._getframe(1))
        self._passes = Passes(number)
        cell_runs.of_kernel()  # from now on it knows which cells have run
        limits.raise_fd_limit()  # some checks connect hundreds of clients

    def check(
        self,
        section: str,
        timeout: float = DEFAULT_TIMEOUT,
        *,
        answer: str | tuple[str, ...] = (),
        stand_ins: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
        whole: bool = False,
    ) -> Callable[[Callable[[], None]], None]:
        """Return a decorator that immediately runs the function below it as a check.

        The check is a function without arguments. Its docstring says what is checked. The messages of its asserts say
        what was expected, what was seen, and why.

        Args:
            section: the episode's section that the learner should read again if the check fails, such as
                "03a-three-bitmaps.ipynb#Call-it-again".
            timeout: seconds that the check may take.
            answer: what the check judges: the name of a function that the learner writes, "Class.method", or a tuple
                of these names. If a check of several fails, each of them keeps its pass.
            stand_ins: other functions that the check needs, by their names. The lab's own function is used during the
                check if the learner's, as it is now, has not passed its checks.
            whole: whether the check tries a program of all these functions. If it fails, any of them may be the cause,
                so the answer still counts as passed in the checks of the others.

        Raises:
            CheckError: The check failed, or took too long, or this Python ignores asserts (-O), so that it can't judge.
            NotWrittenError: The learner has not written the code yet.
        """
        judged = (answer,) if isinstance(answer, str) else tuple(answer)

        def run(function: Callable[[], None]) -> None:
            if not __debug__:
                raise CheckError(
                    _(
                        "The checks can't judge here: this Python was started with -O or PYTHONOPTIMIZE, which "
                        "leave out every assert. Start JupyterLab without them."
                    )
                )
            names = function.__globals__
            needed = {name: each for name, each in stand_ins.items() if not self._is_usable(names, name)}
            self._passes.known.update(judged, stand_ins)
            check = _Check(function, section, timeout, judged, tuple(needed))
            check.others = tuple(name for name in stand_ins if whole and name not in needed)
            with answers.replaced(names, needed):
                failure = self._failure(check)
            texts = {}
            if failure is None or not check.others:
                texts = self._passes.note(names, judged, check.name, failure is None)
            progress_store.record_result(
                self.number, check.name, failure is None and not needed, self.total_checks, texts
            )
            runs = cell_runs.of_kernel()
            if failure is not None:
                runs.stopped_at = (check.name, check.title)
                raise failure from None
            if runs.stopped_at[0] == check.name:
                runs.stopped_at = ("", "")
            missing = lab_page.missing_after(check.name, self.number)
            used = check.used(passed=True, are_listed=bool(missing))
            lines = [_("Passed: {what}.").format(what=check.title), *self._replaced(check), *used]
            print("\n".join([*lines, *check.printed]))
            _display_progress(self, missing)

        return run

    def _is_usable(self, names: dict[str, Any], answer: str) -> bool:
        """Return whether a check of another answer can use this one: as it is now, it has passed its checks."""
        return self._passes.has_passed(names, answer) and not cell_runs.of_kernel().outdated([answer])

    def _failure(self, check: "_Check") -> Exception | None:
        """Run the check. Return the exception that the check cell must raise, or None if the check passed."""
        self._setup.remember()
        if outdated := cell_runs.of_kernel().outdated(check.judged):
            return _failed_check([_("Not yet: {what}.").format(what=check.title), *outdated], check.section)
        names, labs_files = check.function.__globals__, {self._setup.file, check.function.__code__.co_filename}
        files = failures.Files(names, self._passes.known - set(check.stand_ins), labs_files)
        outcome = run_watched(check.function, check.timeout, check.judged, files.is_learners, files.learners)
        check.printed = outcome.printed
        try:
            return None if outcome else self._explain(check, outcome, files)
        finally:
            outcome.forget()

    def _explain(self, check: "_Check", outcome: Outcome, files: failures.Files) -> Exception:
        """Return the exception for a check that has not passed."""
        error = outcome.error
        if isinstance(error, NotImplementedError) and not outcome.refused:
            sentence = failures.not_written(error, files, check.judged, check.title + ".")
            return NotWrittenError("\n".join([sentence, *outcome.left, *check.shown_prints()]))
        lines = [_("Not yet: {what}.").format(what=check.title), *outcome.refused]
        if error is not None:
            lines[1:1] = replaced = self._replaced(check, error)
            lines += failures.hidden_errors(outcome.hidden, error)
            lines += failures.reasons(
                error, files, check.judged, check.timeout, replaced=bool(replaced), check=check.name
            )
            lines += failures.server_notes(error)
            lines += check.other_causes()
        lines = [*map(failures.with_own_names, lines), *outcome.left, *check.used(), *check.shown_prints()]
        return _failed_check(lines, check.section)

    def _replaced(self, check: "_Check", error: BaseException | None = None) -> list[str]:
        """Return a sentence for each name of the lab that the check uses, and that has another value now."""
        known, used = self._passes.known, failures.used_names(check.function, check.judged, error)
        of_cells = cell_runs.of_kernel().replaced(
            used - known - self._setup.names_kept(), check.function.__globals__, known
        )
        return self._setup.replaced(used, known) + of_cells

    def passed(self) -> int:
        """Return the number of this lab's checks that passed when they last ran."""
        return progress_store.checks_passed(self.number)

    def __str__(self) -> str:
        return _("{n} of {all} checks passed.").format(n=self.passed(), all=self.total_checks)

    def _repr_html_(self) -> str:
        text = escape(str(self))
        bar = f'<progress aria-label="{text}" max="{self.total_checks}" value="{self.passed()}"></progress>'
        return f"<div>{text} {bar}</div>"

    __repr__ = __str__


@dataclass
class _Check:
    """What the decorator of a check was given, the stand-ins that it runs with, and what it printed.

    `others` are the learner's own functions that a check of a whole program runs with.
    """

    function: Callable[[], None]
    section: str
    timeout: float
    judged: tuple[str, ...]
    stand_ins: tuple[str, ...]
    others: tuple[str, ...] = ()
    printed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the check's function."""
        return self.function.__name__

    @property
    def title(self) -> str:
        """The first sentence of its docstring as one line, without marks: an output shows plain text."""
        line = " ".join((self.function.__doc__ or self.name).split())
        sentence = re.split(r"(?<=[.?:;]) (?=[A-Z`])", line, maxsplit=1)[0]
        return re.sub(r"[`*]", "", sentence).rstrip(".:;")

    def used(self, passed: bool = False, are_listed: bool = False) -> list[str]:
        """Return the sentences on the stand-ins that the check runs with, as a list of lines.

        Args:
            passed: whether the check has passed.
            are_listed: whether the checks that have not passed are listed below these lines.
        """
        if not self.stand_ins:
            return []
        text = _("This check ran with the lab's own {names}: yours, as it is now, has not passed its checks.")
        titles = [] if are_listed else lab_page.checks_of(self.stand_ins, self.name)
        advice = _("Run these checks, then this one again:") if titles else _("Run those checks, then this one again.")
        if passed:
            advice = _("Your progress does not count it yet. ") + advice
        return [text.format(names=", ".join(self.stand_ins)), advice, *(f"  {title}" for title in titles)]

    def other_causes(self) -> list[str]:
        """Return the sentence on the learner's functions that may be the cause, as a list of one line or of none."""
        text = _("Your functions work together here: {names}. Any of them may be the cause.")
        return [text.format(names=", ".join([*self.judged, *self.others]))] if self.others else []

    def shown_prints(self) -> list[str]:
        """Return what was printed during the check, with a line that says so."""
        return [_("During the check was printed:"), *("  " + line for line in self.printed)] if self.printed else []


def _failed_check(lines: list[str], section: str) -> CheckError:
    """Return the error of a failed check, with a link to the section in a notebook, and its name elsewhere."""
    file, _hash, heading = section.partition("#")
    read_again = _("Look again at episode {number}, section “{section}”.").format(
        number=file.partition("-")[0], section=heading.replace("-", " ") or file
    )
    if _in_notebook() and Path("../notebooks", file).is_file():  # a grader's folder has no episodes
        _display_link(f"../notebooks/{section}", read_again)
    else:
        lines.append(read_again)
    return CheckError("\n".join(lines))


def _in_notebook() -> bool:
    """Return whether this code runs in the kernel of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def _display_progress(lab: Lab, missing: list[str]) -> None:
    """Show the lab's progress: as a bar in a notebook, as a printed line elsewhere.

    Args:
        lab: the lab.
        missing: the titles of the checks to name, which have not passed.
    """
    if missing:
        print("\n  ".join([_("Not passed yet:"), *missing]))
    if _in_notebook():
        from IPython.display import display

        display(lab)
    else:
        print(lab)


def _display_link(target: str, text: str) -> None:
    """Show a link in the notebook, below the error with which the cell ends: when the cell has ended.

    Args:
        target: the link's address.
        text: the link's text.
    """
    from IPython import get_ipython
    from IPython.display import Markdown, display

    events = get_ipython().events

    def show(_result: Any) -> None:
        events.unregister("post_run_cell", show)
        display(Markdown(f"[{text}]({target})"))

    events.register("post_run_cell", show)

"""Run a check: with a deadline, without what would end the kernel or flood the page, and leave nothing running."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from readiness.course import guards, own_mistakes, prints
from readiness.course.deadline import with_deadline
from readiness.course.leftovers import Leftovers
from readiness.course.shortage import chain


@dataclass
class Outcome:
    """How a check ended. It has passed if there is no error and no sentence.

    Attributes:
        error: what it raised.
        refused: sentences on what the learner's code must not do, such as exit().
        left: sentences on threads and processes that still ran afterwards.
        hidden: what handlers of the learner's may have hidden.
        printed: the first lines of what was printed.
    """

    error: BaseException | None = None
    refused: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    hidden: own_mistakes.Hidden = field(default_factory=own_mistakes.Hidden)
    printed: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Drop the variables of the functions that the error ended: what they have opened is closed now."""
        for error in [*(chain(self.error) if self.error else ()), *self.hidden.mistakes]:
            traceback.clear_frames(error.__traceback__)
            if isinstance(error, AttributeError):
                error.obj = None  # what has no such attribute, perhaps a socket
            for frame, _number in traceback.walk_tb(error.__traceback__):
                frame.f_locals  # noqa: B018 - once read, CPython 3.11 and 3.12 keep a copy: another read updates it

    def __bool__(self) -> bool:
        """Return whether the check has passed."""
        return self.error is None and not self.refused and not self.left


def run_watched(
    function: Callable[[], None],
    timeout: float,
    answer: tuple[str, ...],
    is_learners: Callable[[str], bool],
    files: Iterable[str] = (),
) -> Outcome:
    """Run a check. Nothing that it raises comes out, also not SystemExit or KeyboardInterrupt.

    Args:
        function: the check.
        timeout: seconds that it may take.
        answer: the names of the answers that it judges.
        is_learners: says by the name of a file whether the learner wrote it.
        files: the files that the learner wrote.
    """
    names = function.__globals__
    if sentence := guards.coroutines(names, answer):
        return Outcome(refused=[sentence])
    outcome, leftovers = Outcome(), Leftovers()
    with prints.kept() as printed, guards.guarded(names) as refused:
        try:
            with own_mistakes.hidden(is_learners, files) as outcome.hidden:
                with_deadline(function, timeout, is_learners)
        except BaseException as error:
            outcome.error = error
    outcome.refused, outcome.printed = refused, printed.lines()
    if outcome.error is not None:
        outcome.refused += guards.generators(names, answer)
    outcome.left = leftovers.end()
    return outcome

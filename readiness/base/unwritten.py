"""Say in a sentence which function a learner has not written yet, from the NotImplementedError that it raised."""

from collections.abc import Callable

from readiness.base.code_location import is_cell, traceback_places
from readiness.base.messages import _


class UnwrittenError(NotImplementedError):
    """A function is not written yet. The text of this error is a sentence that names the function."""


def unwritten_sentence(error: NotImplementedError, is_learners: Callable[[str], bool] = is_cell) -> str:
    """Return a sentence that names the function, and the line of its cell that raised the error.

    Args:
        error: what was raised.
        is_learners: says by the name of a file whether a learner wrote it.

    Returns:
        The sentence, or "" if no line of the learner's is in the traceback.
    """
    if isinstance(error, UnwrittenError):
        return str(error)
    places = traceback_places(error)
    learners = [place for place in places if is_learners(place.file)]
    if not learners:
        return ""
    place, last = learners[-1], places[-1]
    text = _("{function}. Line {n} of its cell still raises NotImplementedError.")
    if place != last:
        text = _("{function}. Line {n} of its cell calls {called}, which raises NotImplementedError.")
    return text.format(function=place.function, n=place.number, called=last.function)

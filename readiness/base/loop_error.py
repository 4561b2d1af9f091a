"""The error that ended the loop of a server in a child process: what the child reports, and what the parent raises."""

from readiness.base.code_location import cell_location, choose_place, traceback_places
from readiness.base.messages import _
from readiness.base.name_advice import likely_name, name_advice


class ServerLoopError(AssertionError):
    """The loop of a server ended before it was asked to stop.

    If an exception ended the loop, the message contains that exception and the line that raised it.

    Attributes:
        kind: the name of the class of the error that ended the loop, or "".
        text: the text of that error, or "".
        missing_name: the name that a NameError did not find, else "".
        likely_name: the question of `likely_name` on that error, or "".
        advice: the sentence of `name_advice` on the error that ended the loop, or "".
        file: the name of the file with the line that raised it, or "".
        is_of_cell: whether a cell's line raised it itself, and not what that line calls.
    """

    kind = text = ""
    missing_name = likely_name = ""
    advice = ""
    file = ""
    is_of_cell = False


def report_of(error: BaseException) -> dict[str, str | bool]:
    """Return what the child reports of the error that ended the loop."""
    places = traceback_places(error)
    place = choose_place(places)
    raised_again = place and place != places[-1] and place.text.startswith("raise ")  # this line says nothing
    return {
        "kind": type(error).__name__,
        "text": text_of(error),
        "line": "" if raised_again else cell_location(error),
        "missing_name": (error.name if type(error) is NameError else "") or "",
        "likely_name": likely_name(error) if type(error) is NameError else "",
        "advice": name_advice(error),
        "file": place.file if place else "",
        "is_of_cell": bool(place and place.in_cell and place == places[-1]),
    }


def text_of(error: BaseException) -> str:
    """Return at most 500 characters of the error's text. A learner's class may have a method `__str__` that fails."""
    try:
        return str(error)[:500]
    except BaseException as failure:
        return _("its text can't be shown ({kind})").format(kind=type(failure).__name__)

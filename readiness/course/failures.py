"""Turn what a check raised into the sentences that a learner reads: what happened, and at which line of whose code."""

import os
import re
import signal
import traceback
from collections.abc import Callable
from enum import EnumMeta
from types import ModuleType
from typing import Any

from readiness.base.code_location import Place, choose_place, error_location, is_cell, traceback_places
from readiness.base.forked_server import ServerNote
from readiness.base.loop_error import ServerLoopError
from readiness.base.messages import UserError, _
from readiness.base.name_advice import likely_name, name_advice, undefined_name
from readiness.base.unwritten import unwritten_sentence
from readiness.course import answers, guards, lab_page, own_mistakes
from readiness.course.deadline import DeadlineError
from readiness.course.expect import NoneReturnedError
from readiness.course.setup_names import code_names
from readiness.course.shortage import chain, shortage

SCOPES = re.compile(r"(?:(?:\w+|<\w+>)\.)+<locals>\.")
"""The functions around a function or a class, in its qualified name: one_session.<locals>.check_password."""


BUSY = 4
"""A load (getloadavg(3)) of this many processes for each processor: a right answer may be too slow for a check."""


def with_own_names(text: str) -> str:
    """Return a text in which a function or a class that another function has made has its own name alone."""
    return SCOPES.sub("", text)


class Files:
    """Which files the learner wrote, among those of the cells that a check runs through.

    The learner's are the cells of the answers. If no answer is known, the learner's are all cells except those of the
    lab.

    Args:
        names: the names that the cells have defined.
        known_answers: the answers of the checks that have run.
        labs: the files of the check's cell and of the setup's.
    """

    def __init__(self, names: dict[str, Any], known_answers: set[str], labs: set[str]) -> None:
        self.names, self.learners = names, answers.files(names, known_answers)
        self.labs = labs - self.learners  # nothing is, in a program of one file

    def is_not_labs(self, file: str) -> bool:
        """Return whether this is the file of a cell that is neither the check's nor the setup's."""
        return is_cell(file) and file not in self.labs

    def is_learners(self, file: str) -> bool:
        """Return whether the learner wrote this file."""
        return file in self.learners if self.learners else self.is_not_labs(file)

    def place_of(self, error: BaseException) -> tuple[Place | None, bool]:
        """Return the line that the learner should see, and whether it is the lab's own and not the learner's."""
        places = error.places if isinstance(error, DeadlineError) else None
        # A loop that calls a function may be interrupted as the call begins: its def says nothing.
        in_loop = [place for place in places or () if not place.text.startswith(("def ", "async def "))]
        place = choose_place(in_loop or traceback_places(error), self.is_learners)
        return place, place is not None and place.in_cell and not self.is_learners(place.file)


def used_names(function: Callable[[], None], answer: tuple[str, ...], error: BaseException | None) -> set[str]:
    """Return the global names that the check uses, with those of the answers and of the traceback's cells."""
    names = function.__globals__
    raised = traceback.walk_tb(error.__traceback__ if error else None)
    frames = [frame for frame, _number in raised if is_cell(frame.f_code.co_filename)]
    values = [function, *(answers.find(names, each) for each in answer), *(frame.f_code for frame in frames)]
    return set().union(*map(code_names, values))


def not_written(error: NotImplementedError, files: Files, answer: tuple[str, ...], title: str) -> str:
    """Return the sentence on a function that is not written yet."""
    what = unwritten_sentence(error, files.is_not_labs) or ", ".join(answer) or title
    return _("Not written yet: {what}").format(what=what)


def reasons(
    error: BaseException,
    files: Files,
    answer: tuple[str, ...],
    timeout: float,
    *,
    replaced: bool = False,
    check: str = "",
) -> list[str]:
    """Return the sentences on what a check raised, as a list of one text or of none.

    Args:
        error: what was raised, except NotImplementedError.
        files: which files the learner wrote.
        answer: the names of the answers that the check judges.
        timeout: seconds that the check may take.
        replaced: whether a name of the setup has another value now, which is the likely cause.
        check: the name of the check's function.
    """
    if isinstance(error, guards.ExitCalledError | guards.InputCalledError):  # it has a sentence already
        return []
    place, is_labs = files.place_of(error)
    at = _("\n  at: {line}").format(line=place or "?")
    is_shown = not is_labs and place in traceback_places(error)[-1:]  # advice on another line's names would mislead
    if text := _of_known_kind(error, at, timeout):
        return [text]
    if advice := own_mistakes.call_advice(error, files.is_learners):
        return [
            _("Your code raised {kind}: {error}{at}\n{advice}").format(
                kind=type(error).__name__, error=error, at=at, advice=advice
            )
        ]
    if text := own_mistakes.parameters(error, files.names, answer) or _of_lacking(error, answer):
        return [text]
    if isinstance(error, AssertionError):
        return _of_assertion(error, files, answer, str(place or "?"), check)
    if isinstance(error, UserError):  # this machine can't do what the check needs; the sentence says what to do
        return [str(error)]
    if replaced:
        text = _("This may have led to {kind}: {error}{at}")
    elif type(error) is NameError:  # an UnboundLocalError is a fault within the learner's function
        advice = (name_advice(error) if is_shown else "") or _of_missing_name(error, check)
        return [f"{error}{at}\n{advice}"]
    elif is_labs:
        text = _("Not your code but the check raised {kind}: {error}{at}\nThis line is the lab's. {cause}")
    else:
        text = _("Your code raised {kind}: {error}{at}")
    if isinstance(error, UnboundLocalError):
        at += _("\nThe function assigns to {name}, so {name} is its own variable. Here it has no value yet.").format(
            name=undefined_name(error)
        )
    if not is_labs and (advice := _of_line(error, files, answer)):
        at += f"\n{advice}"
    at += "".join(f"\n{note}" for note in getattr(error, "__notes__", ()) if not isinstance(note, ServerNote))
    return [text.format(kind=type(error).__name__, error=error, at=at, cause=_cause(answer))]


def _of_line(error: BaseException, files: Files, answer: tuple[str, ...]) -> str:
    """Return sentences on what the learner's line names or calls, or "". The function that it calls may have failed.

    Advice on the names of another line would mislead, unless a module or an enumeration came there from the learner's
    line.
    """
    raised = traceback_places(error)
    is_own = bool(raised) and files.is_learners(raised[-1].file)
    is_known = isinstance(error, AttributeError) and isinstance(error.obj, ModuleType | EnumMeta)
    advice = name_advice(error) if is_own or is_known else ""
    call = "" if is_own else own_mistakes.given_call(error, files.is_learners)
    own_call = own_mistakes.own_call(error, files.is_learners, answer)
    return "\n".join(filter(None, [call, own_call, advice]))


def _of_missing_name(error: NameError, check: str) -> str:
    """Return what to do about a name that was not found, and that no object has."""
    if "free variable" in str(error):
        text = _("The function around this one assigns to {name}, and has not done so yet.")
        return text.format(name=undefined_name(error))
    return lab_page.advice(error.name or "", check, likely_name(error))


def _of_known_kind(error: BaseException, at: str, timeout: float) -> str:
    """Return the sentence on an error that says something else than its text, or "" for any other error."""
    if isinstance(error, DeadlineError):
        text = _("It was stopped after {n:g} seconds. It may loop without end, or wait too long for something.")
        at = at if hasattr(signal, "setitimer") else ""  # else it runs on in a thread
        return text.format(n=timeout) + at + _of_busy_computer()
    if isinstance(error, SystemExit):
        return guards.exit_sentence(_("sys.exit() or raises SystemExit")) + at
    if isinstance(error, KeyboardInterrupt):
        return _("The check was interrupted: by Interrupt Kernel, or by a KeyboardInterrupt of your code.") + at
    sentences = shortage(error)
    return sentences and sentences + at


def _of_busy_computer() -> str:
    """Return a sentence that begins with a newline if far more processes want to run than can, or ""."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    text = _("\nThis computer is very busy (load {load:.0f} on {n} processors), which may be the cause. Run it again.")
    cores = os.cpu_count() or 1
    return text.format(load=load, n=cores) if load > BUSY * cores else ""


def _of_assertion(error: AssertionError, files: Files, answer: tuple[str, ...], place: str, check: str) -> list[str]:
    """Return the sentences on a failed assertion. A mistake in the learner's own line, which led to it, comes first."""
    text = str(error) or _("An assertion failed: {line}").format(line=place)
    mistake = own_mistakes.covered(error, files.is_learners)
    if isinstance(error, ServerLoopError):
        text += _of_loop(error, files, answer, check)
    if isinstance(error, ServerLoopError) and (lacking := _of_lacking(error, answer)):
        return [lacking]
    for each in [*chain(error), *_of_calls_from_outside(error, files)]:
        if sentences := own_mistakes.parameters(each, files.names, answer):
            return [sentences]
    if mistake is None:
        line = own_mistakes.origin(error, files.is_learners, answer)
        return [text + (_("\nThe error came from your line:\n  at: {line}").format(line=line) if line else "")]
    first = reasons(mistake, files, answer, 0, check=check)
    return first if type(mistake) is NameError else [*first, text]


def _of_lacking(error: BaseException, answer: tuple[str, ...]) -> str:
    """Return a sentence on a method that the learner's class lacks, in a server apart, too, or ""."""
    text = str(error) if isinstance(error, AttributeError) else ""
    if isinstance(error, ServerLoopError) and error.kind == "AttributeError":
        text = error.text
    found = re.search(r"'(\w+)' (?:object )?has no attribute '(\w+)'", text)
    if not found or f"{found[1]}.{found[2]}" not in answer:
        return ""
    text = _("{kind} has no method {method}. Does its def stand in the class, indented, and is its name right?")
    return text.format(kind=found[1], method=found[2])


def _of_calls_from_outside(error: AssertionError, files: Files) -> list[TypeError]:
    """Return the TypeError that ended a server's loop, unless the learner's line raised it: the lab made that call."""
    if not isinstance(error, ServerLoopError) or error.kind != "TypeError":
        return []
    return [] if error.is_of_cell and files.is_learners(error.file) else [TypeError(error.text)]


def _of_loop(error: ServerLoopError, files: Files, answer: tuple[str, ...], check: str) -> str:
    """Return a line on what may have led to the end of a server's loop, or "". It begins with a newline."""
    is_learners = files.is_learners(error.file)
    if is_learners and error.advice:
        return f"\n{error.advice}"
    if error.missing_name:
        return f"\n{lab_page.advice(error.missing_name, check, error.likely_name)}"
    is_form = error.kind in ("TypeError", "AttributeError") or "unpack" in error.text
    return f"\n{_cause(answer)}" if is_form and not is_learners else ""


def hidden_errors(hidden: own_mistakes.Hidden, error: BaseException) -> list[str]:
    """Return a sentence for each mistake that a handler of the learner's hid, and that is not what the check raised.

    If a call returned None instead of a value, the OSError that was hid in it is the cause.
    """
    if isinstance(error, NoneReturnedError) and hidden.os_error and not hidden.mistakes:
        text = _(
            "Your code raised {os_error}\nAn except of yours hid it, and the call returned None. "
            "If the task expects an error, let it out."
        )
        error.args = (error.sentence,)  # no return is missing
        return [text.format(os_error=hidden.os_error)]
    shown = list(chain(error))
    text = _(
        "Your code raised {kind}: {error}\n  at: {line}\nAn except of yours hid it: name the errors that it is for."
    )
    sentences = [
        text.format(kind=type(each).__name__, error=each, line=error_location(each))
        for each in hidden.mistakes
        if each not in shown
    ]
    return list(dict.fromkeys(sentences))


def server_notes(error: BaseException) -> list[str]:
    """Return what is known of a server's process that the check has run: its prints, and the line where it hangs."""
    notes = [note for each in chain(error) for note in getattr(each, "__notes__", ())]
    return list(dict.fromkeys(note for note in notes if isinstance(note, ServerNote)))


def _cause(answer: tuple[str, ...]) -> str:
    """Return the sentence on what may have led to an error in a line of the lab."""
    if not answer:
        return _("Often a value that your code returned has another form than the task says.")
    text = _("Often a value that {answer} returned or changed has another form than the task says.")
    return text.format(answer=_(" or ").join(answer))

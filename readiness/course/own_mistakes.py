"""Mistakes in a learner's own line that other messages would cover: a parameter that is missing, an error that a check
turned into another one, an error that the learner's own bare `except` hid.
"""

import errno
import inspect
import linecache
import re
import socket
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from readiness.base.code_location import COURSE, choose_place, frame_places, is_cell, last_expression, traceback_places
from readiness.base.messages import _
from readiness.course import answers, expect
from readiness.course.shortage import chain

MISTAKES = (NameError, AttributeError, TypeError)
"""Errors that say that a line is wrong, and nothing about what the line works on. UnboundLocalError is a NameError."""

BROAD_HANDLER = re.compile(r"\bexcept\s*(:|\(?[^:\n]*\b(Base)?Exception\b)")
OS_ERROR = r"[^:\n]*\b(OSError|FileNotFoundError|NotADirectoryError|PermissionError)\b[^:\n]*"
SILENT_HANDLER = re.compile(rf"\bexcept\b{OS_ERROR}:\s*(return(\s+None)?\s*(#.*)?$|pass\b|print\()", re.MULTILINE)
MAX_HIDDEN = 3


@dataclass
class Hidden:
    """What the learner's handlers have caught.

    Attributes:
        mistakes: the mistakes in the learner's lines that did not come out of the learner's functions, at most
            `MAX_HIDDEN`.
        os_error: the last OSError within the last call of the learner's code, and its line. It is kept as a text, since
            the error itself would keep its functions' sockets open.
    """

    mistakes: list[BaseException] = field(default_factory=list)
    os_error: str = ""


def parameters(error: BaseException, names: Mapping[str, Any], judged: Iterable[str]) -> str:
    """Return sentences on the parameters of an answer, if a call of it raised this TypeError. Else return "".

    Args:
        error: what was raised.
        names: the names that the cells have defined.
        judged: the answers that the check judges.
    """
    call = re.match(r"([\w.<>]+)\(\) (takes|missing|got) ", str(error)) if isinstance(error, TypeError) else None
    if not call:
        return ""
    called = call[1].replace("<locals>.", "")
    for answer in judged:
        found, owner = answers.find(names, answer), names.get(answer.partition(".")[0])
        for function in vars(found).values() if isinstance(found, type) else [found]:
            code = getattr(inspect.unwrap(getattr(function, "__func__", function)), "__code__", None)
            if code and code.co_qualname.replace("<locals>.", "") == called:
                return "" if _calls_itself(error, code) else _of_def(code, error, owner)
    return ""


def _calls_itself(error: BaseException, code: Any) -> bool:
    """Return whether the function with this code made the call that failed: then its parameters are right."""
    frames = [frame for frame, _number in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_code is code


def _of_def(code: Any, error: BaseException, owner: Any) -> str:
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    line = next((each.strip() for each in lines if re.match(r"\s*(async\s+)?def\s", each)), code.co_name)
    place = choose_place(traceback_places(error))
    text = _("{error}\n  at: {line}   ({function}, line {n})\nThe lab calls it so: {call}\n{advice}")
    first = code.co_varnames[: code.co_argcount][:1]
    if "." in code.co_qualname.replace("<locals>.", "") and first != ("self",):
        advice = _("Does it begin with self? The first parameter of a method is self.")
    elif str(error).endswith("argument: 'self'"):
        advice = _("This is the method of the class. Take that of an object, such as self.{name}: it knows its self.")
        advice = advice.format(name=code.co_name)
    else:
        advice = _("Keep the parameters that the lab's cell had.")
    number = code.co_firstlineno
    direct = place and place == traceback_places(error)[-1]
    call = last_expression(error)[1] if direct else _call_of(owner, code.co_name)
    call = call or (place.text if place else "?")
    return text.format(error=error, line=line, function=code.co_name, n=number, call=call, advice=advice)


def _call_of(owner: Any, name: str) -> str:
    """Return how the course's package calls a method, by the definition in the course's own class, or ""."""
    for kind in owner.__mro__[1:] if isinstance(owner, type) else ():
        code = getattr(vars(kind).get(name), "__code__", None)
        if code and not code.co_flags & inspect.CO_VARARGS:  # a method that the lab has taken out takes any arguments
            return f"{name}({', '.join(code.co_varnames[1 : code.co_argcount])})"
    return ""


def call_advice(error: BaseException, is_learners: Callable[[str], bool]) -> str:
    """Return a sentence if a learner's line calls a function instead of passing it on. Else return ""."""
    if not isinstance(error, TypeError) or " missing " not in str(error):
        return ""
    before, call = last_expression(error)
    if (
        not is_learners(traceback_places(error)[-1].file)
        or not call.endswith("()")
        or before[-1:] not in ("(", ",", "=")
        or before.count("(") == before.count(")")  # the value of an assignment, and no argument
    ):
        return ""
    text = _("`{call}` calls it at once. To pass it on, write `{name}`, without parentheses.")
    return text.format(call=call, name=call.removesuffix("()"))


def given_call(error: BaseException, is_learners: Callable[[str], bool]) -> str:
    """Return a line on how a learner's line called a given function that then failed, or "".

    A wrong argument is often only passed on: the error names what a deeper function does with it, such as
    `'int' object has no attribute 'fileno'`.
    """
    frames = [frame for frame, _number in traceback.walk_tb(error.__traceback__)]
    learners = [place for place, frame in enumerate(frames) if is_learners(frame.f_code.co_filename)]
    called = frames[learners[-1] + 1 :][:1] if learners else []
    if not called or not (isinstance(error, (*MISTAKES, ValueError)) or _is_of_closed(error)):
        return ""
    code = called[0].f_code
    is_given = code.co_filename.startswith(COURSE) or is_cell(code.co_filename)
    arguments = _arguments(called[0], error)
    if not (is_given and arguments and code.co_name.isidentifier()):
        return ""
    text = _("In this line, {function} was called with {arguments}.")
    return text.format(function=code.co_name, arguments=arguments)


def own_call(error: BaseException, is_learners: Callable[[str], bool], judged: Iterable[str]) -> str:
    """Return lines on how an answer that a check judges called another function of the learner's that failed, or "".

    That other function may be right, and its line says nothing about the argument that it was given.
    """
    frames = [frame for frame, _number in traceback.walk_tb(error.__traceback__)]
    last = len(frames) - 1
    if last < 1 or not isinstance(error, (*MISTAKES, ValueError)):
        return ""
    caller, code = frames[last - 1], frames[last].f_code
    names = [answer.rpartition(".")[2] for answer in judged]
    both = is_learners(code.co_filename) and is_learners(caller.f_code.co_filename)
    if not both or code.co_name in names or caller.f_code.co_name not in names:
        return ""
    arguments = _arguments(frames[last], error)
    text = _("{function} was called with {arguments}\n  at: {line}")
    return (
        text.format(function=code.co_name, arguments=arguments, line=traceback_places(error)[-2]) if arguments else ""
    )


def _is_of_closed(error: BaseException) -> bool:
    """Return whether the error says that a descriptor is closed."""
    return (isinstance(error, OSError) and error.errno == errno.EBADF) or "descriptor: -1" in str(error)


def _arguments(frame: FrameType, error: BaseException) -> str:
    """Return the parameters of a frame's function with their values, without self: "sock = a socket, events = 1"."""

    def described(value: Any) -> str:
        if _is_of_closed(error) and isinstance(value, socket.socket) and value.fileno() == -1:
            return _("a closed socket")
        return expect.value_or_kind(value)

    code = frame.f_code
    names = [name for name in code.co_varnames[: code.co_argcount] if name not in ("self", "cls")]
    return ", ".join(f"{name} = {described(frame.f_locals.get(name))}" for name in names)


def covered(error: BaseException, is_learners: Callable[[str], bool]) -> BaseException | None:
    """Return the mistake in a line of the learner's that a check has turned into this AssertionError, or None.

    A check may keep what a call raised in a variable, so the variables of its functions are searched, too.
    """
    frames = [frame for frame, _number in traceback.walk_tb(error.__traceback__) if is_cell(frame.f_code.co_filename)]
    kept = [value for frame in frames for value in frame.f_locals.values() if isinstance(value, MISTAKES)]
    for each in [*chain(error), *kept]:
        if each is not error and isinstance(each, MISTAKES):
            places = traceback_places(each)
            if places and is_learners(places[-1].file):
                return each
    return None


def origin(error: BaseException, is_learners: Callable[[str], bool], judged: Iterable[str]) -> str:
    """Return the learner's line from which the error came that a check has turned into this AssertionError, or "".

    A line of an answer that the check judges comes before a line of another function that the answer calls.
    """
    names = [answer.rpartition(".")[2] for answer in judged]
    for each in chain(error):
        own = [place for place in traceback_places(each) if is_learners(place.file)]
        if isinstance(each, Exception) and not isinstance(each, AssertionError) and own:
            return str(([place for place in own if place.function.rpartition(".")[2] in names] or own)[-1])
    return ""


@contextmanager
def hidden(is_learners: Callable[[str], bool], files: Iterable[str]) -> Iterator[Hidden]:
    """Context manager: note what a learner's handlers may hide: mistakes in the learner's lines, and the last OSError.

    Code is traced (`sys.settrace`) if it has a handler for every error, or one that drops an OSError. Mistakes are
    noted in the first case alone. Other code runs as ever.

    Args:
        is_learners: says by the name of a file whether the learner wrote it.
        files: the learner's files.

    Yields:
        What was caught.
    """

    def came_out(error: BaseException) -> bool:
        """Return whether a function that is not the learner's has caught it. Its own traceback ends where it is."""
        outermost = error.__traceback__
        return outermost is not None and not is_learners(outermost.tb_frame.f_code.co_filename)

    found, texts = Hidden(), ["".join(linecache.getlines(file)) for file in files]
    noted = (OSError, *MISTAKES) if any(map(BROAD_HANDLER.search, texts)) else OSError
    if sys.gettrace() or (noted is OSError and not any(map(SILENT_HANDLER.search, texts))):
        yield found
        return

    def trace_call(frame: FrameType, _event: str, _arg: Any) -> Any:
        if not is_learners(frame.f_code.co_filename):
            return None
        if frame.f_back is None or not is_learners(frame.f_back.f_code.co_filename):
            found.os_error = ""
        return trace

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "exception" and issubclass(arg[0], noted):
            error = arg[1] if isinstance(arg[1], BaseException) else arg[0](arg[1])
            if isinstance(error, OSError):
                line = frame_places([frame])[-1]
                found.os_error = _("{kind}: {error}\n  at: {line}").format(
                    kind=type(error).__name__, error=error, line=line
                )
            elif arg[2].tb_next is None:
                found.mistakes = [each for each in found.mistakes if not came_out(each)]
                if len(found.mistakes) < MAX_HIDDEN:
                    found.mistakes.append(error.with_traceback(arg[2]))
        return trace

    sys.settrace(trace_call)
    try:
        yield found
    finally:
        sys.settrace(None)
        found.mistakes = [each for each in found.mistakes if not came_out(each)]

"""Find the line of a learner's code at which a thread is, or which raised an exception.

The last line that Python executed is often in a library, which a learner does not know.
"""

import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FrameType

from readiness.base.messages import _

COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep

# ipykernel_4711/3141592653.py is a cell, site-packages/ipykernel/iostream.py, <frozen posixpath> and <string> are not.
CELL = r"(ipykernel|xpython)_\d+[/\\]|^<(?!frozen|string>)"


@dataclass(frozen=True)
class Place:
    """A line of code in a traceback or on a stack.

    Attributes:
        file: the name of its file. The file of a cell has a name that its kernel made.
        function: the qualified name of its function, such as "LineDecoder.feed".
        number: the line's number in its file or cell, from 1.
        text: the line itself, or "?".
    """

    file: str
    function: str
    number: int
    text: str

    @property
    def in_cell(self) -> bool:
        """Whether the file is a cell of a notebook."""
        return is_cell(self.file)

    def __str__(self) -> str:
        names = [name for name in self.function.split(".") if not name.startswith("<")]  # no <genexpr>, no <lambda>
        return f"{self.text}   ({(names or [self.function])[-1]}, {_('line')} {self.number})"


def is_cell(filename: str) -> bool:
    """Return whether this is the name of the file of a notebook's cell, or of a program that has no file."""
    return bool(re.search(CELL, filename))


def traceback_places(error: BaseException) -> list[Place]:
    """Return the lines of the error's traceback. The line that raised the error is the last one."""
    return _places(traceback.walk_tb(error.__traceback__))


def stack_places(frame: FrameType | None) -> list[Place]:
    """Return the lines of a stack. The line that is executed now is the last one."""
    return _places(traceback.walk_stack(frame))[::-1] if frame else []


def frame_places(frames: list[FrameType]) -> list[Place]:
    """Return the lines that these frames execute now. The first frame is the innermost one, the last line is its."""
    return _places((frame, frame.f_lineno) for frame in reversed(frames))


def choose_place(places: list[Place], is_learners: Callable[[str], bool] = is_cell) -> Place | None:
    """Return the line that a learner should see, or None if `places` is empty.

    Args:
        places: the lines of a traceback or of a stack.
        is_learners: says by the name of a file whether a learner wrote it.

    Returns:
        The last line that the learner wrote. Without one, the last line in a cell; without one of these, the last line
            that is not in Python's standard library.
    """
    learners = [place for place in places if is_learners(place.file)]
    cells = [place for place in places if place.in_cell]
    others = [place for place in places if not _is_standard_library(place.file)]
    chosen = learners or cells or others or places
    return chosen[-1] if chosen else None


def error_location(error: BaseException, is_learners: Callable[[str], bool] = is_cell) -> str:
    """Return the line of code that raised `error`, followed by the function and the line number.

    The line is chosen as in `choose_place`. An error that was never raised has no line: "?" is returned.
    """
    return str(choose_place(traceback_places(error), is_learners) or "?")


def is_library(filename: str) -> bool:
    """Return whether this file belongs to the course's package or to Python's standard library."""
    return filename.startswith(COURSE) or _is_standard_library(filename)


def cell_location(error: BaseException) -> str:
    """Return what `error_location` returns; "" if that line belongs to the course, not to a server under test."""
    places = [place for place in traceback_places(error) if not _is_standard_library(place.file)]
    own = all(place.file.startswith(COURSE) for place in places)
    return "" if own else error_location(error)


def last_expression(error: BaseException) -> tuple[str, str]:
    """Return what stands in its line before the expression that raised the error, and that expression."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    lines = [line.encode() for line in linecache.getlines(frame.filename)]  # the columns count bytes
    if frame.lineno is None or frame.end_lineno is None or frame.colno is None or frame.end_lineno > len(lines):
        return "", ""
    first, last = frame.lineno - 1, frame.end_lineno - 1
    before = b"".join(lines[:first]) + lines[first][: frame.colno]
    end = b"".join(lines[:last]) + lines[last][: frame.end_colno]
    return before.decode().rstrip(), " ".join(end.removeprefix(before).decode().split())


def thread_location(thread_id: int | None) -> str:
    """Return the line of code that a thread executes now, followed by the function and the line number.

    The line is chosen as in `error_location`. `thread_id` is the `ident` of a `threading.Thread`. If this thread has
    ended, "?" is returned.
    """
    frame = sys._current_frames().get(thread_id or 0)
    return str(choose_place(stack_places(frame)) or "?")


def _places(frames: Iterable[tuple[FrameType, int]]) -> list[Place]:
    return list(_each_place(frames))


def _each_place(frames: Iterable[tuple[FrameType, int]]) -> Iterator[Place]:
    for frame, number in frames:
        code = frame.f_code
        text = linecache.getline(code.co_filename, number or 0, frame.f_globals).strip() or "?"
        yield Place(code.co_filename, code.co_qualname.replace("<locals>.", ""), number or 0, text)


def _is_standard_library(filename: str) -> bool:
    installed = "-packages" in filename  # site-packages may be a folder of the standard library
    return filename.startswith("<frozen") or (filename.startswith(STANDARD_LIBRARY) and not installed)

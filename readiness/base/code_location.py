"""Find the line of a learner's code at which a thread is, or which raised an exception.

The last line that Python executed is often in a library, which a learner does not know.
"""

import os
import re
import sys
import traceback

from readiness.base.messages import _

COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


def error_location(error: BaseException) -> str:
    """Return the line of code that raised `error`, followed by the function and the line number.

    If the traceback contains lines of notebook cells, the last of them is returned. Otherwise, the last line that is
    not in Python's standard library is returned.
    """
    return _learners_line(traceback.extract_tb(error.__traceback__))


def cell_location(error: BaseException) -> str:
    """Return what `error_location` returns; "" if that line belongs to the course, not to a server under test."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_standard_library(frame.filename)]
    own = all(frame.filename.startswith(COURSE) for frame in frames)
    return "" if own else error_location(error)


def thread_location(thread_id: int | None) -> str:
    """Return the line of code that a thread executes now, followed by the function and the line number.

    The line is chosen as in `error_location`. `thread_id` is the `ident` of a `threading.Thread`. If this thread has
    ended, "?" is returned.
    """
    frame = sys._current_frames().get(thread_id or 0)
    return _learners_line(traceback.extract_stack(frame)) if frame else "?"


def _learners_line(frames: list[traceback.FrameSummary]) -> str:
    cells = [frame for frame in frames if re.search(r"ipykernel|^<(?!frozen)", frame.filename)]  # <frozen posixpath>
    others = [frame for frame in frames if not _is_standard_library(frame.filename)]
    frame = (cells or others or frames)[-1]
    return f"{frame.line or '?'}   ({frame.name}, {_('line')} {frame.lineno})"


def _is_standard_library(filename: str) -> bool:
    installed = "-packages" in filename  # site-packages may be a folder of the standard library
    return filename.startswith("<frozen") or (filename.startswith(STANDARD_LIBRARY) and not installed)

"""What the checks of lab 12-3 share: which file something is, which descriptors are open, which calls open and close.

It has no stand-ins.
"""

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from unittest.mock import patch

from readiness.servers.ftp.jail import DIRECTORY_FLAGS

OPEN = inspect.signature(os.open)


def file_id(where: str | Path | int) -> tuple[int, int] | None:
    """Return device and inode of what stands at a path, or is open as a descriptor. None: nothing."""
    try:
        result = os.stat(where)
    except OSError:
        return None
    return result.st_dev, result.st_ino


def open_descriptors(place: str | Path) -> set[int]:
    """Return the descriptors by which something in the folder `place` is open.

    Other threads open files, too: not these.
    """
    nodes = {file_id(Path(folder, name)) for folder, _folders, names in os.walk(place) for name in (".", *names)}
    nodes.discard(None)  # a link that leads nowhere
    return {number for number in map(int, os.listdir("/dev/fd")) if file_id(number) in nodes}


@contextmanager
def noted_opens(call: str, opens: list[str]) -> Iterator[None]:
    """Context manager: keep the calls of os.open, and let os.close refuse a descriptor that is not open.

    Args:
        call: the call of the learner's function, for the message.
        opens: gets each call of os.open as a text.
    """
    opens.clear()
    really_open, really_close = os.open, os.close

    def note_open(*given: Any, **named: Any) -> int:
        asked = OPEN.bind(*given, **named).arguments
        flags = "DIRECTORY_FLAGS" if asked["flags"] == DIRECTORY_FLAGS else "other flags"
        opens.append(f"os.open({asked['path']!r}, {flags}, dir_fd={asked.get('dir_fd')})")
        try:
            return really_open(*given, **named)
        except TypeError as error:
            error.add_note(f"The call was {opens[-1]}.")
            raise

    def note_close(number: int) -> None:
        try:
            really_close(number)
        except OSError as error:
            closes = sys._getframe(1)  # an error that is being handled has another line
            error.with_traceback(TracebackType(None, closes, closes.f_lasti, closes.f_lineno))
            raise AssertionError(
                f"{call} closes the descriptor {number}, which is not open, or no longer open.\n"
                f"Calls of os.open: {', '.join(opens) or 'none'}.\n"
                "Close each one once: meanwhile, another thread may have opened a file as this number."
            ) from None

    with patch("os.open", note_open), patch("os.close", note_close):
        yield

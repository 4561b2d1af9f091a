"""Keep the first lines of what is printed during a check, for its message, and say how many were left out.

A print in a loop without end writes megabytes in two seconds. A browser does not stand that, and the message must stand
above it.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from readiness.base.messages import _

MAX_LINES, MAX_COLUMNS = 20, 200
"""Lines that are shown of what is printed during a check, and characters of each."""
MAX_KEPT = MAX_LINES * MAX_COLUMNS * 10


class Prints:
    """What was printed during a check: its beginning, and how many lines there were."""

    def __init__(self) -> None:
        self._head, self._newlines, self._last = "", 0, "\n"

    def add(self, text: str) -> None:
        """Add a text that was printed."""
        self._head += text[: MAX_KEPT - len(self._head)]
        self._newlines += text.count("\n")
        self._last = text[-1:] or self._last

    def lines(self) -> list[str]:
        """Return the first lines, and a sentence on the others, if there are any."""
        total = self._newlines + (self._last != "\n")
        shown = [line[:MAX_COLUMNS] + "…" * (len(line) > MAX_COLUMNS) for line in self._head.split("\n")[:MAX_LINES]]
        shown = shown[:total]
        if left_out := total - len(shown):
            shown.append(_("… {n:,} more lines were printed, and are not shown.").format(n=left_out))
        return shown


class KeptStream:
    """A text stream whose text is kept.

    Args:
        stream: the stream that it replaces. What this class does not have is taken from it.
        prints: what keeps the text. The streams of a check have the same.
    """

    def __init__(self, stream: Any, prints: Prints) -> None:
        self._stream, self._prints = stream, prints

    def write(self, text: str) -> int:
        """Keep the text."""
        self._prints.add(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of the texts."""
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """Leave the other stream open."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def kept() -> Iterator[Prints]:
    """Context manager: keep what is printed, and show nothing of it."""
    prints = Prints()
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (KeptStream(stream, prints) for stream in streams)
    try:
        yield prints
    finally:
        sys.stdout, sys.stderr = streams

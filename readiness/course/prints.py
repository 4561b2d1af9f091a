"""Show the first characters of what is printed during a check, and say how many were left out.

A print in a loop without end writes megabytes in two seconds. A browser does not stand that.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from readiness.base.messages import _

MAX_PRINTED = 10_000
"""Characters that are shown of what is printed during a check."""


class BoundedStream:
    """A text stream that passes the first characters on to another one. All streams of a check count together.

    Args:
        stream: the other stream. What this class does not have is taken from it.
        counts: a list with the number of characters that were written so far, which is changed.
    """

    def __init__(self, stream: Any, counts: list[int]) -> None:
        self._stream, self._counts = stream, counts

    def write(self, text: str) -> int:
        """Write the text, as far as there is room for it."""
        room = MAX_PRINTED - self._counts[0]
        self._counts[0] += len(text)
        if room > 0:
            self._stream.write(text[:room])
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
def bounded() -> Iterator[None]:
    """Context manager: print at most `MAX_PRINTED` characters, and then how many were left out."""
    counts = [0]
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (BoundedStream(stream, counts) for stream in streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        if (left_out := counts[0] - MAX_PRINTED) > 0:
            print(_("\n… {n:,} more characters were printed, and are not shown.").format(n=left_out))

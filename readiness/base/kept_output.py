"""Keep the last lines that a child process prints, also if the process is killed or hangs.

The bytes are in memory that both processes share. When it is full, the oldest bytes are overwritten.
"""

import io
import itertools
import mmap
from typing import Any

from readiness.base.messages import _

SIZE = 16_384  # bytes that are kept
MAX_LINES, MAX_COLUMNS = 20, 200
LENGTH = 8  # bytes of the number at the beginning: how many bytes were written


class KeptOutput(io.RawIOBase):
    """A file for the bytes that a child process prints. It is created before the fork."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, LENGTH + SIZE)  # shared with the copies of this process

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Write the bytes. Return their number."""
        new = bytes(data)[-SIZE:]
        start = self._written() % SIZE
        first = new[: SIZE - start]
        self._memory[LENGTH + start : LENGTH + start + len(first)] = first
        self._memory[LENGTH : LENGTH + len(new) - len(first)] = new[len(first) :]
        self._memory[:LENGTH] = (self._written() + len(new)).to_bytes(LENGTH, "little")
        return len(data)

    def as_text_stream(self) -> io.TextIOWrapper:
        """Return a text stream for `sys.stdout`, which keeps nothing back."""
        raw: Any = self
        return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)

    def lines(self) -> list[str]:
        """Return the last lines that were written, at most `MAX_LINES`.

        A long line is cut. Equal lines that follow each other are one line with their number.
        """
        end = self._written()
        kept = self._memory[LENGTH:] if end >= SIZE else self._memory[LENGTH : LENGTH + end]
        ordered = kept[end % SIZE :] + kept[: end % SIZE] if end >= SIZE else kept
        lines = [
            (line, len(list(equal))) for line, equal in itertools.groupby(ordered.decode(errors="replace").splitlines())
        ]
        return [
            line[:MAX_COLUMNS]
            + "…" * (len(line) > MAX_COLUMNS)
            + (_("   ({n} times)").format(n=count) if count > 1 else "")
            for line, count in lines[-MAX_LINES:]
        ]

    def _written(self) -> int:
        return int.from_bytes(self._memory[:LENGTH], "little")

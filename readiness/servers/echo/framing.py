"""The lines of one connection: bytes in, answers out, whatever pieces the bytes come in. TCP has no messages, so we do.

It knows neither sockets nor waiting.
"""

from itertools import takewhile

MARK = b"_SB\n"
NEWLINE = ord("\n")
LONGEST = 1 << 20  # bytes of a line, its newline not counted
TOO_LONG = b"ERROR line longer than %d bytes\n" % LONGEST


class Lines:
    """What one peer sends, cut into lines. `broken`: a line was too long, and nothing after it is answered."""

    __slots__ = ("broken", "unfinished")

    def __init__(self) -> None:
        self.unfinished = bytearray()  # of the line that has no newline yet; at most LONGEST bytes
        self.broken = False

    def take(self, data: bytes) -> bytes:
        """The answers to the lines that end in `data`; empty if none does."""
        if data[-1] == NEWLINE and not self.unfinished and len(data) <= LONGEST and not self.broken:
            return data.upper().replace(b"\n", MARK)  # nearly always
        if self.broken:
            return b""
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self.unfinished += data
        elif self.unfinished:
            whole = bytes(self.unfinished + whole)
            self.unfinished = bytearray(rest)
        elif rest:
            self.unfinished += rest
        if len(whole) > LONGEST or len(self.unfinished) > LONGEST:
            return self._as_far_as_good(whole, newline)
        return whole.upper().replace(b"\n", MARK) + MARK if newline else b""

    def _as_far_as_good(self, whole: bytes, newline: bytes) -> bytes:
        lines = whole.split(b"\n") if newline else []
        good = list(takewhile(lambda line: len(line) <= LONGEST, lines))
        answer = b"".join(line.upper() + MARK for line in good)
        if len(good) < len(lines) or len(self.unfinished) > LONGEST:
            self.broken = True
            self.unfinished.clear()
            answer += TOO_LONG
        return answer

    def end(self) -> bytes:
        """The answer to what stood unfinished when the input ended; empty if nothing did."""
        last, self.unfinished = self.unfinished, bytearray()
        return bytes(last).upper() + MARK if last else b""

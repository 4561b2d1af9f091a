"""The line protocol of the echo servers: it takes the bytes of one connection, and returns the replies.

TCP has no messages. So a newline marks the end of each line. This module uses no socket, and never waits.
"""

from itertools import takewhile

SUFFIX = b"_SB\n"
NEWLINE = ord("\n")
MAX_LINE = 1 << 20  # bytes of a line, without its newline
OVERFLOW_REPLY = b"ERROR line longer than %d bytes\n" % MAX_LINE


class LineProtocol:
    """The line protocol of one connection.

    Attributes:
        partial: the beginning of a line whose newline has not arrived yet, at most `MAX_LINE` bytes.
        overflowed: True after a line of more than `MAX_LINE` bytes; all later bytes get no reply.
    """

    __slots__ = ("overflowed", "partial")

    def __init__(self) -> None:
        self.partial = bytearray()
        self.overflowed = False

    def feed(self, data: bytes) -> bytes:
        """Return the replies to all lines whose newline is in `data`, or b"" if there is no newline.

        `data` is what was just received, at least one byte. Bytes after the last newline are kept in `partial`. After a
        line of more than `MAX_LINE` bytes, the last reply is an error.
        """
        if data[-1] == NEWLINE and not self.partial and len(data) <= MAX_LINE and not self.overflowed:
            return data.upper().replace(b"\n", SUFFIX)  # the usual case: whole lines
        if self.overflowed:
            return b""
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self.partial += data
        elif self.partial:
            whole = bytes(self.partial + whole)
            self.partial = bytearray(rest)
        elif rest:
            self.partial += rest
        if len(whole) > MAX_LINE or len(self.partial) > MAX_LINE:
            return self._answer_until_overflow(whole, newline)
        return whole.upper().replace(b"\n", SUFFIX) + SUFFIX if newline else b""

    def _answer_until_overflow(self, whole: bytes, newline: bytes) -> bytes:
        lines = whole.split(b"\n") if newline else []
        good = list(takewhile(lambda line: len(line) <= MAX_LINE, lines))
        answer = b"".join(line.upper() + SUFFIX for line in good)
        if len(good) < len(lines) or len(self.partial) > MAX_LINE:
            self.overflowed = True
            self.partial.clear()
            answer += OVERFLOW_REPLY
        return answer

    def feed_eof(self) -> bytes:
        """Return the reply to the unfinished line `partial` at the end of input, or b"" if `partial` is empty."""
        last, self.partial = self.partial, bytearray()
        return bytes(last).upper() + SUFFIX if last else b""

"""A client as its server sees it: what it has sent, what it is owed, and which events it needs next. It never waits.

Which wait brings the events, and how interest is said to it, is the loop's business.
"""

import contextlib
import socket
from time import monotonic

from readiness.servers.echo.framing import Lines
from readiness.servers.eventloop import READ, WRITE

CHUNK = 1 << 16  # bytes of one recv, and one recv is all that a client gets in a turn: so nobody starves
HIGH = 1 << 18  # bytes owed above which no more is read: back-pressure, which reaches the sender in the end
THROWN = 1 << 24  # bytes read and thrown away after a line too long, so that no reset overtakes our last words


class Client:
    """One connection. `interest` is what the loop has been told last, `moved` when a byte last went either way."""

    __slots__ = ("ended", "fd", "interest", "lines", "moved", "owed", "recv", "send", "sock", "thrown", "timer")

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        self.sock, self.fd = sock, sock.fileno()
        self.recv, self.send = sock.recv, sock.send  # looked up once
        self.lines = Lines()
        self.owed = bytearray()
        self.ended = False  # it will send no more
        self.thrown = 0
        self.interest = READ
        self.moved = monotonic()
        self.timer = None

    def read(self) -> int:
        """Take one chunk, answer it, say what is needed next. BlockingIOError: nothing there. OSError: it is gone."""
        data = self.recv(CHUNK)
        if data:
            answer = self.lines.take(data)
        else:
            self.ended = True
            answer = self.lines.end()
        if answer:
            sent = 0
            if not self.owed:  # send at once: there is room, nearly always
                try:  # noqa: SIM105 – contextlib.suppress takes half a microsecond, on the path of every message
                    sent = self.send(answer)
                except BlockingIOError:
                    pass
                if sent == len(answer) and data and not self.lines.broken:
                    return READ  # and that was all, nearly always
            self.owed += answer[sent:]
        if self.lines.broken:
            self.throw_away(len(data))
        return self.needs()

    def flush(self) -> int:
        """Send of what is owed as much as fits, say what is needed next. OSError: it is gone."""
        with contextlib.suppress(BlockingIOError):
            del self.owed[: self.send(self.owed)]
        if self.lines.broken:
            self.throw_away(0)
        return self.needs()

    def needs(self) -> int:
        """READ while it may send and is not owed too much, WRITE while it is owed something; 0: it is over."""
        if not self.owed:
            return 0 if self.ended else READ
        return WRITE if self.ended or len(self.owed) >= HIGH else READ | WRITE

    def throw_away(self, count: int) -> None:
        """After a line too long: close our side once all is said, and read on, up to `THROWN` bytes.

        To close a socket with bytes unread resets the connection, and a reset may destroy what we sent before it.
        """
        self.thrown += count
        if self.thrown > THROWN:
            self.ended = True
        elif not self.owed:
            self.sock.shutdown(socket.SHUT_WR)

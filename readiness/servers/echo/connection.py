"""One connection of an echo server: its partial line, its write buffer, and the events that it wants next.

It never waits. The server's loop waits, and registers the events.
"""

import contextlib
import socket
from time import monotonic

from readiness.servers.echo.framing import LineProtocol
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.timers import Timer

RECV_SIZE = 1 << 16  # bytes of one recv, and a connection gets one recv per iteration: so no client starves
HIGH_WATER = 1 << 18  # unsent bytes above which no more is read: back-pressure, which reaches the sender in the end
MAX_DISCARD = 1 << 24  # bytes read and discarded after a line that is too long: a reset may destroy the last reply


class Connection:
    """A connection. `registered_events`: what the loop waits for; `last_activity`: when a byte last came or went."""

    __slots__ = (
        "discarded",
        "eof_received",
        "fd",
        "last_activity",
        "protocol",
        "recv",
        "registered_events",
        "send",
        "sock",
        "timer",
        "write_buffer",
    )

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        self.sock, self.fd = sock, sock.fileno()
        self.recv, self.send = sock.recv, sock.send  # looked up once
        self.protocol = LineProtocol()
        self.write_buffer = bytearray()
        self.eof_received = False  # the client will send no more
        self.discarded = 0
        self.registered_events = READ
        self.last_activity = monotonic()
        self.timer: Timer | None = None  # the server's check for silence

    def read(self) -> int:
        """Read once, reply, return the wanted events. BlockingIOError: nothing to read. OSError: it has failed."""
        data = self.recv(RECV_SIZE)
        if data:
            answer = self.protocol.feed(data)
        else:
            self.eof_received = True
            answer = self.protocol.feed_eof()
        if answer:
            sent = 0
            if not self.write_buffer:  # send at once: nearly always there is room
                try:  # noqa: SIM105 – contextlib.suppress takes half a microsecond, on the path of every message
                    sent = self.send(answer)
                except BlockingIOError:
                    pass
                if sent == len(answer) and data and not self.protocol.overflowed:
                    return READ  # the usual case: everything was sent
            self.write_buffer += answer[sent:]
        if self.protocol.overflowed:
            self.discard(len(data))
        return self.wanted_events()

    def flush(self) -> int:
        """Send as much of the write buffer as fits, and return the wanted events. OSError: the connection failed."""
        with contextlib.suppress(BlockingIOError):
            del self.write_buffer[: self.send(self.write_buffer)]
        if self.protocol.overflowed:
            self.discard(0)
        return self.wanted_events()

    def wanted_events(self) -> int:
        """Return READ until the end of input or `HIGH_WATER` unsent bytes, WRITE while bytes are unsent; 0: close."""
        if not self.write_buffer:
            return 0 if self.eof_received else READ
        return WRITE if self.eof_received or len(self.write_buffer) >= HIGH_WATER else READ | WRITE

    def discard(self, count: int) -> None:
        """Shut down our side once all is sent, after a line that is too long, and read on, up to `MAX_DISCARD` bytes.

        close() with unread bytes resets the connection, and a reset may destroy what was sent before it.
        """
        self.discarded += count
        if self.discarded > MAX_DISCARD:
            self.eof_received = True
        elif not self.write_buffer:
            self.sock.shutdown(socket.SHUT_WR)

"""One client's connection to an echo server: it receives lines, sends replies, and says what it waits for next.

A connection never waits. The server's loop waits for events, and calls the methods of the connection.
"""

import contextlib
import socket
from time import monotonic

from readiness.servers.echo.framing import LineProtocol
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.timers import Timer
from readiness.servers.unsent import unsent_bytes

RECV_SIZE = 1 << 16  # bytes of one recv; a connection has one recv in each iteration, so no client starves
HIGH_WATER = 1 << 18  # unsent bytes at which the server stops reading from this client: back-pressure
MAX_DISCARD = 1 << 24  # bytes to read and discard after a line that is too long, before the connection is closed


class Connection:
    """One client's connection to an echo server.

    Args:
        sock: the connected socket that accept returned.

    Attributes:
        registered_events: the events that the loop waits for now: READ, WRITE, or both (see `eventloop`).
        last_activity: the time of the last event on this connection, in seconds of `time.monotonic`.
        unsent: the number of bytes that the kernel had to send at the last call of `idle_since`.
        timer: the timer for the next check whether the connection is idle; the server sets it.
    """

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
        "unsent",
        "write_buffer",
    )

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        self.sock, self.fd = sock, sock.fileno()
        self.recv, self.send = sock.recv, sock.send  # faster than two lookups for each message
        self.protocol = LineProtocol()
        self.write_buffer = bytearray()
        self.eof_received = False  # the client sends no more
        self.discarded = 0
        self.registered_events = READ
        self.last_activity = monotonic()
        self.unsent = 0
        self.timer: Timer | None = None

    def read(self) -> int:
        """Call recv once, reply to all whole lines, and return the wanted events (see `wanted_events`).

        Replies that the socket does not take now are kept in the write buffer.

        Raises:
            BlockingIOError: There is nothing to read.
            OSError: The connection failed.
        """
        data = self.recv(RECV_SIZE)
        if data:
            answer = self.protocol.feed(data)
        else:
            self.eof_received = True
            answer = self.protocol.feed_eof()
        if answer:
            sent = 0
            if not self.write_buffer:  # send immediately: the socket nearly always has room
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
        """Send as much of the write buffer as the socket takes, and return the wanted events (see `wanted_events`).

        Raises:
            OSError: The connection failed.
        """
        with contextlib.suppress(BlockingIOError):
            del self.write_buffer[: self.send(self.write_buffer)]
        if self.protocol.overflowed:
            self.discard(0)
        return self.wanted_events()

    def wanted_events(self) -> int:
        """Return the events to wait for: READ, WRITE, READ | WRITE, or 0 if the server must close the connection.

        READ is wanted until the end of input, and while fewer than `HIGH_WATER` bytes are unsent. WRITE is wanted while
        bytes are unsent.
        """
        if not self.write_buffer:
            return 0 if self.eof_received else READ
        return WRITE if self.eof_received or len(self.write_buffer) >= HIGH_WATER else READ | WRITE

    def idle_since(self) -> float:
        """Return the time of the last activity, in seconds of `time.monotonic`.

        A client that slowly reads what the kernel holds causes no event for a long time: the socket becomes writable
        when about a third of its buffer is free. So if the kernel's number of unsent bytes has changed since the last
        call, this counts as activity now.
        """
        unsent = unsent_bytes(self.sock)
        if unsent != self.unsent:
            self.unsent, self.last_activity = unsent, monotonic()
        return self.last_activity

    def discard(self, count: int) -> None:
        """Count `count` bytes that arrived after a line that was too long. These bytes get no reply.

        After the last reply is sent, shut down the socket for writing. The server goes on reading, because a close with
        unread bytes resets the connection: the client may then lose the last reply. The connection ends after
        MAX_DISCARD of these bytes.
        """
        self.discarded += count
        if self.discarded > MAX_DISCARD:
            self.eof_received = True
        elif not self.write_buffer:
            self.sock.shutdown(socket.SHUT_WR)

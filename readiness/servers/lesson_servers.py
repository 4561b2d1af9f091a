"""The echo servers of chapters 08 and 09, class for class as the episodes write them in their cells.

A later episode imports what an earlier one has written. Only `WithTimers` stands in no cell. These servers have faults
on purpose, which the episodes show and repair. The complete server is in `readiness.servers.echo.selectors_server`.
"""

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from readiness.base.background import StopEvent
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.timers import Timers

HIGH_WATER = 1 << 18  # bytes


class Loop:
    """A listening socket on 127.0.0.1, and a loop that calls what each ready socket has in its `data`.

    A subclass has the callback `accept`.

    Args:
        selector: the selector that waits.

    Attributes:
        address: the host and the port of the listening socket.
    """

    accept: Callable[[socket.socket, int], None]

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=5)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        selector.register(self.listener, READ, data=self.accept)

    def serve(self, stop: StopEvent) -> None:
        """Run the loop until `stop.set()` is called."""
        self.selector.register(stop, READ)
        while not stop.is_set():
            for key, mask in self.selector.select():
                if key.fileobj is not stop:
                    key.data(key.fileobj, mask)


class EchoServer(Loop):
    """The first echo server: its connections block, and its `accept` is not guarded."""

    def accept(self, listener: socket.socket, mask: int) -> None:
        """Accept one connection, and register it for READ."""
        conn, _address = listener.accept()
        self.selector.register(conn, READ, data=self.on_ready)

    def on_ready(self, conn: socket.socket, mask: int) -> None:
        """Receive once, and send the answer. At the end of the input, or after any error, close the connection."""
        try:
            data = conn.recv(1024)
            if data:
                conn.send(data.upper() + b"_SB")
            else:
                self.close_connection(conn)
        except Exception:
            self.close_connection(conn)

    def close_connection(self, conn: socket.socket) -> None:
        """Unregister the connection, then close it."""
        self.selector.unregister(conn)
        conn.close()


class Connection:
    """One client's non-blocking connection, with a write buffer without a limit.

    Args:
        sock: the connected socket that accept returned.

    Attributes:
        write_buffer: the bytes that the socket did not take yet.
        eof_received: True after the end of the client's input.
    """

    RECV_SIZE = 1024

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock, self.write_buffer, self.eof_received = sock, bytearray(), False

    def read(self) -> None:
        """Receive once, and append the answer to the write buffer."""
        data = self.sock.recv(self.RECV_SIZE)
        self.eof_received = not data
        self.write_buffer += self.answer(data)

    def answer(self, data: bytes) -> bytes:
        """Return the answer to the bytes of one recv."""
        return data.upper() + b"_SB" if data else b""

    def flush(self) -> None:
        """Send as much of the write buffer as the socket takes."""
        with suppress(BlockingIOError):
            del self.write_buffer[: self.sock.send(self.write_buffer)]

    def wanted_events(self) -> int:
        """Return the events to wait for: READ, WRITE, READ | WRITE, or 0 when the connection is finished."""
        return (0 if self.eof_received else READ) | (WRITE if self.write_buffer else 0)


class Buffered(EchoServer):
    """An echo server that keeps what was not sent."""

    connection_class: type[Connection] = Connection

    def accept(self, listener: socket.socket, mask: int) -> None:
        """Accept one connection, and register it for READ."""
        sock, _address = listener.accept()
        self.selector.register(sock, READ, data=partial(self.on_event, self.connection_class(sock)))

    def on_event(self, connection: Connection, sock: socket.socket, mask: int) -> None:
        """Read if there is something to read, send, and wait for what the connection wants next."""
        try:
            if mask & READ:
                connection.read()
            connection.flush()
            wanted = connection.wanted_events()
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:
            wanted = 0
        if wanted:
            self.selector.modify(sock, wanted, data=partial(self.on_event, connection))
        else:
            self.close_connection(sock)


class BoundedConnection(Connection):
    """A connection that reads no more while `HIGH_WATER` bytes or more are unsent."""

    def wanted_events(self) -> int:
        """Return the events to wait for: WRITE alone above the high-water mark."""
        return WRITE if len(self.write_buffer) >= HIGH_WATER else super().wanted_events()


class Bounded(Buffered):
    """An echo server whose write buffers have a limit."""

    connection_class = BoundedConnection


class WithTimers(Bounded):
    """The server `Bounded` with a clock: its loop also calls the callbacks of `timers` when they are due."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        super().__init__(selector)
        self.timers = Timers()

    def serve(self, stop: StopEvent) -> None:
        """Run the loop until `stop.set()` is called. A wait lasts until the next timer is due, at most."""
        self.selector.register(stop, READ)
        while not stop.is_set():
            for key, mask in self.selector.select(self.timers.next_timeout()):
                if key.fileobj is not stop:
                    key.data(key.fileobj, mask)
            self.timers.run_due()

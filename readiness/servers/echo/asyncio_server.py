"""The echo server on asyncio, for comparison: its transports hold what is owed, its loop accepts, waits and retries.

What the other servers do by hand is here a method that somebody else calls.
"""

import asyncio
import socket
from time import monotonic

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import HIGH, THROWN
from readiness.servers.echo.framing import Lines
from readiness.servers.eventloop import BACKLOG, BATCH


class EchoServer:
    """Listens on 127.0.0.1, at `port` or one that the kernel chooses; `address` is where.

    idle: seconds without a byte received, or with nothing taken by the client, after which it is let go.
    """

    def __init__(self, *, port: int = 0, idle: float = 300.0) -> None:
        self.listener = Listener(fileno=socket.create_server(("127.0.0.1", port)).detach())
        self.listener.listen()
        self.address: tuple[str, int] = self.listener.getsockname()
        self.clients: set[Client] = set()
        self.idle = idle
        self.loop = asyncio.SelectorEventLoop()
        # Out of descriptors, asyncio tells this handler, pauses and tries again after a second (selector_events.py).
        self.loop.set_exception_handler(lambda loop, context: None)

    def serve(self, stop: StopEvent) -> None:
        """Run the loop until `stop` is readable."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        start = self.loop.create_server(lambda: Client(self), sock=self.listener, backlog=BATCH)
        server = self.loop.run_until_complete(start)
        self.loop.run_forever()
        for reader in (stop, self.listener):
            self.loop.remove_reader(reader.fileno())
        while arriving := asyncio.all_tasks(self.loop):  # those that were just accepted, before the server is closed
            self.loop.run_until_complete(asyncio.wait(arriving))
        server.close()
        for client in list(self.clients):
            client.transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # what abort has put off

    def close(self) -> None:
        self.listener.close()
        self.loop.close()


class Listener(socket.socket):
    """Its backlog is its own: asyncio's is the batch of its accepts, too, tried to the end without descriptors."""

    def listen(self, _batch: int = 0) -> None:
        super().listen(BACKLOG)


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: EchoServer) -> None:
        self.server = server
        self.lines = Lines()
        self.thrown = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.server.clients.add(self)
        transport.set_write_buffer_limits(high=HIGH)
        self.moved, self.owed = monotonic(), 0
        self.timer = self.server.loop.call_later(self.server.idle, self.look)

    def data_received(self, data: bytes) -> None:
        self.moved = monotonic()
        if self.lines.broken:
            self.throw_away(len(data))
            return
        if answer := self.lines.take(data):
            self.transport.write(answer)
        if self.lines.broken:
            self.transport.write_eof()  # once all is said: the transport waits for that

    def throw_away(self, count: int) -> None:
        """After a line too long: a reset must not overtake our last words."""
        self.thrown += count
        if self.thrown > THROWN:
            self.transport.close()

    def eof_received(self) -> None:
        if answer := self.lines.end():
            self.transport.write(answer)
        # None is returned: the transport sends what is owed, and closes

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def look(self) -> None:
        """Its time is over, unless a byte has moved meanwhile."""
        owed = self.transport.get_write_buffer_size()
        if owed != self.owed:
            self.moved, self.owed = monotonic(), owed
        left = self.moved + self.server.idle - monotonic()
        if left > 0:
            self.timer = self.server.loop.call_later(left, self.look)
        else:
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.timer.cancel()
        self.server.clients.discard(self)

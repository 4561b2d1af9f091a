"""The echo server on asyncio, for comparison with the servers that have their own loop.

asyncio's loop accepts connections and waits for events, and its transports hold the write buffers. The loop calls the
methods of `Connection`.
"""

import asyncio
import selectors
import socket
from time import monotonic

from readiness.base.background import StopEvent
from readiness.base.bounds import require_positive
from readiness.servers.echo.connection import HIGH_WATER, MAX_DISCARD
from readiness.servers.echo.framing import LineProtocol
from readiness.servers.eventloop import ACCEPT_BATCH, BACKLOG, IDLE_TIMEOUT
from readiness.servers.unsent import unsent_bytes


class EchoServer:
    """An echo server on 127.0.0.1. The attribute `address` is the pair (host, port) of the listening socket.

    Args:
        port: the port to listen on; 0 means any free port.
        idle_timeout: the server closes a connection after this number of seconds without a byte in either direction.

    Raises:
        UserError: `idle_timeout` is not a number above 0.
    """

    def __init__(self, *, port: int = 0, idle_timeout: float = IDLE_TIMEOUT) -> None:
        require_positive(idle_timeout=idle_timeout)
        self.listener = Listener(fileno=socket.create_server(("127.0.0.1", port)).detach())
        self.listener.listen()
        self.address: tuple[str, int] = self.listener.getsockname()
        self.connections: set[Connection] = set()
        self.idle_timeout = idle_timeout
        self.selector = selectors.DefaultSelector()
        self.loop = asyncio.SelectorEventLoop(self.selector)
        # Without descriptors, asyncio calls this handler, pauses, and tries again after a second (selector_events.py).
        self.loop.set_exception_handler(lambda loop, context: None)

    def serve(self, stop: StopEvent) -> None:
        """Run asyncio's loop until `stop.set()` is called. Then abort all connections."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        start = self.loop.create_server(lambda: Connection(self), sock=self.listener, backlog=ACCEPT_BATCH)
        server = self.loop.run_until_complete(start)
        self.loop.run_forever()
        for reader in (stop, self.listener):
            self.loop.remove_reader(reader.fileno())
        while pending := asyncio.all_tasks(self.loop):  # connections that were just accepted
            self.loop.run_until_complete(asyncio.wait(pending))
        server.close()
        for connection in list(self.connections):
            connection.transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # run the callbacks that abort has scheduled

    def close(self) -> None:
        """Close the listening socket and the loop."""
        self.listener.close()
        self.loop.close()


class Listener(socket.socket):
    """A listening socket whose backlog is always `BACKLOG`, whatever asyncio passes to `listen`.

    asyncio uses one argument, `backlog`, for two limits: the backlog of the listener, and the number of connections
    that it accepts in one iteration. Here the argument is only the second limit.
    """

    def listen(self, _batch: int = 0) -> None:
        super().listen(BACKLOG)


class Connection(asyncio.Protocol):
    """One client's connection, as an asyncio protocol. asyncio calls the methods of the protocol for each event."""

    def __init__(self, server: EchoServer) -> None:
        self.server = server
        self.protocol = LineProtocol()
        self.discarded = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # the transport of a stream socket
        self.transport = transport
        self.server.connections.add(self)
        transport.set_write_buffer_limits(high=HIGH_WATER)
        self.last_activity, self.buffered = monotonic(), 0
        self.timer = self.server.loop.call_later(self.server.idle_timeout, self.check_idle)
        self.server.loop.call_soon(self.close_unless_watched)

    def close_unless_watched(self) -> None:
        """Close the connection if the kernel can't watch it (ENOSPC or ENOMEM, epoll_ctl(2)).

        asyncio watches the socket after it has called `connection_made`, and reports an error only to the loop's
        handler of exceptions.
        """
        if self.transport.get_extra_info("socket") not in self.server.selector.get_map():
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.last_activity = monotonic()
        if self.protocol.overflowed:
            self.discard(len(data))
            return
        if answer := self.protocol.feed(data):
            self.transport.write(answer)
        if self.protocol.overflowed:
            self.transport.write_eof()  # after its buffer

    def discard(self, count: int) -> None:
        """Count `count` bytes that arrived after a line that was too long. These bytes get no reply.

        Close the connection after MAX_DISCARD of these bytes. Until then the server reads them, because a close with
        unread bytes resets the connection: the client may then lose the last reply.
        """
        self.discarded += count
        if self.discarded > MAX_DISCARD:
            self.transport.close()

    def eof_received(self) -> None:
        if answer := self.protocol.feed_eof():
            self.transport.write(answer)
        # None is returned: so the transport sends its buffer, then closes

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def check_idle(self) -> None:
        """Close the connection if it was idle for `idle_timeout` seconds. Otherwise set a timer for the next check."""
        buffered = self.transport.get_write_buffer_size() + unsent_bytes(self.transport.get_extra_info("socket"))
        if buffered != self.buffered:
            self.last_activity, self.buffered = monotonic(), buffered
        left = self.last_activity + self.server.idle_timeout - monotonic()
        if left > 0:
            self.timer = self.server.loop.call_later(left, self.check_idle)
        else:
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.timer.cancel()
        self.server.connections.discard(self)

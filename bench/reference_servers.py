"""``python -m bench.reference_servers NAME``: servers that the echo bench compares with the course's servers.

Each is written as the handbook of its library recommends. They use the course's `LineProtocol`, so that only the loop
is different. They don't handle idle clients, or a lack of descriptors. The server `panel` is that of the echo panel,
with its live charts in the same process.
"""

import asyncio
import importlib.util
import selectors
import socket
import sys
from collections.abc import Callable

from readiness.servers.echo.connection import HIGH_WATER, RECV_SIZE
from readiness.servers.echo.framing import MAX_LINE, SUFFIX, LineProtocol
from readiness.servers.eventloop import BACKLOG


class Echo(asyncio.Protocol):
    """One connection of an asyncio server. It also works on uvloop's loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.lines = transport, LineProtocol()
        transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if answer := self.lines.feed(data):
            self.transport.write(answer)
        if self.lines.overflowed:
            self.transport.close()

    def eof_received(self) -> None:
        self.transport.write(self.lines.feed_eof())

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection with asyncio's streams."""
    try:
        while line := await reader.readline():
            writer.write(line.removesuffix(b"\n").upper() + SUFFIX)
            await writer.drain()
    except (OSError, ValueError):  # a reset; a line too long
        pass
    finally:
        writer.close()


def announce(listener: socket.socket) -> None:
    """Print a line that ends in the listener's ``host:port``."""
    print("listens on {}:{}".format(*listener.getsockname()), flush=True)


async def serve(start: Callable) -> None:
    """Create an asyncio server, print its address, and serve without end.

    Args:
        start: an async function that takes the loop, and returns the server.
    """
    server = await start(asyncio.get_running_loop())
    announce(server.sockets[0])
    await server.serve_forever()


def protocol() -> None:
    """Serve with an asyncio protocol, on asyncio's own loop."""
    asyncio.run(serve(lambda loop: loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)))


def uvloop() -> None:
    """Serve with an asyncio protocol, on uvloop's loop."""
    from uvloop import new_event_loop

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(lambda loop: loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)))


def streams() -> None:
    """Serve with asyncio's streams, on asyncio's own loop."""
    asyncio.run(serve(lambda loop: asyncio.start_server(echo, "127.0.0.1", 0, backlog=BACKLOG, limit=MAX_LINE)))


class AlwaysClient:
    """The state of one client of the server `always`: its line protocol, and its unsent bytes."""

    def __init__(self) -> None:
        self.protocol, self.write_buffer = LineProtocol(), b""


def always() -> None:
    """Serve with `selectors`. Each client is always registered for both events, as a much-copied tutorial does."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, data=None)
    announce(listener)
    while True:
        for key, mask in selector.select(timeout=None):
            if key.data is None:
                sock, _address = listener.accept()
                sock.setblocking(False)
                selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, data=AlwaysClient())
            else:
                serve_client(selector, key, mask)


def serve_client(selector: selectors.BaseSelector, key: selectors.SelectorKey, mask: int) -> None:
    """Read once and send once for one client of the server `always`, as far as `mask` allows.

    Args:
        selector: the selector of the server.
        key: the client's key. Its `data` is an `AlwaysClient`.
        mask: the events that are ready.
    """
    sock, client = key.fileobj, key.data
    try:
        if mask & selectors.EVENT_READ:
            data = sock.recv(RECV_SIZE)
            if not data:
                raise ConnectionError
            client.write_buffer += client.protocol.feed(data)
        if mask & selectors.EVENT_WRITE and client.write_buffer:
            sent = sock.send(client.write_buffer)
            client.write_buffer = client.write_buffer[sent:]
    except OSError:
        selector.unregister(sock)
        sock.close()


def panel() -> None:
    """Run the server of the echo panel. A line `on` on stdin starts its refresh, a line `off` stops it."""
    from readiness.servers.echo.selectors_server import EchoServer
    from readiness.widgets.echo import EchoPanel

    echo_panel = EchoPanel(EchoServer, name="bench", line_end=b"\n")
    echo_panel.stop_refreshing()
    announce(echo_panel.background.server.listener)
    for command in sys.stdin:
        if command == "on\n":
            echo_panel.start_refreshing()
        else:
            echo_panel.stop_refreshing()
        print(command, end="", flush=True)
    echo_panel.close()


SERVERS = {function.__name__: function for function in (protocol, uvloop, streams, always, panel)}


def is_missing(name: str) -> bool:
    """Return True if the server `name` needs a library that is not installed."""
    return name == "uvloop" and importlib.util.find_spec("uvloop") is None


if __name__ == "__main__":
    SERVERS[sys.argv[1]]()

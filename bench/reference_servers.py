"""``python -m bench.reference_servers NAME``: what the echo bench sets beside `readiness.servers`, each as its handbook has it.

They cut lines with the course's `LineProtocol`, so that the loop alone differs. The contract's rarer points (idle clients, no
descriptors left) are not theirs. `panel` is no rival: it is the server of lesson 08 in its kernel, live charts and all.
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
    """One connection, for asyncio's loop and for uvloop's."""

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
    """One connection, with streams."""
    try:
        while line := await reader.readline():
            writer.write(line.removesuffix(b"\n").upper() + SUFFIX)
            await writer.drain()
    except (OSError, ValueError):  # a reset; a line too long
        pass
    finally:
        writer.close()


def say(listener: socket.socket) -> None:
    print("listens on {}:{}".format(*listener.getsockname()), flush=True)


async def serve(start: Callable) -> None:
    """What the loop that this runs on has: `start` makes the server."""
    server = await start(asyncio.get_running_loop())
    say(server.sockets[0])
    await server.serve_forever()


def protocol() -> None:
    asyncio.run(serve(lambda loop: loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)))


def uvloop() -> None:
    from uvloop import new_event_loop

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run_or_replay(serve(lambda loop: loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)))


def streams() -> None:
    asyncio.run(serve(lambda loop: asyncio.start_server(echo, "127.0.0.1", 0, backlog=BACKLOG, limit=MAX_LINE)))


class Owed:
    """What `always` keeps for one client."""

    def __init__(self) -> None:
        self.lines, self.out = LineProtocol(), b""


def always() -> None:
    """`selectors` with READ and WRITE asked for from beginning to end, as a much-copied tutorial does."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, data=None)
    say(listener)
    while True:
        for key, mask in selector.select(timeout=None):
            if key.data is None:
                sock, _address = listener.accept()
                sock.setblocking(False)
                selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, data=Owed())
            else:
                converse(selector, key, mask)


def converse(selector: selectors.BaseSelector, key: selectors.SelectorKey, mask: int) -> None:
    sock, owed = key.fileobj, key.data
    try:
        if mask & selectors.EVENT_READ:
            data = sock.recv(RECV_SIZE)
            if not data:
                raise ConnectionError
            owed.out += owed.lines.feed(data)
        if mask & selectors.EVENT_WRITE and owed.out:
            sent = sock.send(owed.out)
            owed.out = owed.out[sent:]
    except OSError:
        selector.unregister(sock)
        sock.close()


def panel() -> None:
    """The panel of lesson 08 with its server in the background; a line `on` or `off` turns its refreshing on or off."""
    from readiness.servers.echo.selectors_server import EchoServer
    from readiness.widgets import base
    from readiness.widgets.echo import EchoPanel

    shown = EchoPanel(EchoServer, name="bench", line_end=b"\n")
    shown._refresh_thread.stop()
    say(shown.background.server.listener)
    for order in sys.stdin:
        if order == "on\n":
            shown._refresh_thread = base.PeriodicThread(shown._refresh, shown._on_error)
        else:
            shown._refresh_thread.stop()
        print(order, end="", flush=True)
    shown.close()


NAMES = {deed.__name__: deed for deed in (protocol, uvloop, streams, always, panel)}


def missing(name: str) -> bool:
    """Whether this rival can't be had here."""
    return name == "uvloop" and importlib.util.find_spec("uvloop") is None


if __name__ == "__main__":
    NAMES[sys.argv[1]]()

"""The layers of the Python echo servers, one on top of the other, in one thread with both ends of the connections.

Only the server's end is timed. Each layer handles one line of each connection in each loop.
"""

import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from time import thread_time
from types import FrameType

from readiness.base.messages import UserError
from readiness.servers.echo import epoll_server, selectors_server
from readiness.servers.echo.connection import RECV_SIZE, Connection

LINE, REPLY = b"a" * 63 + b"\n", b"A" * 63 + b"_SB\n"
TIMEOUT = 20.0  # seconds for a reply
BARE, FRAMED, CONNECTION = "recv and send", "with the line protocol", "with Connection.read"
EPOLL, SELECTORS = "the whole server on epoll", "the whole server on selectors"
LAYERS = {BARE: "", FRAMED: BARE, CONNECTION: FRAMED, EPOLL: CONNECTION, SELECTORS: EPOLL}  # and the layer below each


class Clients:
    """The clients of one server. They are the stop event of the server's loop, so they talk between two iterations.

    Args:
        address: the host and the port of the server.
        count: the number of clients.

    Attributes:
        left: the number of iterations until the loop stops.
        seconds: the CPU time of this thread in the iterations, without the clients.
    """

    def __init__(self, address: tuple[str, int], count: int) -> None:
        self._sockets = [socket.create_connection(address, TIMEOUT) for _client in range(count)]
        self._silent = socket.socket()
        self.left, self.seconds = 0, 0.0
        self._begun: float | None = None

    def fileno(self) -> int:
        """Return a descriptor that is never readable."""
        return self._silent.fileno()

    def is_set(self) -> bool:
        """End an iteration and its time, read the replies, and begin the next. Return True if there is none.

        Raises:
            UserError: A reply is wrong.
        """
        if self._begun is not None:
            self.seconds += thread_time() - self._begun
            if any(sock.recv(RECV_SIZE) != REPLY for sock in self._sockets):
                raise UserError("A layer of the echo server sent a wrong reply.")
        self._begun = None
        if not self.left:
            return True
        self.left -= 1
        for sock in self._sockets:
            sock.send(LINE)
        self._begun = thread_time()
        return False

    def close(self) -> None:
        """Close all sockets."""
        for sock in (*self._sockets, self._silent):
            sock.close()


def bare(connections: list[Connection], clients: Clients) -> None:
    """Receive, and send a reply that is already there."""
    while not clients.is_set():
        for connection in connections:
            connection.recv(RECV_SIZE)
            connection.send(REPLY)


def framed(connections: list[Connection], clients: Clients) -> None:
    """Receive, let the line protocol make the reply, and send it."""
    while not clients.is_set():
        for connection in connections:
            connection.send(connection.protocol.feed(connection.recv(RECV_SIZE)))


def read_connections(connections: list[Connection], clients: Clients) -> None:
    """Call `Connection.read`, which also keeps what can't be sent, and says what to wait for."""
    while not clients.is_set():
        for connection in connections:
            connection.read()


class Layers:
    """Context manager: the servers on epoll and on selectors with their clients, and all layers in LAYERS.

    Args:
        count: the number of clients of each server.
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> "Layers":
        with ExitStack() as stack:
            epoll, selector = epoll_server.EchoServer(), selectors_server.EchoServer()
            for server in (epoll, selector):
                stack.callback(server.close)
            self._clients = {server: Clients(server.address, self.count) for server in (epoll, selector)}
            for server, clients in self._clients.items():
                stack.callback(clients.close)
                while len(server.connections) < self.count:
                    server.accept()
            self._stack = stack.pop_all()
        connections, talk = list(epoll.connections.values()), self._clients[epoll]
        self._loops: dict[str, tuple[Callable[[], None], Clients]] = {
            BARE: (lambda: bare(connections, talk), talk),
            FRAMED: (lambda: framed(connections, talk), talk),
            CONNECTION: (lambda: read_connections(connections, talk), talk),
            EPOLL: (lambda: epoll.serve(talk), talk),
            SELECTORS: (lambda: selector.serve(self._clients[selector]), self._clients[selector]),
        }
        self._forget = {EPOLL: epoll.epoll.unregister, SELECTORS: selector.selector.unregister}
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def measure(self, name: str, loops: int) -> float:
        """Let the layer `name` run `loops` times, and return the CPU time for one message in microseconds."""
        loop, clients = self._loops[name]
        clients.left, clients.seconds = loops, 0.0
        loop()
        if name in self._forget:  # serve has registered the stop event, and the next serve will do it again
            self._forget[name](clients)
        return clients.seconds * 1e6 / (loops * self.count)

    def count_bytecodes(self, name: str) -> int:
        """Return the number of bytecode instructions that the layer `name` executes for one message."""
        few, many = self._count_in_loops(name, 1), self._count_in_loops(name, 11)
        return round((many - few) / (10 * self.count))

    def _count_in_loops(self, name: str, loops: int) -> int:
        executed = 0

        def trace(frame: FrameType, event: str, _argument: object) -> Callable | None:
            nonlocal executed
            if frame.f_code.co_qualname.startswith("Clients."):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            executed += event == "opcode"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self.measure(name, loops)
        finally:
            sys.settrace(before)
        return executed

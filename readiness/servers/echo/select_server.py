"""The echo server on `select.select`. Each call of select takes two sets of descriptors, and returns the ready ones."""

import os
import select
import socket
import sys
from time import monotonic

from readiness.base.background import StopEvent
from readiness.base.bounds import require_positive
from readiness.servers.echo.connection import Connection
from readiness.servers.eventloop import (
    ACCEPT_BATCH,
    ACCEPT_RETRY_DELAY,
    BACKLOG,
    IDLE_TIMEOUT,
    READ,
    RESOURCE_ERRNOS,
    WRITE,
)
from readiness.servers.timers import Timers

SETSIZE = 1024 if os.name == "posix" else sys.maxsize  # FD_SETSIZE, select(2): a set holds smaller descriptors


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
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.connections: dict[int, Connection] = {}  # by file descriptor
        self.idle_timeout, self.timers = idle_timeout, Timers()
        self.read_fds: set[int] = set()
        self.write_fds: set[int] = set()
        self.resume_accepting()

    def serve(self, stop: StopEvent) -> None:
        """Run the loop until `stop.set()` is called.

        Each iteration waits for events, handles the ready sockets, and runs the timers whose deadline has passed.
        """
        self.read_fds.add(stop.fileno())
        while not stop.is_set():
            readable, writable, _urgent = select.select(self.read_fds, self.write_fds, (), self.timers.next_timeout())
            now = monotonic()
            for fd in writable:
                self.on_ready(self.connections[fd], WRITE, now)
            for fd in readable:
                if fd in self.connections:
                    self.on_ready(self.connections[fd], READ, now)
                elif fd == self.listener.fileno():
                    self.accept()
            self.timers.run_due()

    def resume_accepting(self) -> None:
        """Watch the listening socket, so that the server accepts new connections."""
        self.read_fds.add(self.listener.fileno())

    def accept(self) -> None:
        """Accept at most ACCEPT_BATCH connections, and watch each of them for READ.

        If the system lacks descriptors or memory, call `pause_accepting`.
        """
        for _attempt in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except BlockingIOError:  # no more connections are pending
                return
            except OSError as error:
                if error.errno not in RESOURCE_ERRNOS:  # the client has left already, for example: accept(2)
                    continue
                self.pause_accepting()
                return
            if not self.add_connection(sock):
                self.pause_accepting()
                return

    def add_connection(self, sock: socket.socket) -> bool:
        """Watch a new connection for READ, and set its idle timer. Return True.

        If select can't watch the descriptor, because its number is too high, close `sock` and return False.
        """
        connection = Connection(sock)
        if connection.fd >= SETSIZE:
            sock.close()
            return False
        self.read_fds.add(connection.fd)
        self.connections[connection.fd] = connection
        connection.timer = self.timers.call_later(self.idle_timeout, self.check_idle, connection)
        return True

    def pause_accepting(self) -> None:
        """Stop watching the listening socket for ACCEPT_RETRY_DELAY seconds.

        The listening socket stays readable while a connection waits. Without this pause, the loop would never sleep.
        """
        self.read_fds.remove(self.listener.fileno())
        self.timers.call_later(ACCEPT_RETRY_DELAY, self.resume_accepting)

    def on_ready(self, connection: Connection, mask: int, now: float) -> None:
        """Receive and send on `connection` as `mask` allows. `now` is the current time of `time.monotonic`.

        The kernel may also report an error or a hang-up. recv then raises the error or returns b"". An error closes the
        connection.
        """
        connection.last_activity = now
        try:
            if mask & WRITE:
                wanted = connection.flush()
            if mask & READ:
                wanted = connection.read()
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:  # a reset, a broken pipe: only this connection ends
            wanted = 0
        if wanted != connection.registered_events:
            self.update_events(connection, wanted)

    def update_events(self, connection: Connection, wanted: int) -> None:
        """Watch `connection` for `wanted`: READ, WRITE or both. If `wanted` is 0, close it."""
        if wanted:
            for bit, fds in ((READ, self.read_fds), (WRITE, self.write_fds)):
                (fds.add if wanted & bit else fds.discard)(connection.fd)
            connection.registered_events = wanted
        else:
            self.close_connection(connection)

    def check_idle(self, connection: Connection) -> None:
        """Close the connection if it was idle for `idle_timeout` seconds. Otherwise set a timer for the next check."""
        left = connection.idle_since() + self.idle_timeout - monotonic()
        if left > 0:
            connection.timer = self.timers.call_later(left, self.check_idle, connection)
        else:
            self.close_connection(connection)

    def close_connection(self, connection: Connection) -> None:
        """Stop watching the connection, then close its socket."""
        self.timers.cancel(connection.timer)
        del self.connections[connection.fd]
        self.read_fds.discard(connection.fd)
        self.write_fds.discard(connection.fd)
        connection.sock.close()

    def close(self) -> None:
        """Close all connections, and everything else that the server opened."""
        for connection in list(self.connections.values()):
            self.close_connection(connection)
        self.listener.close()

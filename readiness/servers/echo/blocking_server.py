"""The echo server for one client at a time: it blocks in accept, then in recv and send until that client ends.

This server is a demonstration. All other clients wait in the backlog, even while the current client is silent, until
its idle timeout (lesson 01). A blocked server can't see `stop`: a signal handler or another thread calls `interrupt`.
"""

import contextlib
import socket
from time import sleep

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import MAX_DISCARD, RECV_SIZE
from readiness.servers.echo.framing import LineProtocol
from readiness.servers.eventloop import ACCEPT_RETRY_DELAY, BACKLOG, IDLE_TIMEOUT, RESOURCE_ERRNOS


class EchoServer:
    """An echo server on 127.0.0.1. `address` is the host and the port that it listens on.

    Args:
        port: the port to listen on; 0 means any free port.
        idle_timeout: seconds that one recv may take, and the sending of one reply.
    """

    def __init__(self, *, port: int = 0, idle_timeout: float = IDLE_TIMEOUT) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.connections: set[socket.socket] = set()
        self.idle_timeout = idle_timeout

    def serve(self, stop: StopEvent) -> None:
        """Accept one connection after the other, and serve each until it ends."""
        while not stop.is_set():
            sock = self.accept_one(stop)
            if sock is not None:
                self.serve_connection(sock)

    def accept_one(self, stop: StopEvent) -> socket.socket | None:
        """Accept one connection; return None if accept failed."""
        try:
            sock, _address = self.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS and not stop.is_set():
                sleep(ACCEPT_RETRY_DELAY)  # the connection stays in the backlog: an immediate retry would spin
            return None
        self.connections.add(sock)
        return sock

    def serve_connection(self, sock: socket.socket) -> None:
        """Echo until the end of input. A reset, a broken pipe or a timeout also ends the connection."""
        sock.settimeout(self.idle_timeout)
        protocol = LineProtocol()
        with sock, contextlib.suppress(OSError):
            while not protocol.overflowed and (data := sock.recv(RECV_SIZE)):
                sock.sendall(protocol.feed(data))
            sock.sendall(protocol.feed_eof())
            # A close with unread bytes resets the connection, and the last reply may be lost.
            sock.shutdown(socket.SHUT_WR)
            for _attempt in range(MAX_DISCARD // RECV_SIZE):
                if not sock.recv(RECV_SIZE):
                    break
        self.connections.discard(sock)

    def interrupt(self) -> None:
        """Shut down all sockets, so that blocked calls of accept and recv return. Any thread may call this method."""
        for sock in [self.listener, *self.connections]:
            with contextlib.suppress(OSError):  # already closed by the peer
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close everything that the server opened."""
        self.interrupt()
        self.listener.close()

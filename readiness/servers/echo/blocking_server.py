"""The echo server that waits for one client at a time: in accept, then in recv and send until that client has gone.

A demonstration. Every other client waits in the backlog meanwhile, also behind one who says nothing (lesson 01), up to
the idle timeout; and where it waits it can't see `stop`: somebody has to call `interrupt`.
"""

import contextlib
import socket
from time import sleep

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import CHUNK, THROWN
from readiness.servers.echo.framing import Lines
from readiness.servers.eventloop import BACKLOG, FULL, RETRY


class EchoServer:
    """Listens on 127.0.0.1, at `port` or one that the kernel chooses; `address` is where.

    idle: seconds that one recv, or the sending of one answer, may take.
    """

    def __init__(self, *, port: int = 0, idle: float = 300.0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.clients: set[socket.socket] = set()
        self.idle = idle

    def serve(self, stop: StopEvent) -> None:
        """The loop: wait for a client, serve it to its end."""
        while not stop.is_set():
            sock = self.accept(stop)
            if sock is not None:
                self.talk(sock)

    def accept(self, stop: StopEvent) -> socket.socket | None:
        """The next client; None if there was none after all."""
        try:
            sock, _address = self.listener.accept()
        except OSError as error:
            if error.errno in FULL and not stop.is_set():  # the client stays in the backlog: to ask at once is to spin
                sleep(RETRY)
            return None
        self.clients.add(sock)
        return sock

    def talk(self, sock: socket.socket) -> None:
        """Answer line by line until the client ends; a reset, a broken pipe or a timeout ends it, too."""
        sock.settimeout(self.idle)
        lines = Lines()
        with sock, contextlib.suppress(OSError):
            while not lines.broken and (data := sock.recv(CHUNK)):
                sock.sendall(lines.take(data))
            sock.sendall(lines.end())
            # Bytes that are unread as we close reset the connection, and what we said last is lost.
            sock.shutdown(socket.SHUT_WR)
            for _chunk in range(THROWN // CHUNK):
                if not sock.recv(CHUNK):
                    break
        self.clients.discard(sock)

    def interrupt(self) -> None:
        """Wake what blocks: accept and recv return from a socket that is shut down. Any thread may call it."""
        for sock in [self.listener, *self.clients]:
            with contextlib.suppress(OSError):  # it has ended by itself
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.interrupt()
        self.listener.close()

"""The echo server with one thread for each connection. The thread blocks in recv or in send.

This server is a demonstration. Each thread uses memory (chapter 01), and the number of threads has no limit. A client
that does not read its replies keeps its thread blocked until the idle timeout. A blocked thread can't check `stop`. So
a signal handler or another thread must call `interrupt`.
"""

import contextlib
import signal
import socket
import threading
from time import sleep

from readiness.base.background import StopEvent
from readiness.base.bounds import bounded_wait, require_positive
from readiness.servers.echo.connection import MAX_DISCARD, RECV_SIZE
from readiness.servers.echo.framing import LineProtocol
from readiness.servers.eventloop import ACCEPT_RETRY_DELAY, BACKLOG, IDLE_TIMEOUT, RESOURCE_ERRNOS
from readiness.servers.unsent import send_all, unless_idle


class EchoServer:
    """An echo server on 127.0.0.1. The attribute `address` is the pair (host, port) of the listening socket.

    Args:
        port: the port to listen on; 0 means any free port.
        idle_timeout: the server closes a connection after this number of seconds without a byte in either direction.
            More than a day counts as a day.

    Raises:
        UserError: `idle_timeout` is not a number above 0.
    """

    def __init__(self, *, port: int = 0, idle_timeout: float = IDLE_TIMEOUT) -> None:
        require_positive(idle_timeout=idle_timeout)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.connections: dict[socket.socket, threading.Thread] = {}
        self.idle_timeout = idle_timeout

    def serve(self, stop: StopEvent) -> None:
        """Accept connections, and start a thread for each connection. Return after `stop.set()`.

        A blocked accept does not see `stop`: call `interrupt`, too.
        """
        while not stop.is_set():
            sock = self.accept_one(stop)
            if sock is not None:
                self.start_thread(sock, stop)
                if stop.is_set():  # the earlier call of `interrupt` did not find this connection
                    self.interrupt()

    def start_thread(self, sock: socket.socket, stop: StopEvent) -> None:
        """Start a thread that serves the connection `sock`.

        If the system gives no more threads, close `sock`, and sleep ACCEPT_RETRY_DELAY seconds unless `stop` is set.
        """
        thread = threading.Thread(target=self.serve_connection, args=(sock,), daemon=True)
        self.connections[sock] = thread
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            del self.connections[sock]
            sock.close()
            if not stop.is_set():
                sleep(ACCEPT_RETRY_DELAY)

    def accept_one(self, stop: StopEvent) -> socket.socket | None:
        """Accept one connection, and return its socket. Return None if accept failed.

        If the system lacks descriptors or memory, sleep ACCEPT_RETRY_DELAY seconds first, unless `stop` is set.
        """
        try:
            sock, _address = self.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS and not stop.is_set():
                sleep(ACCEPT_RETRY_DELAY)  # the connection stays in the backlog: an immediate retry would spin
            return None
        return sock

    def serve_connection(self, sock: socket.socket) -> None:
        """Reply to each line from `sock` until the end of input, then close `sock`.

        A reset, a broken pipe or a timeout also ends the connection. Each connection has its own thread for this
        method.
        """
        if hasattr(signal, "pthread_sigmask"):  # only the accepting thread takes signals: they interrupt its accept
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        sock.settimeout(bounded_wait(self.idle_timeout))
        protocol = LineProtocol()
        with sock, contextlib.suppress(OSError):
            while not protocol.overflowed and (data := unless_idle(sock, sock.recv, RECV_SIZE)):
                send_all(sock, protocol.feed(data))
            send_all(sock, protocol.feed_eof())
            # A close with unread bytes resets the connection, and the last reply may be lost.
            sock.shutdown(socket.SHUT_WR)
            for _attempt in range(MAX_DISCARD // RECV_SIZE):
                if not sock.recv(RECV_SIZE):
                    break
        self.connections.pop(sock, None)

    def interrupt(self) -> None:
        """Shut down the listening socket and all connections, so that blocked calls of accept and recv return.

        Any thread may call this method.
        """
        for sock in [self.listener, *list(self.connections)]:
            with contextlib.suppress(OSError):  # already closed by the peer
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the listening socket and all connections, and wait until all threads have ended."""
        self.interrupt()
        self.listener.close()
        for thread in list(self.connections.values()):
            if thread.is_alive():  # it may not have started yet
                thread.join()

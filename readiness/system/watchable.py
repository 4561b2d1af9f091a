"""The kinds of descriptor that can be watched: how each is opened, made readable, drained and closed.

This module knows one descriptor at a time. `descriptors` opens many, and says which kinds this system has.
"""

import os
import select
import socket
from typing import Protocol

from readiness.system.sockets import reset_on_close


class Item(Protocol):
    """A non-blocking descriptor, and what makes it readable."""

    fd: int

    def make_ready(self) -> None:
        """Make the descriptor readable."""

    def drain(self) -> None:
        """Read everything; a non-blocking descriptor may raise BlockingIOError at the end."""

    def close(self) -> None:
        """Close the descriptor, and what makes it readable."""


class Eventfd(Item):
    """An eventfd: readable while its counter is above 0 (eventfd(2))."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def make_ready(self) -> None:
        os.eventfd_write(self.fd, 1)

    def drain(self) -> None:
        os.eventfd_read(self.fd)  # returns the counter, and sets it to 0

    def close(self) -> None:
        os.close(self.fd)


class Pipe(Item):
    """The reading end of a pipe, which its writing end makes readable."""

    def __init__(self) -> None:
        self.fd, self._writer = os.pipe()
        os.set_blocking(self.fd, False)

    def make_ready(self) -> None:
        os.write(self._writer, b"!")

    def drain(self) -> None:
        while os.read(self.fd, 65536):
            pass

    def close(self) -> None:
        os.close(self._writer)
        os.close(self.fd)


class Socket(Item):
    """A connected socket, which its peer makes readable."""

    def __init__(self, sock: socket.socket, peer: socket.socket) -> None:
        sock.setblocking(False)
        self.fd, self._sock, self._peer = sock.fileno(), sock, peer

    def make_ready(self) -> None:
        self._peer.send(b"!")
        # A byte on its way through TCP may arrive after send has returned.
        if hasattr(select, "poll"):
            waiting = select.poll()
            waiting.register(self.fd, select.POLLIN)
            waiting.poll(1000)
        else:
            select.select([self.fd], [], [], 1)

    def drain(self) -> None:
        while self._sock.recv(65536):
            pass

    def close(self) -> None:
        self._peer.close()  # first: with `reset_on_close`, neither end then stays in TIME_WAIT
        self._sock.close()


def connect(listener: socket.socket) -> Socket:
    """Return a socket that `listener` has accepted; the peer's close resets the connection."""
    peer = socket.socket()
    try:
        reset_on_close(peer)
        peer.connect(listener.getsockname())
        return Socket(listener.accept()[0], peer)
    except BaseException:
        peer.close()
        raise

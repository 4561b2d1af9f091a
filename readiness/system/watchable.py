"""The kinds of descriptor that can be watched: how one of each kind is opened, made readable, drained and closed.

A class of this module is for one descriptor. `descriptors` opens many, and says which kinds this system has.
"""

import os
import select
import socket
from typing import Protocol

from readiness.system.sockets import reset_on_close


class Item(Protocol):
    """The interface of a non-blocking descriptor that can be made readable: an eventfd, a pipe or a socket.

    `fd` is the number of the descriptor.
    """

    fd: int

    def make_ready(self) -> None:
        """Make the descriptor readable."""

    def drain(self) -> None:
        """Read everything from the descriptor. At the end, this may raise BlockingIOError: nothing is left to read."""

    def close(self) -> None:
        """Close the descriptor, and its other end if there is one."""


class Eventfd(Item):
    """An eventfd. It is readable while its counter is greater than 0 (eventfd(2))."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def make_ready(self) -> None:
        os.eventfd_write(self.fd, 1)

    def drain(self) -> None:
        os.eventfd_read(self.fd)  # returns the counter, and sets it to 0

    def close(self) -> None:
        os.close(self.fd)


class Pipe(Item):
    """The reading end of a pipe. It is readable after something was written to the other end."""

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
    """A connected socket `sock`. It is readable after its `peer` has sent something."""

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
    """Connect a new socket to `listener`. Return the socket that `listener` accepts, with the new one as its peer.

    When the peer is closed, it resets the connection (see `reset_on_close`).
    """
    peer = socket.socket()
    try:
        reset_on_close(peer)
        peer.connect(listener.getsockname())
        return Socket(listener.accept()[0], peer)
    except BaseException:
        peer.close()
        raise

"""What the kernel still has to send to a client: a client that reads it, however slowly, is not idle."""

import socket
import sys
from collections.abc import Callable
from typing import TypeVar

from readiness.system.optional import fcntl, termios

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def unsent_bytes(sock: socket.socket) -> int:
    """Return the number of bytes that the kernel took from send, and that the peer has not acknowledged.

    The number is SIOCOUTQ of tcp(7). It changes in steps of 64 KiB and more, because the peer's kernel announces more
    room only in such steps. Return 0 on a system that does not offer the number.
    """
    if fcntl is None or termios is None:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # the system does not know this, or `sock` is closed
        return 0


def unless_idle(sock: socket.socket, call: Callable[[Argument], Result], argument: Argument) -> Result:
    """Return `call(argument)`, where `call` is recv or send of `sock`. Call it again if the client read meanwhile.

    Raises:
        TimeoutError: For the timeout of `sock`, there was no byte in either direction.
    """
    while True:
        unsent = unsent_bytes(sock)
        try:
            return call(argument)
        except TimeoutError:
            if unsent_bytes(sock) == unsent:
                raise


def send_all(sock: socket.socket, data: bytes) -> None:
    """Send all of `data`. Unlike the timeout of sendall, that of `sock` does not limit the time for all of `data`.

    Raises:
        TimeoutError: For the timeout of `sock`, there was no byte in either direction.
    """
    unsent = memoryview(data)
    while unsent:
        unsent = unsent[unless_idle(sock, sock.send, unsent) :]

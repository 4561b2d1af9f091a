"""Functions that experiments use: connected sockets, urgent bytes, a high descriptor number, a delayed call, errors."""

import contextlib
import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

from readiness.system import limits
from readiness.system.descriptors import dup_above


def outcome_of(call: Callable[..., object], *args: object) -> str:
    """Call `call(*args)`. Return the name of the error that it raised, such as "ENODEV", or "done" without error."""
    try:
        call(*args)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    except Exception as error:
        return type(error).__name__
    return "done"


@contextlib.contextmanager
def connected_pair(message: bytes = b"") -> Iterator[tuple[socket.socket, socket.socket]]:
    """Context manager: open two connected sockets, and send `message` from the second to the first.

    Yield both sockets. They are closed when the `with` block ends.
    """
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.send(message)
        yield reader, writer


@contextlib.contextmanager
def tcp_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Context manager: open a TCP connection inside this machine. Yield the accepted socket, and the client's socket.

    Both are closed when the `with` block ends.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as accepted:
            yield accepted, client


def fill(sock: socket.socket) -> None:
    """Make a socket non-blocking, and send until it takes nothing more. Then it is not writable."""
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.send(bytes(4096))


@contextlib.contextmanager
def urgent_bytes(reader: socket.socket, writer: socket.socket, count: int) -> Iterator[None]:
    """Context manager: another thread sends `count` urgent bytes, and takes each of them away after 5 ms.

    Each byte wakes a thread that waits until `reader` is readable. That thread finds nothing to read, because an urgent
    byte is an exceptional condition, and not input (tcp(7)).

    Args:
        reader: the socket that receives the bytes.
        writer: the other end of the TCP connection.
        count: the number of bytes. One is sent every 20 ms.
    """

    def send_and_take() -> None:
        for _byte in range(count):
            time.sleep(0.015)
            writer.send(b"!", socket.MSG_OOB)
            time.sleep(0.005)
            reader.recv(1, socket.MSG_OOB)

    thread = threading.Thread(target=send_and_take)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextlib.contextmanager
def fd_at_least(min_fd: int) -> Iterator[int]:
    """Context manager: open a descriptor that is ready for reading, and whose number is `min_fd` or higher.

    Yield the descriptor. It is closed when the `with` block ends.

    Raises:
        UserError: `min_fd` is not below the hard limit of this machine.
    """
    limits.raise_fd_limit()
    with connected_pair(b"!") as (reader, _writer):
        fd = dup_above(reader.fileno(), min_fd)
        try:
            yield fd
        finally:
            os.close(fd)


@contextlib.contextmanager
def call_later(seconds: float, callback: Callable[[], object]) -> Iterator[None]:
    """Context manager: call `callback` after `seconds`, in another thread.

    The end of the `with` block waits until `callback` has returned.
    """
    timer = threading.Timer(seconds, callback)
    timer.start()
    try:
        yield
    finally:
        timer.join()

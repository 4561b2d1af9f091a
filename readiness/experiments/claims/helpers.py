"""Functions that several experiments use: connected sockets, a high descriptor number, a delayed call, error names."""

import contextlib
import errno
import os
import socket
import threading
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

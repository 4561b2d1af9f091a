"""Tools: what several experiments lay out on the bench: a high descriptor number, something that happens later.

They prepare and name outcomes; what is found is said by the experiments.
"""

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator

from readiness.base.messages import UserError, _
from readiness.system import limits


def outcome(call: Callable[..., object], *arguments: object) -> str:
    """What became of a call in a word: the name of its error, such as "ENODEV", or "done"."""
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except Exception as error:
        return type(error).__name__
    return "done"


@contextlib.contextmanager
def pair(message: bytes = b"") -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets, ours and theirs, and a message on its way to ours."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(message)
        yield ours, theirs


@contextlib.contextmanager
def numbered(least: int) -> Iterator[int]:
    """A descriptor that is ready for reading, with a number of at least `least`, below RLIMIT_NOFILE.

    UserError: this machine's hard limit is below that.
    """
    import fcntl  # not on Windows, where a socket's number is no place in a table

    limits.raise_fd_limit()
    with pair(b"!") as (ours, _theirs):
        try:
            fd = fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, least)
        except OSError:
            raise UserError(_("This machine allows no descriptor numbered {n}.").format(n=least)) from None
        try:
            yield fd
        finally:
            os.close(fd)


@contextlib.contextmanager
def later(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """`act` in a thread of its own, so many seconds from now; it has ended when the block ends."""
    timer = threading.Timer(seconds, act)
    timer.start()
    try:
        yield
    finally:
        timer.join()

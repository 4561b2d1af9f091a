"""Bring one descriptor into a state, such as "half-closed" or "reset", and close it when the `with` block ends.

This module opens a descriptor and waits until it is in its state. It does not test or use the descriptor. Every
descriptor is non-blocking, except that of `delayed_pipe`.
"""

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from readiness.base.bounds import require_count, require_positive
from readiness.base.messages import UserError, _
from readiness.system.sockets import abort

_TIMEOUT = 5  # seconds within which a state must be reached


@dataclass(frozen=True)
class PreparedDescriptor:
    """A descriptor that `open_state` has brought into a state.

    Attributes:
        fd: the descriptor.
        read: a function that reads from the descriptor with one call, such as recv; for a listener, accept.
        write: a function that writes to the descriptor with one call, such as send; None if the descriptor is a
            listener or the reading end of a pipe.
    """

    fd: int
    read: Callable[[], object]
    write: Callable[[], object] | None = None

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.fd


def _prepare(sock: socket.socket) -> PreparedDescriptor:
    sock.setblocking(False)
    return PreparedDescriptor(sock.fileno(), lambda: sock.recv(16), lambda: sock.send(b"x"))


def _wait_ready(sock: socket.socket, index: int) -> PreparedDescriptor:
    """Wait until select returns the socket in its list `index`: 0 (readable), 1 (writable) or 2 (exceptional).

    This is necessary because data that was sent may not have arrived yet.
    """
    readable, writable, exceptional = ([sock] if position == index else [] for position in range(3))
    if not select.select(readable, writable, exceptional, _TIMEOUT)[index]:
        raise UserError(_("The state did not come about within {n} seconds: try again.").format(n=_TIMEOUT))
    return _prepare(sock)


@contextlib.contextmanager
def _tcp() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Context manager: open a TCP connection. Yield the sockets of both ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as sock:
        peer, _address = listener.accept()
        with peer:
            yield sock, peer


@contextlib.contextmanager
def _quiet() -> Iterator[PreparedDescriptor]:
    sock, peer = socket.socketpair()
    with sock, peer:
        yield _prepare(sock)


@contextlib.contextmanager
def _byte() -> Iterator[PreparedDescriptor]:
    sock, peer = socket.socketpair()
    with sock, peer:
        peer.send(b"!")
        yield _wait_ready(sock, 0)


@contextlib.contextmanager
def _full() -> Iterator[PreparedDescriptor]:
    sock, peer = socket.socketpair()
    with sock, peer:
        prepared = _prepare(sock)
        with contextlib.suppress(BlockingIOError):
            while True:
                sock.send(bytes(4096))
        yield prepared


@contextlib.contextmanager
def _pending() -> Iterator[PreparedDescriptor]:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        fd = _wait_ready(listener, 0).fd

        def accept() -> str:
            listener.accept()[0].close()
            return _("a connection")

        yield PreparedDescriptor(fd, accept)


@contextlib.contextmanager
def _file() -> Iterator[PreparedDescriptor]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"text")
        file.seek(0)
        yield PreparedDescriptor(file.fileno(), lambda: file.read(16), lambda: file.write(b"x"))


@contextlib.contextmanager
def _pipe_ended() -> Iterator[PreparedDescriptor]:
    reading, writing = os.pipe()
    os.close(writing)
    try:
        os.set_blocking(reading, False)
        yield PreparedDescriptor(reading, lambda: os.read(reading, 16))
    finally:
        os.close(reading)


@contextlib.contextmanager
def _half_closed() -> Iterator[PreparedDescriptor]:
    with _tcp() as (sock, peer):
        peer.shutdown(socket.SHUT_WR)
        yield _wait_ready(sock, 0)


@contextlib.contextmanager
def _reset() -> Iterator[PreparedDescriptor]:
    with _tcp() as (sock, peer):
        abort(peer)
        yield _wait_ready(sock, 0)


@contextlib.contextmanager
def _refused() -> Iterator[PreparedDescriptor]:
    with socket.socket() as bound, socket.socket() as sock:
        bound.bind(("127.0.0.1", 0))  # this socket reserves the port, and does not listen
        sock.setblocking(False)
        sock.connect_ex(bound.getsockname())
        yield _wait_ready(sock, 1)


@contextlib.contextmanager
def _urgent() -> Iterator[PreparedDescriptor]:
    with _tcp() as (sock, peer):
        peer.send(b"!", socket.MSG_OOB)
        yield _wait_ready(sock, 2)


_OPENERS = {
    "quiet": _quiet,
    "byte": _byte,
    "full": _full,
    "pending": _pending,
    "file": _file,
    "pipe ended": _pipe_ended,
    "half-closed": _half_closed,
    "reset": _reset,
    "refused": _refused,
    "urgent": _urgent,
}
STATES = tuple(_OPENERS)
"""The names of the states. The simple ones come first."""


def describe_state(state: str) -> str:
    """Return a phrase that says what has happened to a descriptor in this state. `state` is one of `STATES`."""
    return {
        "quiet": _("a connected socket, nothing sent to it"),
        "byte": _("a socket to which one byte was sent"),
        "full": _("a socket that was written to until it took no more"),
        "pending": _("a listening socket, with a client that waits to be accepted"),
        "file": _("a regular file on the disk"),
        "pipe ended": _("the reading end of an empty pipe whose writer has closed"),
        "half-closed": _("a TCP socket whose peer has shut down its sending side"),
        "reset": _("a TCP socket whose peer has reset the connection"),
        "refused": _("a TCP socket whose non-blocking connect was refused"),
        "urgent": _("a TCP socket to which one urgent byte was sent (MSG_OOB)"),
    }[state]


def explain_state(state: str) -> str:
    """Return a sentence that says why the kernel calls a descriptor in this state ready or not.

    `state` is one of `STATES`.
    """
    return {
        "quiet": _("There is nothing to read; the send buffer has space."),
        "byte": _("There is a byte to read; the send buffer has space."),
        "full": _("There is nothing to read, and no space to write."),
        "pending": _("accept would return a connection at once."),
        "file": _("select never waits for a disk."),
        "pipe ended": _("A read would return the end at once."),
        "half-closed": _("A read would return the end at once; the send buffer has space."),
        "reset": _("A read or a write would return an error at once, and not wait."),
        "refused": _("A read or a write would return an error at once, and not wait."),
        "urgent": _("An ordinary read does not return the urgent byte; the send buffer has space."),
    }[state]


def open_state(state: str) -> contextlib.AbstractContextManager[PreparedDescriptor]:
    """Context manager: open a descriptor in this state, one of `STATES`. It is closed when the `with` block ends.

    Raises:
        UserError: `state` is not one of `STATES`, or the descriptor did not reach the state within 5 seconds.
    """
    if state not in _OPENERS:
        raise UserError(
            _("There is no state {state!r}: choose among {names}.").format(state=state, names=", ".join(STATES))
        )
    return _OPENERS[state]()


@contextlib.contextmanager
def delayed_pipe(size: int = 65536, delay: float = 0.05) -> Iterator[int]:
    """Context manager: open a pipe, and start a child process that writes into the pipe one time, after a delay.

    The pipe is closed when the `with` block ends.

    Args:
        size: the number of bytes that the child writes. A pipe can hold 65,536 bytes (pipe(7)).
        delay: seconds from the start of the child until it writes, at most a minute.

    Yields:
        The descriptor of the reading end, which is blocking.

    Raises:
        UserError: `size` is negative, or `delay` is not above 0 or too great.
    """
    require_count(0, 1 << 30, size=size)
    require_positive(most=60, delay=delay)
    program = f"import os, time; time.sleep({delay}); os.write(1, bytes({size}))"
    command = [sys.executable, "-I", "-S", "-c", program]
    # If the pipe is closed before the child writes, its error message goes to DEVNULL.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None  # Popen opens it for PIPE
        yield child.stdout.fileno()

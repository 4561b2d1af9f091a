"""States: one descriptor, brought into a state that can be asked about, and closed when the block ends.

It opens, and waits until the state has come about; it asks nothing and tries nothing. Every descriptor is non-blocking.
"""

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from readiness.base.messages import UserError, _

_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER: close at once, with a reset
_SECONDS = 5  # that a state may take to come about


@dataclass(frozen=True)
class Opened:
    """A descriptor in its state. `read` and `write` are the calls that "readable" and "writable" speak of.

    `write` is None where nobody writes: to a listener, to the reading end of a pipe.
    """

    fd: int
    read: Callable[[], object]
    write: Callable[[], object] | None = None

    def fileno(self) -> int:
        return self.fd


def _socket(sock: socket.socket) -> Opened:
    sock.setblocking(False)
    return Opened(sock.fileno(), lambda: sock.recv(16), lambda: sock.send(b"x"))


def _until(sock: socket.socket, place: int) -> Opened:
    """The socket, once it is in the list of select at this place: what was sent may still be on its way."""
    wanted: list[list[socket.socket]] = [[], [], []]
    wanted[place] = [sock]
    if not select.select(*wanted, _SECONDS)[place]:
        raise UserError(_("The state did not come about within {n} seconds: try again.").format(n=_SECONDS))
    return _socket(sock)


@contextlib.contextmanager
def _tcp() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        theirs, _peer = listener.accept()
        with theirs:
            yield ours, theirs


@contextlib.contextmanager
def _quiet() -> Iterator[Opened]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield _socket(ours)


@contextlib.contextmanager
def _byte() -> Iterator[Opened]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"!")
        yield _until(ours, 0)


@contextlib.contextmanager
def _full() -> Iterator[Opened]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        opened = _socket(ours)
        with contextlib.suppress(BlockingIOError):
            while True:
                ours.send(bytes(4096))
        yield opened


@contextlib.contextmanager
def _pending() -> Iterator[Opened]:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        opened = _until(listener, 0)

        def accept() -> str:
            listener.accept()[0].close()
            return _("a connection")

        yield Opened(opened.fd, accept)


@contextlib.contextmanager
def _file() -> Iterator[Opened]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"text")
        file.seek(0)
        yield Opened(file.fileno(), lambda: file.read(16), lambda: file.write(b"x"))


@contextlib.contextmanager
def _pipe_ended() -> Iterator[Opened]:
    reading, writing = os.pipe()
    os.close(writing)
    try:
        os.set_blocking(reading, False)
        yield Opened(reading, lambda: os.read(reading, 16))
    finally:
        os.close(reading)


@contextlib.contextmanager
def _half_closed() -> Iterator[Opened]:
    with _tcp() as (ours, theirs):
        theirs.shutdown(socket.SHUT_WR)
        yield _until(ours, 0)


@contextlib.contextmanager
def _reset() -> Iterator[Opened]:
    with _tcp() as (ours, theirs):
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        theirs.close()
        yield _until(ours, 0)


@contextlib.contextmanager
def _refused() -> Iterator[Opened]:
    with socket.socket() as deaf, socket.socket() as ours:
        deaf.bind(("127.0.0.1", 0))  # it keeps the port, and does not listen
        ours.setblocking(False)
        ours.connect_ex(deaf.getsockname())
        yield _until(ours, 1)


@contextlib.contextmanager
def _urgent() -> Iterator[Opened]:
    with _tcp() as (ours, theirs):
        theirs.send(b"!", socket.MSG_OOB)
        yield _until(ours, 2)


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
"""The names of the states, the plain ones first."""


def in_words(state: str) -> str:
    """What has happened to the descriptor, in one phrase."""
    return {
        "quiet": _("a connected socket, nothing sent to it"),
        "byte": _("a socket to which one byte was sent"),
        "full": _("a socket that was written to until it took no more"),
        "pending": _("a listening socket, with a client that waits to be accepted"),
        "file": _("a regular file on the disk"),
        "pipe ended": _("the reading end of an empty pipe whose writer is gone"),
        "half-closed": _("a TCP socket whose peer has said that it will send no more"),
        "reset": _("a TCP socket whose peer has reset the connection"),
        "refused": _("a TCP socket whose non-blocking connect was refused"),
        "urgent": _("a TCP socket to which one urgent byte was sent (MSG_OOB)"),
    }[state]


def opened(state: str) -> contextlib.AbstractContextManager[Opened]:
    """A descriptor in this state (see `STATES`), closed when the block ends. UserError: there is no such state."""
    if state not in _OPENERS:
        raise UserError(
            _("There is no state {state!r}: choose among {names}.").format(state=state, names=", ".join(STATES))
        )
    return _OPENERS[state]()


@contextlib.contextmanager
def late(size: int = 65536, seconds: float = 0.05) -> Iterator[int]:
    """The reading end, still blocking, of a pipe into which a child process writes `size` bytes at once, some time
    after it has started: until then there is nothing to read. (Up to 65,536 bytes fit, pipe(7).)"""
    program = f"import os, time; time.sleep({seconds}); os.write(1, bytes({size}))"
    command = [sys.executable, "-I", "-S", "-c", program]
    # Silent where the pipe is closed before it writes.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        yield child.stdout.fileno()

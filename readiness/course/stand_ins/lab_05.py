"""Stand-ins of lab 05: the functions of its echo server. The lab's text says what each of them must do.

Two of them call other functions of the lab. These can be the learner's, so they are looked up in the lab's names.
Below them stands what the lab's checks share: sockets that fail, and what has come of a call.
"""

import contextlib
import errno
import fcntl
import os
import select
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from readiness.servers.echo.connection import HIGH_WATER, RECV_SIZE
from readiness.system import interest_list, syscalls

FAILURES = [
    OSError(number, os.strerror(number))
    for number in (errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.EHOSTUNREACH)
]
"""What a call on a connection raises that has failed."""

MISTAKES = (ZeroDivisionError, AttributeError, KeyError, ValueError)
"""Exceptions that say that the program is wrong."""


def wanted_events(connection: Any) -> int:
    """Return the mask that the lab's `Connection` must wait for."""
    unsent = len(connection.write_buffer)
    may_read = not connection.eof_received and unsent < HIGH_WATER
    return (select.EPOLLIN if may_read else 0) | (select.EPOLLOUT if unsent else 0)


def add_connection(names: Mapping[str, Any], server: Any, sock: Any) -> None:
    """Add a socket that the lab's server has accepted. `names` are the global names of the lab."""
    sock.setblocking(False)
    connection = server.connections[sock.fileno()] = names["Connection"](sock)
    server.epoll.register(sock, names["wanted_events"](connection))


def close_connection(server: Any, connection: Any) -> None:
    """Take a `Connection` off the list of the lab's server, and close its socket."""
    server.epoll.unregister(connection.sock)
    server.connections.pop(connection.sock.fileno())
    connection.sock.close()


def on_ready(connection: Any, mask: int) -> bool:
    """Send and read as `mask` says. Return False if the connection of the lab's `Connection` has failed."""
    try:
        if mask & select.EPOLLOUT:
            del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
        if mask & ~select.EPOLLOUT:
            connection.read()
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def dispatch(names: Mapping[str, Any], server: Any, fd: int, mask: int) -> None:
    """Handle one event of the lab's server. `names` are the global names of the lab."""
    if fd == server.listener.fileno():
        server.accept()
    elif connection := server.connections.get(fd):
        is_open = names["on_ready"](connection, mask)
        if is_open and (events := names["wanted_events"](connection)):
            server.epoll.modify(fd, events)
        else:
            names["close_connection"](server, connection)


class OneByte(socket.socket):
    """A socket that takes one byte of each send."""

    def send(self, data: Any, *flags: int) -> int:
        """Send the first byte."""
        return super().send(bytes(data[:1]), *flags)


class Failing(socket.socket):
    """A socket whose calls raise its `error`. `has_failed` is true after the first one."""

    error: Exception
    has_failed = False

    def fail(self, *_arguments: Any, **_named: Any) -> Any:
        """Raise the error."""
        self.has_failed = True
        raise self.error

    send = sendall = sendmsg = recv = recv_into = fail


class Listener(socket.socket):
    """A listener whose `accept` raises its `error`, if there is one."""

    error: Exception | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a client, or raise the error."""
        if self.error:
            raise self.error
        return super().accept()


@contextlib.contextmanager
def sockets(kind: Callable[..., Any] = socket.socket) -> Iterator[tuple[Any, socket.socket]]:
    """Context manager: make two connected sockets that don't block, the first one of this kind."""
    made, peer = socket.socketpair()
    sock = kind(fileno=made.detach())
    with sock, peer:
        sock.setblocking(False)
        peer.setblocking(False)
        yield sock, peer


@contextlib.contextmanager
def sockets_at(server: Any, number: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Context manager: as `sockets`, and the first one has this number, if it is free in the lab's server."""
    held = fcntl.fcntl(server.epoll, fcntl.F_DUPFD_CLOEXEC, number)
    with sockets() as (made, peer):
        os.dup2(made.fileno(), held, inheritable=False)
        with socket.socket(fileno=held) as sock:
            sock.setblocking(False)
            yield sock, peer


@contextlib.contextmanager
def accepted(server: Any, count: int) -> Iterator[list[socket.socket]]:
    """Context manager: connect to the lab's server, and yield the sockets that `accept` returns: blocking ones."""
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(count):
            stack.enter_context(socket.create_connection(server.address))
            select.select([server.listener], [], [])
            clients.append(stack.enter_context(server.listener.accept()[0]))
        yield clients


@contextlib.contextmanager
def failing(error: Exception) -> Iterator[Failing]:
    """Context manager: make a socket on which every call fails with `error`."""
    with sockets(Failing) as (sock, peer):
        socket.socket.send(sock, b"unread")
        peer.close()  # a reset, so that a call that `Failing` does not replace fails as well
        sock.error = error
        yield sock


def raising(kind: type[Exception]) -> Callable[[], NoReturn]:
    """Return a function that raises an exception of this kind."""

    def fail() -> NoReturn:
        raise kind

    return fail


def blocks(sock: socket.socket) -> bool:
    """Return whether a call may wait. A time limit is one of Python's own: with it, send waits, too."""
    return os.get_blocking(sock.fileno()) or bool(sock.gettimeout())


def busy_waits(sock: socket.socket, mask: int) -> int:
    """Return how many of 100 waits return an event at once, for a socket to which nothing has come."""
    with select.epoll() as epoll:
        epoll.register(sock, mask)
        return sum(bool(epoll.poll(0)) for _ in range(100))


def mask_hint(connection: Any, mask: int, expected: int) -> str:
    """Return a sentence on a mask of `wanted_events` that is not the expected one for this `Connection`."""
    known = select.EPOLLIN | select.EPOLLOUT
    missing, extra = expected & ~mask, mask & ~expected
    if extra & ~known:
        return f"The mask has {names(extra & ~known)}, too. Ask for EPOLLIN and EPOLLOUT only."
    if not expected:
        return "A connection at its end, with no unsent bytes, needs no event any more: return 0."
    if not mask and connection.eof_received:
        return "0 closes the connection, and the unsent bytes are lost: wait for room, EPOLLOUT."
    if not mask and len(connection.write_buffer) >= HIGH_WATER:
        return "0 closes the connection. A slow client is still there: wait for room, EPOLLOUT."
    if not mask:
        return "0 closes the connection, and it is not finished. Without EPOLLIN nothing is read."
    if missing == select.EPOLLIN:
        return (
            "Without EPOLLIN, the server doesn't read from this client. "
            "While less than HIGH_WATER is unsent, it reads: many clients send all before they read."
        )
    if missing == select.EPOLLOUT:
        return "Without EPOLLOUT, the unsent bytes would never be sent. Ask both questions."
    if extra == select.EPOLLOUT:
        with sockets() as (sock, _peer):
            busy = busy_waits(sock, mask)
        return (
            f"A socket is nearly always writable: with this mask, {busy} of 100 waits ended at "
            "once, and a server never sleeps."
        )
    if connection.eof_received:
        return "At its end a socket stays readable, and each wait would return. Send the unsent bytes, and don't read."
    return "With HIGH_WATER unsent bytes or more, wait for room, and don't read meanwhile."


def names(mask: int) -> str:
    """Return the names of the bits of a mask."""
    return syscalls.event_names(mask, "epoll")


def registered(server: Any, fd: int) -> int | None:
    """Return the events that are registered for a descriptor, or None if it is not on the list."""
    for entry in interest_list.read(server.epoll.fileno()):
        if entry.tfd == fd:
            return entry.events & ~(select.EPOLLERR | select.EPOLLHUP)  # the kernel adds these two
    return None


@contextlib.contextmanager
def closes(server: Any, sock: socket.socket, case: str) -> Iterator[None]:
    """Context manager: check that the block closes the connection of this socket, and raises nothing after that."""
    number = sock.fileno()
    with socket.socket(fileno=os.dup(number)):  # as a child process would have it
        try:
            yield
        except (OSError, ValueError) as error:
            if sock.fileno() != -1:
                raise
            raise AssertionError(
                f"{case}. dispatch closed it, and then raised {error!r}.\nAfter close_connection, register nothing."
            ) from None
        if sock.fileno() != -1:
            raise AssertionError(f"{case}. Its socket is still open after dispatch.\nCall close_connection.")
        places = {
            "server.connections": number in server.connections,
            "the list": registered(server, number) is not None,
        }
        if left := " and ".join(place for place, is_there in places.items() if is_there):
            raise AssertionError(
                f"{case}. dispatch closed its socket, and its number is still in {left}.\n"
                "Call close_connection: it unregisters, deletes and closes."
            )


def has_come(sock: socket.socket) -> bytes | None:
    """Return what has come for a socket that does not block, up to b"" for its end; None if nothing has."""
    try:
        return sock.recv(RECV_SIZE)
    except BlockingIOError:
        return None


def fill(sock: socket.socket) -> None:
    """Send until there is no room."""
    for size in (65536, 1):
        with contextlib.suppress(BlockingIOError):
            while sock.send(bytes(size)):
                pass

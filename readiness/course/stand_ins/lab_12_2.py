"""What the checks of lab 12-2 share: a clock that only they move, a listener that notes, and what they ask."""

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from time import monotonic
from typing import Any

from readiness.course import expect

HOST = "127.0.0.1"
GONE_ERRNOS = (errno.ECONNABORTED, errno.EAGAIN, errno.EPROTO, errno.EPERM, errno.ENETDOWN)
"""What accept(2) says if no connection is there, and there are descriptors."""


class Clock:
    """The clock of the server's timers: it stands still, and only a check moves it."""

    def __init__(self) -> None:
        self.now = monotonic()

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def move(self, session: Any, seconds: float) -> None:
        """Move the clock, and call the timers that are due."""
        self.now += seconds
        session.server.timers.run_due()


class _Accepted(socket.socket):
    """A socket that notes its number and its inode when it is detached."""

    detached: tuple[int, int] | None = None

    def detach(self) -> int:
        """Return the descriptor, as a socket does, and note it."""
        inode, number = os.fstat(self.fileno()).st_ino, super().detach()
        self.detached = number, inode
        return number


_Accepted.__name__ = "socket"  # as a message names it


class Listener(socket.socket):
    """A listener that raises an error, or keeps each socket that it accepts: none is closed by its last reference.

    Attributes:
        error: if set, `accept` raises it; a number is that of an OSError.
        kept: the sockets that it has accepted.
        seen: the calls that `accept_data` made.
    """

    error: int | Exception | None = None
    kept: list[_Accepted]
    seen: list[str]

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and note it."""
        self.seen.append("accept()")
        if isinstance(self.error, int):
            raise OSError(self.error, os.strerror(self.error))
        if self.error:
            raise self.error
        accepted, address = super().accept()
        sock = _Accepted(fileno=accepted.detach())
        self.kept.append(sock)
        return sock, address

    def close_kept(self) -> None:
        """Close the sockets that it has accepted, also those that were detached and are open."""
        for sock in self.kept:
            sock.close()
            with contextlib.suppress(OSError):
                if sock.detached and os.fstat(sock.detached[0]).st_ino == sock.detached[1]:
                    os.close(sock.detached[0])


def recorded(call: Callable[..., Any], seen: list[str]) -> Callable[..., Any]:
    """Return a method that appends each call to `seen`, and does what `call` does."""

    def method(self: Any, *args: Any) -> Any:
        seen.append(f"{call.__name__}({', '.join(map(repr, args))})")
        return call(self, *args)

    return method


def asked(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method `is_allowed_host`, which judges its argument, and then calls `call`.

    Raises:
        AssertionError: When it is called with something else than a str.
    """

    def is_allowed_host(self: Any, host: Any) -> Any:
        if not isinstance(host, str):
            raise AssertionError(
                f"is_allowed_host was called with {expect.value_or_kind(host)}. Expected a str: the host alone.\n"
                "accept returns a socket and an address. The first item of the address is the host."
            )
        return call(self, host)

    return is_allowed_host


def can_wait(sock: socket.socket) -> bool:
    """Return whether a call of this socket can wait: `settimeout` waits, too, and `os.set_blocking` is enough."""
    return bool(sock.gettimeout()) or os.get_blocking(sock.fileno())


def described_timer(timer: Any, clock: Clock) -> str:
    """Return what is to be said of `connect_timer`, if it does not end the wait at the right time."""
    if timer is None:
        return "self.data.connect_timer is None: call self.data.wait_for_connection."
    if not timer.pending:
        return "connect_timer is cancelled. self.data.close does that: call it first."
    return (
        f"connect_timer had {timer.deadline - clock.now:g} seconds. "
        "Pass wait_for_connection self.server.data_connect_timeout, in seconds."
    )


def flush(session: Any) -> None:
    """Keep the replies in `session.sent`, instead of sending them."""
    session.sent += session.control.write_buffer
    session.control.write_buffer.clear()


def codes(replies: bytearray) -> list[str]:
    """Return the codes of the replies in a buffer, which is empty afterwards."""
    found = [line[:3] for line in bytes(replies).decode().splitlines()]
    replies.clear()
    return found


def hosts() -> list[str]:
    """Return the addresses of this machine that the checks use: IPv4, and IPv6 if there is any."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return [HOST]
    return [HOST, "::1"]


def reported(session: Any, sock: socket.socket) -> tuple[bool, Any, int]:
    """Return whether the selector returns `sock` when it is ready, with the callback and the mask."""
    for key, mask in session.server.selector.select(0.5):
        if key.fd == sock.fileno():
            return True, key.data, mask
    return False, None, 0


def calls(callback: Any, mask: int) -> str:
    """Call it as the loop does. Return its name, with the error that it raised."""
    name = f"{getattr(callback, '__name__', repr(callback))}(mask)"
    try:
        callback(mask)
    except Exception as error:
        name += f", which raised {type(error).__name__}: {error}".removesuffix(": ")
    return name


def has_ended(client: socket.socket) -> bool:
    """Return whether the other side has closed the connection, also after it has sent something."""
    try:
        while client.recv(1 << 16):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True

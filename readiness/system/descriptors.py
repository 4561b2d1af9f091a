"""Descriptors: N of them to watch, of one kind, k of them ready; all closed when the block ends, however it ends.

This module opens, makes ready and drains; it never waits for descriptors. A watched descriptor is non-blocking, and has
nothing to read until its counterpart (a counter, the other end) is written to.
"""

import contextlib
import errno
import os
import random
import select
import socket
from collections.abc import Iterator
from typing import Protocol

from readiness.base.messages import UserError, _
from readiness.system import limits
from readiness.system.optional import fcntl
from readiness.system.sockets import reset_on_close

_PER_ITEM = {"eventfd": 1, "pipe": 2, "socketpair": 2, "tcp": 2}
KINDS = tuple(
    kind
    for kind, supported in {
        "eventfd": hasattr(os, "eventfd"),
        "pipe": os.name == "posix",  # on Windows select takes sockets only
        "socketpair": True,
        "tcp": True,
    }.items()
    if supported
)
"""The kinds that can be watched on this system, the cheapest first."""

RESERVED_FDS = 16
"""Number of descriptors that `max_openable` leaves free: for an epoll, a file to import, a socket of the notebook."""

UNLIMITED_DEFAULT = 16_000  # if the system has no limit: the number that its local TCP ports allow


class _Item(Protocol):
    """One descriptor to watch, and the means to make it readable."""

    fd: int

    def make_ready(self) -> None: ...

    def drain(self) -> None: ...

    def close(self) -> None: ...


class _Eventfd:
    """An eventfd: readable while its counter is above 0 (eventfd(2))."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def make_ready(self) -> None:
        os.eventfd_write(self.fd, 1)

    def drain(self) -> None:
        os.eventfd_read(self.fd)  # returns the counter, and sets it to 0

    def close(self) -> None:
        os.close(self.fd)


class _Pipe:
    """The reading end of a pipe."""

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


class _Socket:
    """One of two connected sockets."""

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


def _connect(listener: socket.socket) -> _Socket:
    peer = socket.socket()
    try:
        reset_on_close(peer)
        peer.connect(listener.getsockname())
        return _Socket(listener.accept()[0], peer)
    except BaseException:
        peer.close()
        raise


class DescriptorSet:
    """N open descriptors, as `open_descriptors` yields them.

    ``fds``: the descriptors, in order. ``ready``: the set of indexes of those that are readable now.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fds: list[int] = []
        self.ready: set[int] = set()
        self._items: list[_Item] = []
        self._listener: socket.socket | None = None  # the peers of a "tcp" set connect to it

    def __len__(self) -> int:
        return len(self.fds)

    def _new_item(self) -> _Item:
        if self.kind == "tcp":
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", 0))
            return _connect(self._listener)
        if self.kind == "eventfd":
            return _Eventfd()
        return _Pipe() if self.kind == "pipe" else _Socket(*socket.socketpair())

    def _add(self) -> None:
        item = self._new_item()
        self._items.append(item)
        self.fds.append(item.fd)

    def make_ready(self, i: int) -> None:
        """Make item i readable, by writing to it: add 1 to its counter, or send one byte."""
        self._items[i].make_ready()
        self.ready.add(i)

    def drain(self, i: int) -> None:
        """Read everything from item i, so that it is no longer ready."""
        with contextlib.suppress(BlockingIOError):
            self._items[i].drain()
        self.ready.discard(i)

    def set_ready(self, count: int, position: str = "random", seed: int | None = None) -> None:
        """Make exactly ``count`` descriptors ready: a random choice, or the first, middle or last ones in order."""
        wanted = _ready_indexes(len(self.fds), count, position, seed)
        for i in self.ready - wanted:
            self.drain(i)
        for i in sorted(wanted - self.ready):
            self.make_ready(i)

    def close(self) -> None:
        """Close all descriptors; safe to call twice."""
        while self._items:
            self._items.pop().close()
        if self._listener is not None:
            self._listener.close()
        self.ready.clear()


def _ready_indexes(n: int, ready: int, position: str, seed: int | None) -> set[int]:
    if not 0 <= ready <= n:
        raise UserError(_("{ready} of {n} descriptors can't be ready: choose from 0 to {n}.").format(ready=ready, n=n))
    if position == "random":
        return set(random.Random(seed).sample(range(n), ready))
    starts = {"first": 0, "middle": (n - ready) // 2, "last": n - ready}
    if position not in starts:
        raise UserError(
            _("The ready ones can be 'first', 'middle', 'last' or 'random', not {position!r}.").format(
                position=position
            )
        )
    return set(range(starts[position], starts[position] + ready))


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UserError(
            _("There is no kind of descriptor {kind!r} on this system: choose one of {kinds}.").format(
                kind=kind, kinds=", ".join(KINDS)
            )
        )


def _in_use(below: int) -> int:
    """Return how many descriptors of this process with a number under ``below`` are open."""
    try:
        # Linux and macOS. The descriptor that reads the list is in it, and is closed when listdir returns.
        return sum(int(name) < below for name in os.listdir("/dev/fd")) - 1
    except (OSError, ValueError):
        count = 0
        for fd in range(min(below, 65536)):
            with contextlib.suppress(OSError):
                os.fstat(fd)
                count += 1
        return count


def max_openable(kind: str = KINDS[0]) -> int:
    """Return the largest N of this kind that `open_descriptors` can open now.

    It is the soft limit, less the open descriptors, less `RESERVED_FDS`.
    """
    _check_kind(kind)
    soft = limits.fd_limits()[0]
    if soft is None or soft == limits.UNLIMITED:
        return UNLIMITED_DEFAULT
    free = int(soft) - _in_use(int(soft)) - RESERVED_FDS - (kind == "tcp")
    return max(0, free // _PER_ITEM[kind])


def _too_many(n: int, kind: str, reason: str) -> UserError:
    soft = limits.format_value(limits.fd_limits()[0])
    return UserError(
        _(
            "{n} of kind {kind} are too many here ({reason}; the soft limit is {soft} open descriptors): "
            "ask for at most {max_n}, or raise the limit with limits.raise_fd_limit() or `ulimit -n`."
        ).format(n=n, kind=kind, reason=reason, soft=soft, max_n=max_openable(kind))
    )


@contextlib.contextmanager
def open_descriptors(
    n: int, kind: str = KINDS[0], ready: int = 1, *, position: str = "random", seed: int | None = None
) -> Iterator[DescriptorSet]:
    """Open ``n`` descriptors of a kind (see `KINDS`), ``ready`` of them readable, and close them all at the end.

    Args:
        position: which ones are ready: "random" (the same for the same seed), "first", "middle" or "last" in order.

    Raises:
        UserError: ``n`` is more than the limits allow or less than 1, the kind is unknown, or ``ready`` is not in 0..n.
            Nothing is left open.
    """
    _check_kind(kind)
    if n < 1:
        raise UserError(_("There must be at least one descriptor to watch, not {n}.").format(n=n))
    _ready_indexes(n, ready, position, seed)
    if n > max_openable(kind):
        raise _too_many(n, kind, _("one descriptor each") if kind == "eventfd" else _("two descriptors each"))
    items = DescriptorSet(kind)
    try:
        try:
            while len(items) < n:
                items._add()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM):
                raise
            items.close()
            raise _too_many(n, kind, os.strerror(error.errno)) from error
        items.set_ready(ready, position, seed)
        yield items
    finally:
        items.close()


@contextlib.contextmanager
def socket_pairs(n: int, min_fd: int = 0) -> Iterator[tuple[list[socket.socket], list[socket.socket]]]:
    """Open ``n`` connected pairs of sockets: a list of sockets and a list of their peers; all closed at the end.

    The sockets of the first list get the first free descriptor numbers from ``min_fd`` on, in order (F_DUPFD_CLOEXEC,
    fcntl(2)).

    Raises:
        UserError: numbers can't be chosen on this system, or ``min_fd`` lies beyond the soft limit.
    """
    with contextlib.ExitStack() as stack:
        socks, peers = [], []
        for _n in range(n):
            sock, peer = (stack.enter_context(sock) for sock in socket.socketpair())
            socks.append(stack.enter_context(_move_above(sock, min_fd)) if min_fd else sock)
            peers.append(peer)
        yield socks, peers


def dup_above(fd: int, min_fd: int) -> int:
    """Duplicate a descriptor, and return its copy: the first free number from ``min_fd`` on (fcntl(2)).

    The copy is closed on exec. The caller closes both.

    Raises:
        UserError: numbers can't be chosen on this system, or ``min_fd`` lies beyond the soft limit.
    """
    if fcntl is None:
        raise UserError(_("On this system a program can't choose a descriptor's number."))
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, min_fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EMFILE):
            raise
        raise UserError(
            _(
                "Descriptor {n} lies beyond the soft limit, {soft}; "
                "limits.raise_fd_limit() raises it as far as the hard limit allows."
            ).format(n=min_fd, soft=limits.format_value(limits.fd_limits()[0]))
        ) from error


def _move_above(sock: socket.socket, min_fd: int) -> socket.socket:
    """Return the same socket under a descriptor number from ``min_fd`` on; close the old descriptor."""
    number = dup_above(sock.fileno(), min_fd)
    sock.close()
    return socket.socket(fileno=number)

"""Open a number of descriptors of one kind, make some of them ready, and close all of them when the block ends.

This module opens descriptors, makes them ready and drains them. It never waits for them. A watched descriptor is
non-blocking. It has nothing to read until its counter, or the other end, is written to.
"""

import contextlib
import errno
import os
import random
import socket
from collections.abc import Iterator

from readiness.base.messages import UserError, _
from readiness.system import limits
from readiness.system.optional import fcntl
from readiness.system.watchable import Eventfd, Item, Pipe, Socket, connect

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
"""The number of descriptors that `max_openable` leaves free, for example for an epoll or a file to import."""

UNLIMITED_DEFAULT = 16_000  # if the system has no limit: the number that its local TCP ports allow


class DescriptorSet:
    """The descriptors that `open_descriptors` has opened, all of one kind.

    Attributes:
        kind: one of `KINDS`.
        fds: the descriptor numbers, in order.
        ready: the indexes of the descriptors that are readable now.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fds: list[int] = []
        self.ready: set[int] = set()
        self._items: list[Item] = []
        self._listener: socket.socket | None = None  # the peers of a "tcp" set connect to it

    def __len__(self) -> int:
        return len(self.fds)

    def _new_item(self) -> Item:
        if self.kind == "tcp":
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", 0))
            return connect(self._listener)
        if self.kind == "eventfd":
            return Eventfd()
        return Pipe() if self.kind == "pipe" else Socket(*socket.socketpair())

    def _add(self) -> None:
        item = self._new_item()
        self._items.append(item)
        self.fds.append(item.fd)

    def make_ready(self, i: int) -> None:
        """Make the descriptor with index `i` readable: add 1 to its counter, or send one byte to it."""
        self._items[i].make_ready()
        self.ready.add(i)

    def drain(self, i: int) -> None:
        """Read everything from the descriptor with index `i`, so that it is no longer ready."""
        with contextlib.suppress(BlockingIOError):
            self._items[i].drain()
        self.ready.discard(i)

    def set_ready(self, count: int, position: str = "random", seed: int | None = None) -> None:
        """Make exactly `count` descriptors ready, and drain the others.

        Args:
            count: the number of ready descriptors, 0 to the number of all.
            position: "first", "middle" or "last" for neighbours in this place, or "random".
            seed: for "random": the same seed makes the same choice.

        Raises:
            UserError: `count` is out of range, or there is no such position.
        """
        wanted = _ready_indexes(len(self.fds), count, position, seed)
        for i in self.ready - wanted:
            self.drain(i)
        for i in sorted(wanted - self.ready):
            self.make_ready(i)

    def close(self) -> None:
        """Close all descriptors. A second call does nothing."""
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
    """Return the number of open descriptors of this process that are numbered less than `below`."""
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
    """Return the largest number of descriptors of a kind that `open_descriptors` can open now.

    The number follows from the soft limit, without the descriptors that are open already and `RESERVED_FDS` more.

    Raises:
        UserError: There is no such kind on this system.
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
    """Open descriptors of one kind, make some of them readable, and close all of them when the block ends.

    Args:
        n: the number of descriptors, 1 or more.
        kind: one of `KINDS`.
        ready: the number of readable descriptors, 0 to `n`.
        position: "first", "middle" or "last" for ready descriptors that are neighbours, or "random".
        seed: for "random": the same seed makes the same choice.

    Yields:
        The open descriptors.

    Raises:
        UserError: `n` is less than 1 or more than the limits allow, `ready` is out of range, or there is no such kind
            or position. Then nothing is left open.
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
    """Open connected pairs of sockets, and close them when the block ends.

    Args:
        n: the number of pairs.
        min_fd: the sockets get the first free descriptor numbers from this one on, in order (F_DUPFD_CLOEXEC,
            fcntl(2)). The numbers of their peers are not chosen.

    Yields:
        A list of sockets, and a list of their peers in the same order.

    Raises:
        UserError: Numbers can't be chosen on this system, or `min_fd` lies beyond the soft limit.
    """
    with contextlib.ExitStack() as stack:
        socks, peers = [], []
        for _n in range(n):
            sock, peer = (stack.enter_context(sock) for sock in socket.socketpair())
            socks.append(stack.enter_context(_move_above(sock, min_fd)) if min_fd else sock)
            peers.append(peer)
        yield socks, peers


def dup_above(fd: int, min_fd: int) -> int:
    """Duplicate a descriptor, and return the copy, which has the first free number from `min_fd` on.

    The copy is closed on exec (F_DUPFD_CLOEXEC, fcntl(2)). The caller closes both descriptors.

    Raises:
        UserError: Numbers can't be chosen on this system, or `min_fd` lies beyond the soft limit.
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
    """Move a socket to a descriptor number from `min_fd` on: close the old descriptor, and return the new socket."""
    number = dup_above(sock.fileno(), min_fd)
    sock.close()
    return socket.socket(fileno=number)

"""Open many descriptors of one kind, make some of them ready, and close all of them when the `with` block ends.

"Ready" means readable here. A new descriptor has nothing to read. It becomes readable when something is written to the
other end of its pipe or connection, or to its counter (eventfd). All descriptors are non-blocking. This module never
waits for them.
"""

import contextlib
import errno
import os
import random
import socket
from collections.abc import Iterator

from readiness.base.messages import UserError, _
from readiness.system import limits
from readiness.system.c_int import require_int
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
"""The kinds of descriptor that can be opened on this system, from the cheapest to the most expensive."""

RESERVED_FDS = 16
"""`max_openable` leaves this number of descriptors free, for example for an epoll or for a file to import."""

UNLIMITED_DEFAULT = 16_000  # if the system has no limit: the number that its local TCP ports allow


class DescriptorSet:
    """The descriptors that `open_descriptors` has opened, all of one kind. `len` returns their number.

    Attributes:
        kind: one of `KINDS`.
        fds: the descriptor numbers, in the order in which they were opened.
        ready: the indexes in `fds` of the descriptors that are readable now.
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
        """Make the descriptor ``fds[i]`` readable: add 1 to its counter, or write one byte to the other end."""
        self._items[i].make_ready()
        self.ready.add(i)

    def drain(self, i: int) -> None:
        """Read everything from the descriptor ``fds[i]``. Afterwards it is no longer readable."""
        with contextlib.suppress(BlockingIOError):
            self._items[i].drain()
        self.ready.discard(i)

    def set_ready(self, count: int, position: str = "random", seed: int | None = None) -> None:
        """Make exactly `count` descriptors readable. Drain the others, so that they are not readable.

        Args:
            count: the number of readable descriptors, from 0 to the number of all descriptors.
            position: where they are in `fds`: side by side at the start ("first"), in the "middle" or at the end
                ("last"), or at "random" places.
            seed: for "random" only. The same seed chooses the same descriptors. None chooses different ones each time.

        Raises:
            UserError: `count` is out of range, or `position` is not one of these words.
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
        raise UserError(
            _("{ready:,} of {n:,} descriptors can't be ready: choose from 0 to {n:,}.").format(ready=ready, n=n)
        )
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


def in_use(below: int) -> int:
    """Return how many descriptors of this process are open and have a number less than `below`."""
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
    """Return how many descriptors of this kind `open_descriptors` can open now. `kind` is one of `KINDS`.

    The number is computed from the soft limit RLIMIT_NOFILE. The descriptors that are already open are subtracted, and
    `RESERVED_FDS` more. Each kind except eventfd needs two descriptors of this process, because the other end needs one
    too.

    Raises:
        UserError: `kind` is not one of `KINDS`.
    """
    _check_kind(kind)
    soft = limits.fd_limits()[0]
    if soft is None or soft == limits.UNLIMITED:
        return UNLIMITED_DEFAULT
    free = int(soft) - in_use(int(soft)) - RESERVED_FDS - (kind == "tcp")
    return max(0, free // _PER_ITEM[kind])


def _too_many(n: int, kind: str, reason: str) -> UserError:
    soft = limits.format_value(limits.fd_limits()[0])
    return UserError(
        _(
            "{n} of kind {kind} are too many here ({reason}; the soft limit is {soft} open descriptors): "
            "ask for at most {max_n}, or raise the limit. {how}"
        ).format(n=n, kind=kind, reason=reason, soft=soft, max_n=max_openable(kind), how=limits.how_to_raise_fd_limit())
    )


@contextlib.contextmanager
def open_descriptors(
    n: int, kind: str = KINDS[0], ready: int = 1, *, position: str = "random", seed: int | None = None
) -> Iterator[DescriptorSet]:
    """Context manager: open `n` descriptors of one kind, and make some of them readable.

    All descriptors are closed when the `with` block ends.

    Args:
        n: the number of descriptors, 1 or more.
        kind: one of `KINDS`.
        ready: the number of readable descriptors, from 0 to `n`.
        position: where the readable descriptors are: side by side at the start ("first"), in the "middle" or at the
            end ("last"), or at "random" places.
        seed: for "random" only. The same seed chooses the same descriptors. None chooses different ones each time.

    Yields:
        The open descriptors.

    Raises:
        UserError: `n` is less than 1 or greater than the limits allow, `ready` is out of range, or `kind` or `position`
            is not one of these words. In this case all descriptors are closed.
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
    """Context manager: open `n` pairs of connected sockets. All sockets are closed when the `with` block ends.

    Args:
        n: the number of pairs.
        min_fd: the first socket of each pair gets the lowest free descriptor number that is `min_fd` or higher
            (F_DUPFD_CLOEXEC, fcntl(2)). With 0, the numbers are not chosen. The numbers of the second sockets are never
            chosen.

    Yields:
        Two lists: the first sockets of all pairs, and their peers in the same order.

    Raises:
        UserError: This system can't choose a descriptor's number, or no number that is `min_fd` or higher is free below
            the soft limit RLIMIT_NOFILE.
    """
    with contextlib.ExitStack() as stack:
        socks, peers = [], []
        for _n in range(n):
            sock, peer = (stack.enter_context(sock) for sock in socket.socketpair())
            socks.append(stack.enter_context(_move_above(sock, min_fd)) if min_fd else sock)
            peers.append(peer)
        yield socks, peers


def dup_above(fd: int, min_fd: int) -> int:
    """Duplicate `fd`. The copy gets the lowest free number that is `min_fd` or higher (F_DUPFD_CLOEXEC, fcntl(2)).

    The copy has the close-on-exec flag. The caller closes both descriptors.

    Returns:
        The descriptor number of the copy.

    Raises:
        UserError: This system can't choose a descriptor's number, or no number that is `min_fd` or higher is free below
            the soft limit RLIMIT_NOFILE.
    """
    if fcntl is None:
        raise UserError(_("On this system a program can't choose a descriptor's number."))
    require_int("fcntl", fd, min_fd, least=0)
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, min_fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EMFILE):
            raise
        soft = limits.format_value(limits.fd_limits()[0])
        if error.errno == errno.EMFILE:
            text = _("All descriptors from {n} up to the soft limit, {soft}, are open: close some of them.")
            raise UserError(text.format(n=min_fd, soft=soft)) from error
        text = _("Descriptor {n} lies beyond the soft limit, {soft}. {how}")
        raise UserError(text.format(n=min_fd, soft=soft, how=limits.how_to_raise_fd_limit())) from error


def _move_above(sock: socket.socket, min_fd: int) -> socket.socket:
    """Move a socket to the lowest free descriptor number that is `min_fd` or higher. Return the new socket.

    The old descriptor is closed.
    """
    number = dup_above(sock.fileno(), min_fd)
    sock.close()
    return socket.socket(fileno=number)

"""Descriptors: N of them to watch, of one kind, k of them ready; all closed when the block ends, however it ends.

It opens, makes ready and drains; it never waits for them. The end that is watched has nothing to read until
its own counterpart (a counter, the other end) is written to, and is non-blocking.
"""

import contextlib
import errno
import os
import random
import select
import socket
import struct
from collections.abc import Iterator

from readiness.base.messages import UserError, _
from readiness.system import limits

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_PER_ITEM = {"eventfd": 1, "pipe": 2, "socketpair": 2, "tcp": 2}
KINDS = tuple(
    kind
    for kind, here in {
        "eventfd": hasattr(os, "eventfd"),
        "pipe": os.name == "posix",  # on Windows select takes sockets only
        "socketpair": True,
        "tcp": True,
    }.items()
    if here
)
"""The kinds that can be watched on this system, the cheapest first."""

SPARE = 16
"""Descriptors that `largest` leaves free: an epoll, a file to import, a socket of the notebook's own."""

_UNCOUNTED = 16_000  # where the system has no limit: what its local TCP ports allow
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER: close at once, leave no TIME_WAIT


class Watched:
    """What `watched` yields: ``fds``, the N watched descriptors in order, and ``ready``, the set of indexes of those
    that are readable now."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fds: list[int] = []
        self.ready: set[int] = set()
        self._readers: list = []  # what item i is read from
        self._ends: list = []  # what makes it ready
        self._open: list = []  # everything to close: numbers, or sockets
        self._listener: socket.socket | None = None

    def __len__(self) -> int:
        return len(self.fds)

    def _add(self) -> None:
        if self.kind == "eventfd":
            watched = end = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._open.append(watched)
        elif self.kind == "pipe":
            watched, end = os.pipe()
            self._open += (watched, end)
            os.set_blocking(watched, False)
        else:
            watched, end = socket.socketpair() if self.kind == "socketpair" else self._connected()
            self._open += (watched, end)  # closed from the back: the end first, with a reset
            watched.setblocking(False)
        self.fds.append(watched if isinstance(watched, int) else watched.fileno())
        self._readers.append(watched)
        self._ends.append(end)

    def _connected(self) -> tuple[socket.socket, socket.socket]:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._open.append(self._listener)
        end = socket.socket()
        try:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.connect(self._listener.getsockname())
            return self._listener.accept()[0], end
        except BaseException:
            end.close()
            raise

    def make_ready(self, i: int) -> None:
        """Make item i readable, by writing to it: one more on its counter, or one byte."""
        end = self._ends[i]
        if self.kind == "eventfd":
            os.eventfd_write(end, 1)
        elif self.kind == "pipe":
            os.write(end, b"!")
        else:
            end.send(b"!")
            self._settle(self.fds[i])
        self.ready.add(i)

    def _settle(self, fd: int) -> None:
        # A byte on its way through TCP may arrive after send has returned.
        if hasattr(select, "poll"):
            waiting = select.poll()
            waiting.register(fd, select.POLLIN)
            waiting.poll(1000)
        else:
            select.select([fd], [], [], 1)

    def drain(self, i: int) -> None:
        """Read from item i all that is there, so that it is no longer ready."""
        with contextlib.suppress(BlockingIOError):
            if self.kind == "eventfd":
                os.eventfd_read(self.fds[i])
            elif self.kind == "pipe":
                while os.read(self.fds[i], 65536):
                    pass
            else:
                while self._readers[i].recv(65536):
                    pass
        self.ready.discard(i)

    def choose(self, ready: int, where: str = "random", seed: int | None = None) -> None:
        """Make exactly so many ready: a random choice, the first, the middle or the last ones in order."""
        chosen = _chosen(len(self.fds), ready, where, seed)
        for i in self.ready - chosen:
            self.drain(i)
        for i in sorted(chosen - self.ready):
            self.make_ready(i)

    def close(self) -> None:
        """Close all of them; safe to call twice."""
        while self._open:
            item = self._open.pop()
            os.close(item) if isinstance(item, int) else item.close()
        self.ready.clear()


def _chosen(n: int, ready: int, where: str, seed: int | None) -> set[int]:
    if not 0 <= ready <= n:
        raise UserError(_("{ready} of {n} descriptors can't be ready: choose from 0 to {n}.").format(ready=ready, n=n))
    if where == "random":
        return set(random.Random(seed).sample(range(n), ready))
    starts = {"first": 0, "middle": (n - ready) // 2, "last": n - ready}
    if where not in starts:
        raise UserError(
            _("The ready ones can be 'first', 'middle', 'last' or 'random', not {where!r}.").format(where=where)
        )
    return set(range(starts[where], starts[where] + ready))


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UserError(
            _("There is no kind of descriptor {kind!r} on this system: choose one of {kinds}.").format(
                kind=kind, kinds=", ".join(KINDS)
            )
        )


def _in_use(below: int) -> int:
    """How many descriptors of this process with a number under ``below`` are open."""
    try:
        # Linux and macOS. The listing's own descriptor is among them, and gone when it returns.
        return sum(int(name) < below for name in os.listdir("/dev/fd")) - 1
    except (OSError, ValueError):
        count = 0
        for fd in range(min(below, 65536)):
            with contextlib.suppress(OSError):
                os.fstat(fd)
                count += 1
        return count


def largest(kind: str = KINDS[0]) -> int:
    """The largest N of this kind that `watched` can open now: the soft limit, less what is open, less `SPARE`."""
    _check_kind(kind)
    soft = limits.nofile()[0]
    if soft is None or soft == limits.UNLIMITED:
        return _UNCOUNTED
    free = int(soft) - _in_use(int(soft)) - SPARE - (kind == "tcp")
    return max(0, free // _PER_ITEM[kind])


def _too_many(n: int, kind: str, reason: str) -> UserError:
    soft = limits.in_words(limits.nofile()[0])
    return UserError(
        _(
            "{n} of kind {kind} are too many here ({reason}; the soft limit is {soft} open descriptors): "
            "ask for at most {largest}, or raise the limit with limits.raise_nofile() or `ulimit -n`."
        ).format(n=n, kind=kind, reason=reason, soft=soft, largest=largest(kind))
    )


@contextlib.contextmanager
def watched(
    n: int, kind: str = KINDS[0], ready: int = 1, *, where: str = "random", seed: int | None = None
) -> Iterator[Watched]:
    """Open ``n`` descriptors of a kind (see `KINDS`), ``ready`` of them readable, and close them all at the end.

    ``where``: "random" (the same for the same seed), "first", "middle" or "last" in order of number.
    UserError, with nothing left open: more than the limits allow, an unknown kind, ready not in 0..n, n < 1.
    """
    _check_kind(kind)
    if n < 1:
        raise UserError(_("There must be at least one descriptor to watch, not {n}.").format(n=n))
    _chosen(n, ready, where, seed)
    if n > largest(kind):
        raise _too_many(n, kind, _("one descriptor each") if kind == "eventfd" else _("two descriptors each"))
    items = Watched(kind)
    try:
        try:
            while len(items) < n:
                items._add()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM):
                raise
            items.close()
            raise _too_many(n, kind, error.strerror) from error
        items.choose(ready, where, seed)
        yield items
    finally:
        items.close()


@contextlib.contextmanager
def pairs(n: int, least: int = 0) -> Iterator[tuple[list[socket.socket], list[socket.socket]]]:
    """Open ``n`` connected pairs of sockets: our ends, and their peers in the same order; all closed at the end.

    Our ends get the first free descriptor numbers from ``least`` on, in order (F_DUPFD_CLOEXEC, fcntl(2)).
    UserError: numbers can't be chosen on this system, or ``least`` lies beyond the soft limit.
    """
    with contextlib.ExitStack() as stack:
        ours, peers = [], []
        for _n in range(n):
            end, peer = (stack.enter_context(end) for end in socket.socketpair())
            ours.append(stack.enter_context(_renumbered(end, least)) if least else end)
            peers.append(peer)
        yield ours, peers


def _renumbered(end: socket.socket, least: int) -> socket.socket:
    """The same end under another number; the old one is closed."""
    if fcntl is None:
        raise UserError(_("On this system a program can't choose a descriptor's number."))
    try:
        number = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, least)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EMFILE):
            raise
        raise UserError(
            _(
                "Descriptor {n} lies beyond the soft limit, {soft}; "
                "limits.raise_nofile() raises it as far as the hard limit allows."
            ).format(n=least, soft=limits.in_words(limits.nofile()[0]))
        ) from error
    end.close()
    return socket.socket(fileno=number)

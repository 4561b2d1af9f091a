"""Triggers: one descriptor, watched by two epolls at once, level- and edge-triggered, and what each of them said.

It writes, reads, waits and modifies when it is told, and keeps the history; it looks at nothing in between.
"""

import contextlib
import os
import select
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _

try:
    import fcntl
    import termios
except ImportError:  # Windows, which has no epoll either
    fcntl = termios = None

KINDS = ("socketpair", "pipe")
"""What can be watched."""


class Moment(NamedTuple):
    """One step: the `deed` (write, read, wait, modify), the bytes asked for (None: all) and done, what lies unread
    after it, and whether each of the two epolls told an event; None where it was not asked."""

    deed: str
    asked: int | None
    done: int
    unread: int
    level: bool | None = None
    edge: bool | None = None

    def in_words(self) -> str:
        """What was done, as a learner reads it."""
        if self.deed == "write":
            return _("write {n}").format(n=self.done)
        if self.deed == "read":
            name = _("read all") if self.asked is None else _("read {n}").format(n=self.asked)
            return name if self.done else _("{name}: EAGAIN").format(name=name)
        return _("wait") if self.deed == "wait" else _("modify")


class Pair:
    """The two epolls, over the reading end of a socketpair or a pipe. A context manager: all closed when left.

    ``history``: a `Moment` for each step. UserError: this system has no epoll, or there is no such kind.
    """

    def __init__(self, kind: str = KINDS[0]) -> None:
        if not hasattr(select, "epoll"):
            raise UserError(_("This machine has no epoll, so there is nothing to try here: read what Linux said."))
        if kind not in KINDS:
            raise UserError(
                _("There is no kind {kind!r}: choose one of {kinds}.").format(kind=kind, kinds=", ".join(KINDS))
            )
        self.kind = kind
        self.history: list[Moment] = []
        self._ends = list(os.pipe() if kind == "pipe" else (end.detach() for end in socket.socketpair()))
        self._reader, self._writer = self._ends
        self._flags = {"level": select.EPOLLIN, "edge": select.EPOLLIN | select.EPOLLET}
        self._epolls = {name: select.epoll() for name in self._flags}
        for end in self._ends:
            os.set_blocking(end, False)
        for name, epoll in self._epolls.items():
            epoll.register(self._reader, self._flags[name])

    def write(self, count: int) -> None:
        """Write so many bytes to the other end, in one call. UserError: there is no room for them."""
        try:
            done = os.write(self._writer, bytes(count))
        except BlockingIOError:
            raise UserError(_("The buffer is full: read something first.")) from None
        self._note("write", count, done)

    def read(self, count: int | None = None) -> None:
        """Read at most so many bytes, in one call; all of them, until EAGAIN, if no number is given."""
        done = 0
        with contextlib.suppress(BlockingIOError):
            if count is not None:
                done = len(os.read(self._reader, count))
            else:
                while data := os.read(self._reader, 4096):
                    done += len(data)
        self._note("read", count, done)

    def wait(self) -> None:
        """Ask both epolls for events, with a timeout of 0."""
        self._note("wait", None, 0, *(bool(epoll.poll(0)) for epoll in self._epolls.values()))

    def modify(self) -> None:
        """Register the same events again with both (epoll_ctl(2), EPOLL_CTL_MOD)."""
        for name, epoll in self._epolls.items():
            epoll.modify(self._reader, self._flags[name])
        self._note("modify", None, 0)

    def _note(self, deed: str, asked: int | None, done: int, *told: bool) -> None:
        self.history.append(Moment(deed, asked, done, self.unread, *told))

    @property
    def unread(self) -> int:
        """How many bytes lie in the descriptor, as the kernel counts them (FIONREAD; pipe(7), unix(7))."""
        return struct.unpack("i", fcntl.ioctl(self._reader, termios.FIONREAD, bytes(4)))[0]

    def close(self) -> None:
        """Close everything; safe to call twice."""
        for epoll in self._epolls.values():
            epoll.close()
        while self._ends:
            os.close(self._ends.pop())

    def __enter__(self) -> "Pair":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def rows(history: Iterable[Sequence[Any]]) -> list[tuple[str, str, str, str]]:
    """A history in words, a row for each step: done, bytes unread, level-triggered, edge-triggered.

    Its items may be what JSON made of them.
    """
    said = {True: _("event"), False: _("nothing"), None: ""}
    moments = [Moment(*moment) for moment in history]
    return [(m.in_words(), f"{m.unread:,}", said[m.level], said[m.edge]) for m in moments]


def heads() -> tuple[str, str, str, str]:
    """What stands above the columns of `rows`."""
    return _("you do"), _("bytes unread"), _("level says"), _("edge says")


def table(history: Iterable[Sequence[Any]]) -> str:
    """A history as lines of text."""
    lines = [("", *heads()), *((str(n), *row) for n, row in enumerate(rows(history), 1))]
    return "\n".join(f"{n:>3}  {did:<14}{unread:>12}   {a:<12}{b}".rstrip() for n, did, unread, a, b in lines)

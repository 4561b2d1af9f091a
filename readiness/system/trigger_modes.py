"""Watch one descriptor with two epolls, one level-triggered and one edge-triggered, and compare their events.

A caller takes one step after the other: it writes, reads, waits or modifies. All steps are kept in a history.
"""

import contextlib
import os
import select
import socket
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _
from readiness.system.c_int import require_int

if hasattr(select, "epoll"):  # without epoll, `LevelEdgePair` refuses; Windows has neither
    import fcntl
    import termios

KINDS = ("socketpair", "pipe")
"""The kinds of descriptor that a `LevelEdgePair` can watch."""

MAX_BYTES = 1 << 24  # of one call; the buffer of a pipe or of a socketpair is smaller


class Step(NamedTuple):
    """One step in the history of a `LevelEdgePair`.

    Attributes:
        action: "write", "read", "wait" or "modify".
        requested: the number of bytes to write or read; None for "read all", "wait" and "modify".
        done: the number of bytes that were written or read; 0 for "wait" and "modify".
        unread: the number of bytes that can still be read after the step.
        level: for "wait": True if the level-triggered epoll returned an event. Otherwise None.
        edge: for "wait": True if the edge-triggered epoll returned an event. Otherwise None.
    """

    action: str
    requested: int | None
    done: int
    unread: int
    level: bool | None = None
    edge: bool | None = None

    def describe(self) -> str:
        """Return a phrase that says what was done, such as "write 5"."""
        if self.action == "write":
            return _("write {n}").format(n=self.done)
        if self.action == "read":
            name = _("read all") if self.requested is None else _("read {n}").format(n=self.requested)
            return name if self.done else _("{name}: EAGAIN").format(name=name)
        return _("wait") if self.action == "wait" else _("modify")


class LevelEdgePair:
    """Two epolls that watch the same descriptor: the reading end of a socketpair or of a pipe.

    One epoll is level-triggered, and the other is edge-triggered. The object is a context manager: all descriptors are
    closed when the `with` block ends.

    Args:
        kind: the kind of the watched descriptor, one of `KINDS`.

    Attributes:
        kind: one of `KINDS`.
        history: all steps until now.

    Raises:
        UserError: This system has no epoll, or `kind` is not one of `KINDS`.
    """

    def __init__(self, kind: str = KINDS[0]) -> None:
        if not hasattr(select, "epoll"):
            raise UserError(_("This machine has no epoll. Read the recorded result of a Linux machine instead."))
        if kind not in KINDS:
            raise UserError(
                _("There is no kind {kind!r}: choose one of {kinds}.").format(kind=kind, kinds=", ".join(KINDS))
            )
        self.kind = kind
        self.history: list[Step] = []
        self._ends = list(os.pipe() if kind == "pipe" else (end.detach() for end in socket.socketpair()))
        self._reader, self._writer = self._ends
        self._flags = {"level": select.EPOLLIN, "edge": select.EPOLLIN | select.EPOLLET}
        self._epolls = {name: select.epoll() for name in self._flags}
        for end in self._ends:
            os.set_blocking(end, False)
        for name, epoll in self._epolls.items():
            epoll.register(self._reader, self._flags[name])

    def write(self, count: int) -> None:
        """Write at most `count` bytes to the other end of the watched descriptor, in one call.

        Raises:
            UserError: The buffer is full, or `count` is negative.
        """
        require_int("write", min(count, MAX_BYTES), least=0)
        try:
            done = os.write(self._writer, bytes(min(count, MAX_BYTES)))
        except BlockingIOError:
            raise UserError(_("The buffer is full: read something first.")) from None
        self._record("write", count, done)

    def read(self, count: int | None = None) -> None:
        """Read at most `count` bytes from the watched descriptor, in one call. If `count` is None, read everything.

        Raises:
            UserError: `count` is negative.
        """
        done = 0
        with contextlib.suppress(BlockingIOError):
            if count is not None:
                require_int("read", min(count, MAX_BYTES), least=0)
                done = len(os.read(self._reader, min(count, MAX_BYTES)))
            else:
                while data := os.read(self._reader, 4096):
                    done += len(data)
        self._record("read", count, done)

    def wait(self) -> None:
        """Ask both epolls for events with a timeout of 0. The history stores which of them returned an event."""
        self._record("wait", None, 0, *(bool(epoll.poll(0)) for epoll in self._epolls.values()))

    def modify(self) -> None:
        """Register the watched descriptor again in both epolls, with the same events (epoll_ctl(2), EPOLL_CTL_MOD)."""
        for name, epoll in self._epolls.items():
            epoll.modify(self._reader, self._flags[name])
        self._record("modify", None, 0)

    def _record(self, action: str, requested: int | None, done: int, *events: bool) -> None:
        self.history.append(Step(action, requested, done, self.unread, *events))

    @property
    def unread(self) -> int:
        """The number of bytes that can be read from the watched descriptor now, by FIONREAD (pipe(7), unix(7))."""
        return int.from_bytes(fcntl.ioctl(self._reader, termios.FIONREAD, bytes(4)), sys.byteorder)

    def close(self) -> None:
        """Close the watched descriptor, its other end and both epolls. A second call does nothing."""
        for epoll in self._epolls.values():
            epoll.close()
        while self._ends:
            os.close(self._ends.pop())

    def __enter__(self) -> "LevelEdgePair":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def rows(history: Iterable[Sequence[Any]]) -> list[tuple[str, str, str, str]]:
    """Return the history of a `LevelEdgePair` as texts: one row for each step. `headers` returns the column names.

    Args:
        history: the steps. A step can also be a list of its values, because JSON stores it as a list.
    """
    results = {True: _("event"), False: _("nothing"), None: ""}
    steps = [Step(*item) for item in history]
    return [(s.describe(), f"{s.unread:,}", results[s.level], results[s.edge]) for s in steps]


def headers() -> tuple[str, str, str, str]:
    """Return the names of the four columns that `rows` returns."""
    return _("you do"), _("bytes unread"), _("level-triggered"), _("edge-triggered")


def table(history: Iterable[Sequence[Any]]) -> str:
    """Return a history as a table in plain text. `history` contains the steps, as in `rows`."""
    lines = [("", *headers()), *((str(n), *row) for n, row in enumerate(rows(history), 1))]
    return "\n".join(f"{n:>3}  {did:<14}{unread:>12}   {a:<18}{b}".rstrip() for n, did, unread, a, b in lines)

"""Scan worker: the process that `scancost.sweep` starts; it times cases and tells each point as soon as it has it.

It is one thread, and nothing else runs in it: a second thread would add about 20 ns per descriptor to select and
poll, which then take a reference to each open file. It ends with its parent.
"""

import contextlib
import ctypes
import gc
import json
import os
import random
import select
import sys
from collections.abc import Callable, Iterable
from ctypes import byref, c_ulong
from dataclasses import asdict
from functools import partial
from itertools import groupby, repeat
from time import perf_counter

from readiness.base.messages import UserError, _
from readiness.base.worker import send_to_parent
from readiness.experiments.wait_cost import Case, Point
from readiness.system import limits, syscalls
from readiness.system.descriptors import DescriptorSet, open_descriptors
from readiness.system.fdset import FdSet

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

BATCH = 150e-6
"""Seconds that one batch should take; a single call that takes longer is a batch."""
LEAST, MOST = 7, 60
"""Batches for one point."""
ENOUGH = 0.05
"""The stop: half the width of the median's 95 % interval, as a share of the median."""
AT_LEAST, AT_MOST = 0.02, 0.5
"""Seconds for the cases of one group together: a moment's noise must not fill them, nor may they take for ever."""
TURNS = 8
"""Places of the ready one in one batch, where it moves."""

# PyDLL keeps the interpreter lock, which nobody else wants here: 0.05 µs less a call than CDLL.
_LIBC = ctypes.PyDLL(None) if os.name == "posix" else None


class Way:
    """One case made ready to be called: ``call`` waits once, ``before`` is what a program must do before each wait."""

    def __init__(self, case: Case, items: DescriptorSet) -> None:
        self.case, self.items = case, items
        self._open: list[int] = []
        self.fds = self._renumbered(case.highest) if case.highest else items.fds
        self.before: Callable[[], object] | None = None
        self.expected = case.ready
        self.moves = case.blocking and case.where == "random" and case.ready == 1
        self.times: list[float] = []
        self.place = 0.0
        getattr(self, "_" + case.method.partition("-")[0])(-1 if case.blocking else 0)

    def _renumbered(self, highest: int) -> list[int]:
        """The same open files under numbers that are spread evenly, the last of them `highest` if it is free."""
        step = highest / len(self.items)
        try:
            for i, fd in enumerate(self.items.fds, 1):
                self._open.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, round(i * step)))
        except (AttributeError, OSError) as error:
            raise UserError(
                _("No descriptor can be given the number {n} here: choose one below the hard limit, {hard}.").format(
                    n=limits.format_value(highest), hard=limits.format_value(limits.fd_limits()[1])
                )
            ) from error
        return list(self._open)

    def _select(self, timeout: int) -> None:
        fds = [] if self.case.method == "select-empty" else self.fds
        if _LIBC is None:
            self.call = lambda: len(select.select(fds, [], [], None if timeout else 0)[0])
            return
        nfds = max(self.fds) + 1
        bitmap = FdSet(fds, nfds)
        fresh, view = bytes(bitmap.array), memoryview(bitmap.array).cast("B")
        self.before = partial(view.__setitem__, slice(None), fresh)
        limit = None if timeout else byref(syscalls.Timeval(0, 0))
        self.call = partial(syscalls.libc_function("select", _LIBC), nfds, byref(bitmap.array), None, None, limit)
        if not fds:
            self.expected = 0

    def _poll(self, timeout: int) -> None:
        empty = self.case.method == "poll-empty"
        fds = self.fds
        array = (syscalls.Pollfd * len(fds))(*(syscalls.Pollfd(-1 if empty else fd, select.POLLIN) for fd in fds))
        self.call = partial(syscalls.libc_function("poll", _LIBC), byref(array), c_ulong(len(fds)), timeout)
        if empty:
            self.expected = 0

    def _epoll(self, timeout: int) -> None:
        epfd = self._interest(self.fds)
        events = syscalls.event_array(len(self.items))
        self.call = partial(syscalls.libc_function("epoll_wait", _LIBC), epfd, byref(events), len(events), timeout)
        again = random.Random(self.case.seed).sample(self.fds, round(self.case.churn * len(self.items)))
        operations = {"epoll-mod": ("MOD",), "epoll-del-add": ("DEL", "ADD")}.get(self.case.method, ())
        ctl, event = syscalls.libc_function("epoll_ctl", _LIBC), syscalls.event_array(1)
        event[0].events = select.EPOLLIN
        calls = [partial(ctl, epfd, syscalls.CTL[op], fd, byref(event)) for fd in again for op in operations]
        if calls:
            self.before = partial(_all, calls)

    def _write(self, timeout: int) -> None:
        for _set in range(self.case.n):
            self._interest(self.fds)
        one = ctypes.c_uint64(1)
        self.call = partial(syscalls.libc_function("write", _LIBC), self.fds[0], byref(one), 8)
        self.expected = 8

    def _interest(self, fds: Iterable[int]) -> int:
        epfd = syscalls.epoll_create1()
        self._open.append(epfd)
        for fd in fds:
            syscalls.epoll_ctl(epfd, "ADD", fd, select.EPOLLIN)
        return epfd

    def close(self) -> None:
        for fd in self._open:
            os.close(fd)

    def check(self) -> None:
        """One call, and whether it finds what is ready: a wrong loop must not be timed."""
        if self.before:
            self.before()
        found = self.call()
        if found != self.expected:
            raise RuntimeError(f"{self.case} returned {found}, not {self.expected}")

    def time(self, calls: int) -> float:
        """Seconds for one call, from a batch."""
        if not self.moves:
            return _timed(self.call, self.before, calls) / calls
        total = 0.0
        for _turn in range(TURNS):
            # Steps of the golden ratio spread evenly over all places, wherever they stop.
            self.place = (self.place + 0.6180339887) % 1
            for old in list(self.items.ready):
                self.items.drain(old)
            self.items.make_ready(int(self.place * len(self.items)))
            total += _timed(self.call, self.before, calls)
        return total / TURNS / calls

    def calibrate(self) -> None:
        """Find how many calls fill a batch."""
        goal = BATCH / TURNS if self.moves else BATCH
        calls = 1
        while (one := self.time(calls)) * calls < goal / 4:
            calls *= 4
        self.calls = max(1, round(goal / one))

    def spread(self) -> float:
        """Half the width of the median's 95 % interval over the median: 1.57 IQR / √n, as a box plot's notch."""
        ordered, n = sorted(self.times), len(self.times)
        return 1.57 * (ordered[(3 * n) // 4] - ordered[n // 4]) / n**0.5 / self.median()

    def median(self) -> float:
        ordered, n = sorted(self.times), len(self.times)
        return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _all(calls: list[Callable[[], object]]) -> None:
    for call in calls:
        call()


def _timed(call: Callable[[], object], before: Callable[[], object] | None, calls: int) -> float:
    times = repeat(None, calls)
    start = perf_counter()
    if before is None:
        for _once in times:
            call()
    else:
        for _once in times:
            before()
            call()
    return perf_counter() - start


def _go_with_parent() -> None:
    """End, if the parent has gone or has had enough: its end of our standard input is closed."""
    # Windows can't select on a pipe; there the next point, which nobody takes, ends us.
    if os.name == "posix" and select.select([0], [], [], 0)[0]:
        raise SystemExit(0)


def measure(cases: list[Case], items: DescriptorSet) -> Iterable[tuple[Case, dict]]:
    """Time the cases batch by batch in turn; yields (case, measured) as each is known."""
    with contextlib.ExitStack() as stack:
        ways = []
        for case in cases:
            ways.append(Way(case, items))
            stack.callback(ways[-1].close)
        for way in ways:
            way.check()
            way.calibrate()
            _go_with_parent()
        start = perf_counter()
        while ways:
            for way in ways:
                way.times.append(way.time(way.calls))
                _go_with_parent()
            elapsed = perf_counter() - start
            for way in list(ways):
                batches = len(way.times)
                settled = elapsed >= AT_LEAST and way.spread() <= ENOUGH
                if batches >= LEAST and (settled or batches >= MOST or elapsed >= AT_MOST):
                    ways.remove(way)
                    calls = way.calls * (TURNS if way.moves else 1)
                    yield (
                        way.case,
                        {"seconds": way.median(), "spread": way.spread(), "batches": batches, "calls": calls},
                    )


def run(cases: list[Case]) -> None:
    """Time all cases, in order, and tell the points."""
    began = perf_counter()

    def opened(case: Case) -> tuple:  # cases of one opening follow each other
        return (1 if case.method == "write" else case.n), case.kind

    def group(case: Case) -> tuple:  # and of one group are interleaved
        return case.n, case.ready, case.where, case.churn, case.seed, case.highest

    for (n, kind), same in groupby(cases, opened):
        with open_descriptors(n, kind, ready=0) as items:
            for (_n, ready, where, _churn, seed, _highest), few in groupby(same, group):
                items.set_ready(ready, where, seed)
                for case, measured in measure(list(few), items):
                    send_to_parent(**asdict(Point(**asdict(case), **measured, at=perf_counter() - began)))


def main() -> None:
    cases = [Case(**case) for case in json.loads(sys.stdin.readline())["cases"]]
    limits.raise_fd_limit()
    gc.disable()
    try:
        run(cases)
    except UserError as error:
        send_to_parent(user_error=str(error))


if __name__ == "__main__":
    main()

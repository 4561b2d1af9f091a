"""The worker process of `wait_cost.sweep`: time benchmark cases, and send the measured times to the parent process.

The process has only one thread. With a second thread, select and poll would take a reference to each open file, which
costs about 20 ns per descriptor. The process ends when its parent ends.
"""

import contextlib
import ctypes
import gc
import json
import math
import os
import random
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from ctypes import byref, c_ulong
from dataclasses import asdict
from functools import partial
from itertools import groupby, repeat
from time import perf_counter

from readiness.base.messages import UserError, _
from readiness.base.worker import send_to_parent
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.system import limits, syscalls
from readiness.system.c_structs import Pollfd, Timeval
from readiness.system.descriptors import DescriptorSet, dup_above, open_descriptors
from readiness.system.fdset import FdSet

BATCH_SECONDS = 150e-6
"""Seconds that one batch should take. If a single call takes longer, the batch has one call."""
MIN_BATCHES, MAX_BATCHES = 7, 60
"""The minimum and the maximum number of batches for one case."""
TARGET_RELATIVE_ERROR = 0.05
"""A case is timed until half the width of the median's 95 % interval is at most this share of the median."""
MIN_SECONDS, MAX_SECONDS = 0.02, 0.5
"""The minimum and the maximum of seconds for all cases of a group. The minimum is longer than most disturbances."""
POSITIONS_PER_BATCH = 8
"""The number of positions of the ready descriptor in one batch, if the position changes during the measurement."""

# PyDLL keeps the interpreter lock during a call. No other thread needs it here, and a call takes 0.05 µs less.
_LIBC = ctypes.PyDLL(None) if os.name == "posix" else None


class PreparedCase:
    """A benchmark case that is ready to be timed, with its descriptors and its arguments for the system call.

    Attributes:
        call: a function that waits one time.
        setup: a function that is called before each wait; None if there is nothing to do.
        expected: the number that `call` must return.
        rotates_ready_fd: whether the position of the ready descriptor changes during the measurement.
        times: seconds for one call, for each batch so far. A batch is a number of calls that are timed together.
        calls: the number of calls in one batch. If `rotates_ready_fd` is true, the number for one position.
    """

    def __init__(self, case: BenchmarkCase, items: DescriptorSet) -> None:
        self.case, self.items = case, items
        self._open_fds: list[int] = []
        self.fds = self._spread_descriptors(case.max_fd) if case.max_fd else items.fds
        self.setup: Callable[[], object] | None = None
        self.expected = case.ready
        self.rotates_ready_fd = case.blocking and case.ready_position == "random" and case.ready == 1
        self.times: list[float] = []
        self.calls = 1  # in one batch
        self.position = 0.0
        prepare = {"select": self._select, "poll": self._poll, "epoll": self._epoll, "write": self._write}
        self.call = prepare[case.method.partition("-")[0]](-1 if case.blocking else 0)

    def _spread_descriptors(self, max_fd: int) -> list[int]:
        """Duplicate the descriptors to numbers that are spread evenly up to about `max_fd`. Return the copies."""
        step = max_fd / len(self.items)
        try:
            for i, fd in enumerate(self.items.fds, 1):
                self._open_fds.append(dup_above(fd, round(i * step)))
        except UserError as error:
            raise UserError(
                _("No descriptor can be given the number {n} here: choose one below the hard limit, {hard}.").format(
                    n=limits.format_value(max_fd), hard=limits.format_value(limits.fd_limits()[1])
                )
            ) from error
        return list(self._open_fds)

    def _select(self, timeout: int) -> Callable[[], object]:
        fds = [] if self.case.method == "select-empty" else self.fds
        if _LIBC is None:
            return lambda: len(select.select(fds, [], [], None if timeout else 0)[0])
        nfds = max(self.fds) + 1
        bitmap = FdSet(fds, nfds)
        fresh, view = bytes(bitmap.array), memoryview(bitmap.array).cast("B")
        self.setup = partial(view.__setitem__, slice(None), fresh)
        limit = None if timeout else byref(Timeval(0, 0))
        if not fds:
            self.expected = 0
        return partial(syscalls.libc_function("select", _LIBC), nfds, byref(bitmap.array), None, None, limit)

    def _poll(self, timeout: int) -> Callable[[], object]:
        empty = self.case.method == "poll-empty"
        fds = self.fds
        array = (Pollfd * len(fds))(*(Pollfd(-1 if empty else fd, select.POLLIN) for fd in fds))
        if empty:
            self.expected = 0
        return partial(syscalls.libc_function("poll", _LIBC), byref(array), c_ulong(len(fds)), timeout)

    def _epoll(self, timeout: int) -> Callable[[], object]:
        epfd = self._new_epoll(self.fds)
        events = syscalls.event_array(len(self.items))
        churned_fds = random.Random(self.case.seed).sample(self.fds, round(self.case.churn * len(self.items)))
        operations = {"epoll-mod": ("MOD",), "epoll-del-add": ("DEL", "ADD")}.get(self.case.method, ())
        ctl, event = syscalls.libc_function("epoll_ctl", _LIBC), syscalls.event_array(1)
        event[0].events = select.EPOLLIN
        calls = [partial(ctl, epfd, syscalls.CTL[op], fd, byref(event)) for fd in churned_fds for op in operations]
        if calls:
            self.setup = partial(_call_all, calls)
        return partial(syscalls.libc_function("epoll_wait", _LIBC), epfd, byref(events), len(events), timeout)

    def _write(self, timeout: int) -> Callable[[], object]:
        for _set in range(self.case.n):
            self._new_epoll(self.fds)
        one = ctypes.c_uint64(1)
        self.expected = 8
        return partial(syscalls.libc_function("write", _LIBC), self.fds[0], byref(one), 8)

    def _new_epoll(self, fds: Iterable[int]) -> int:
        epfd = syscalls.epoll_create1()
        self._open_fds.append(epfd)
        for fd in fds:
            syscalls.epoll_ctl(epfd, "ADD", fd, select.EPOLLIN)
        return epfd

    def close(self) -> None:
        """Close the epolls and the duplicated descriptors. The original descriptors stay open."""
        for fd in self._open_fds:
            os.close(fd)

    def check(self) -> None:
        """Call one time, and check the number that the call returns, so that a wrong call is never timed.

        Raises:
            RuntimeError: The call did not return `expected`.
        """
        if self.setup:
            self.setup()
        returned = self.call()
        if returned != self.expected:
            raise RuntimeError(f"{self.case} returned {returned}, not {self.expected}")

    def time(self, calls: int) -> float:
        """Time one batch. Return the seconds for one call.

        Args:
            calls: the number of calls in the batch. If `rotates_ready_fd` is true, the number for one position.
        """
        if not self.rotates_ready_fd:
            return _time_calls(self.call, self.setup, calls) / calls
        total = 0.0
        for _turn in range(POSITIONS_PER_BATCH):
            # Steps by the golden ratio are spread evenly over all positions, after any number of steps.
            self.position = (self.position + 0.6180339887) % 1
            for fd in list(self.items.ready):
                self.items.drain(fd)
            self.items.make_ready(int(self.position * len(self.items)))
            total += _time_calls(self.call, self.setup, calls)
        return total / POSITIONS_PER_BATCH / calls

    def calibrate(self) -> None:
        """Set `calls` so that one batch takes about `BATCH_SECONDS`."""
        goal = BATCH_SECONDS / POSITIONS_PER_BATCH if self.rotates_ready_fd else BATCH_SECONDS
        calls = 1
        while (one := self.time(calls)) * calls < goal / 4:
            calls *= 4
        self.calls = max(1, round(goal / one))

    def spread(self) -> float:
        """Return half the width of the median's 95 % interval, as a share of the median.

        The half width is 1.57 IQR / √n, as in the notch of a box plot.
        """
        ordered, n = sorted(self.times), len(self.times)
        return 1.57 * (ordered[(3 * n) // 4] - ordered[n // 4]) / math.sqrt(n) / self.median()

    def point(self, elapsed: float) -> Point:
        """Return the case with its measured times. `elapsed` is the number of seconds since the worker began."""
        return Point(
            **asdict(self.case),
            seconds=self.median(),
            spread=self.spread(),
            batches=len(self.times),
            calls=self.calls * (POSITIONS_PER_BATCH if self.rotates_ready_fd else 1),
            elapsed=elapsed,
        )

    def median(self) -> float:
        """Return the seconds for one call, as the median of all batches so far."""
        ordered, n = sorted(self.times), len(self.times)
        return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _call_all(calls: Iterable[Callable[[], object]]) -> None:
    for call in calls:
        call()


def _time_calls(call: Callable[[], object], setup: Callable[[], object] | None, calls: int) -> float:
    times = repeat(None, calls)
    start = perf_counter()
    if setup is None:
        for _once in times:
            call()
    else:
        for _once in times:
            setup()
            call()
    return perf_counter() - start


def _exit_if_orphaned() -> None:
    """Exit if the parent process has ended or needs no more points. It has then closed our standard input."""
    # Windows can't select on a pipe. There the next point ends this process, which can't write it to the closed pipe.
    if os.name == "posix" and select.select([0], [], [], 0)[0]:
        raise SystemExit(0)


def measure(cases: Iterable[BenchmarkCase], items: DescriptorSet, started: float) -> Iterator[Point]:
    """Time the cases in turn, one batch of each. Yield their points in the order of the cases.

    A case is no longer timed when its median is known precisely enough.

    Args:
        cases: cases that have the same descriptors, of which the same ones are ready.
        items: the open descriptors.
        started: when the worker began (`time.perf_counter`), in seconds.
    """
    with contextlib.ExitStack() as stack:
        pending = []
        for case in cases:
            pending.append(PreparedCase(case, items))
            stack.callback(pending[-1].close)
        for prepared in pending:
            prepared.check()
            prepared.calibrate()
            _exit_if_orphaned()
        start = perf_counter()
        settled: set[PreparedCase] = set()
        while pending:
            for prepared in pending:
                if prepared not in settled:
                    prepared.times.append(prepared.time(prepared.calls))
                _exit_if_orphaned()
            elapsed = perf_counter() - start
            for prepared in pending:
                batches = len(prepared.times)
                precise_enough = elapsed >= MIN_SECONDS and prepared.spread() <= TARGET_RELATIVE_ERROR
                if batches >= MIN_BATCHES and (precise_enough or batches >= MAX_BATCHES or elapsed >= MAX_SECONDS):
                    settled.add(prepared)
            while pending and pending[0] in settled:  # a caller may pair the points with its cases
                yield pending.pop(0).point(elapsed=perf_counter() - started)


def _descriptors_of(case: BenchmarkCase) -> tuple[int, str]:
    """Return the number and the kind of a case's descriptors. Neighbours with an equal result share them."""
    return (1 if case.method == "write" else case.n), case.kind


def _group_of(case: BenchmarkCase) -> tuple[object, ...]:
    """Return the fields that are equal in all cases of a group. The cases of one group are timed in turn."""
    return case.n, case.ready, case.ready_position, case.churn, case.seed, case.max_fd


def run(cases: Iterable[BenchmarkCase]) -> None:
    """Time all cases, and send the `Point` of each to the parent process."""
    started = perf_counter()

    for (n, kind), same_descriptors in groupby(cases, _descriptors_of):
        with open_descriptors(n, kind, ready=0) as items:
            for _key, neighbours in groupby(same_descriptors, _group_of):
                group = list(neighbours)
                items.set_ready(group[0].ready, group[0].ready_position, group[0].seed)
                for point in measure(group, items, started):
                    send_to_parent(**asdict(point))


def main() -> None:
    """Run the worker: read the cases from standard input, print the points to standard output, both as JSON."""
    cases = [BenchmarkCase(**case) for case in json.loads(sys.stdin.readline())["cases"]]
    limits.raise_fd_limit()
    gc.disable()
    try:
        run(cases)
    except UserError as error:
        send_to_parent(user_error=str(error))


if __name__ == "__main__":
    main()

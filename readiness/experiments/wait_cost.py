"""Measure what one wait in select, poll or epoll costs, in a worker process with a single thread.

A benchmark case names a method and the descriptors to wait for. A sweep times several cases. A point is a case with its
measured times. This module has the sweep, the points, and calculations with points. The cases are in `wait_cost_cases`,
and the timing of one case is in `wait_cost_worker`. This module draws nothing.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from readiness.base.messages import UserError, _
from readiness.base.worker import Worker
from readiness.experiments import recordings
from readiness.experiments.wait_cost_cases import (
    CASE_LISTS,
    METHOD_SYSCALLS,
    BenchmarkCase,
    available_methods,
    max_size,
)
from readiness.system import limits

MIN_SIZE = 1_000
"""The number of descriptors from which on the results of all lists of cases show what the lessons say."""


@dataclass(frozen=True, kw_only=True)
class Point(BenchmarkCase):
    """A benchmark case with its measured times.

    A call is one wait, or one write with the method "write". A batch is several calls that are timed together.

    Attributes:
        seconds: seconds for one call, as the median of all batches.
        spread: half the width of the median's 95 % interval, as a share of the median.
        batches: the number of batches.
        calls: the number of calls in one batch.
        elapsed: seconds from the start of the worker process until this point was known.
    """

    seconds: float
    spread: float
    batches: int
    calls: int
    elapsed: float

    @property
    def microseconds(self) -> float:
        """Microseconds for one call."""
        return self.seconds * 1e6


class Sweep:
    """An iterator that times benchmark cases in a worker process, and returns a `Point` for each case.

    A sweep is also a context manager. The worker process ends immediately when the ``with`` block ends, when `close` is
    called, when the last reference to the sweep is deleted, or when the iteration raises an exception.
    """

    def __init__(self, cases: Iterable[BenchmarkCase]) -> None:
        cases = list(cases)
        for case in cases:
            _check(case)
        try:
            self._worker = Worker("readiness.experiments.wait_cost_worker")
            self._messages = iter(self._worker) if cases else iter(())  # a worker without cases sends nothing
            self._worker.send({"cases": [asdict(case) for case in cases]})
        except BaseException:  # for example, the cell was interrupted
            self.__del__()
            raise

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._worker.pid

    @property
    def alive(self) -> bool:
        """Whether the worker process still runs."""
        return self._worker.alive

    def __iter__(self) -> Iterator[Point]:
        return self

    def __next__(self) -> Point:
        try:
            return Point(**next(self._messages))
        except BaseException:  # the end of the iteration, an error of the worker, or an interrupt
            self.close()
            raise

    def close(self) -> None:
        """End the worker process immediately. Any thread may call this. A second call does nothing."""
        self._worker.close()

    def __enter__(self) -> "Sweep":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_worker"):
            self.close()


def _check(case: BenchmarkCase) -> None:
    if case.method not in METHOD_SYSCALLS:
        raise UserError(
            _("There is no method {method!r}: choose among {methods}.").format(
                method=case.method, methods=", ".join(METHOD_SYSCALLS)
            )
        )
    if case.method not in available_methods():
        raise UserError(
            _("{method} can't be timed on this system: wait_cost.recorded_points() has points of a Linux one.").format(
                method=case.method
            )
        )


def sweep(cases: Iterable[BenchmarkCase]) -> Sweep:
    """Time the benchmark cases in a worker process, and return an iterator over the results, one `Point` for each case.

    Neighbours in the list that have the same descriptors are timed in turn, batch by batch. Each batch takes about 150
    µs. A point is the median of at least 7 batches. More batches are timed until the median is known to ±5 %. The timed
    call is a ctypes call whose arguments were made before. Python adds about 0.15 µs to a call, and about 0.25 µs to a
    call of select, which needs a new bitmap each time.

    Args:
        cases: the cases, in the order in which they are timed.

    Raises:
        UserError: This system does not have the method or the kind of descriptor, or its hard limit allows fewer
            descriptors. The iteration may also raise this error.
    """
    return Sweep(cases)


def recorded_points(name: str = "standard") -> list[Point]:
    """Return the points that a Linux machine recorded for the list of cases `name`, a key of `CASE_LISTS`."""
    return [Point(**point) for point in recordings.load(name).data]


def can_measure(name: str) -> bool:
    """Return whether this system can time the list of cases `name`, a key of `CASE_LISTS`.

    It needs every method in the list, and a hard limit that allows `MIN_SIZE` descriptors, if the list has that number.
    """
    return _has_methods(name) and _allows_size(name)


def _has_methods(name: str) -> bool:
    return {point.method for point in recorded_points(name)} <= set(available_methods())


def _allows_size(name: str) -> bool:
    needed = min(MIN_SIZE, max(max(point.n, point.max_fd) for point in recorded_points(name)))
    return min(max_size(point.kind) for point in recorded_points(name)) >= needed


def measure(name: str) -> Iterator[Point]:
    """Return an iterator over the points of the list of cases `name`, a key of `CASE_LISTS`.

    The cases are timed now, on this machine. If this system lacks one of the methods, or allows too few
    descriptors, the points are those that a Linux machine recorded.
    """
    return sweep(CASE_LISTS[name]()) if can_measure(name) else iter(recorded_points(name))


def provenance(name: str) -> str:
    """Return a sentence that says where `measure(name)` gets its points: from this machine, or from a recording."""
    if can_measure(name):
        return _("Measured on this machine, just now.")
    if _has_methods(name):
        text = _("The hard limit of open descriptors, {hard}, is too low to measure it here; {machine}.")
        return text.format(hard=limits.format_value(limits.fd_limits()[1]), machine=recordings.load(name).origin)
    return _("Not to be had on this machine; {machine}.").format(machine=recordings.load(name).origin)


def select_points(points: Iterable[Point], **fields: object) -> list[Point]:
    """Return the points whose fields have the given values, as in ``select_points(points, method="poll", n=1000)``."""
    return [p for p in points if all(getattr(p, name) == value for name, value in fields.items())]


def growth_exponent(points: Iterable[Point], method: str, n_min: int = 100, n_max: float = math.inf) -> float:
    """Return how the time of a method grows with n: the exponent k in "time is proportional to n to the power of k".

    0 means that the time does not grow, 1 means that it grows in proportion to n. The exponent comes from a least
    squares fit to the logarithms. For select and poll it is often above 1 at thousands of descriptors. A likely cause
    is the processor's cache, but nothing here measures that.

    Args:
        points: the points of a sweep.
        method: the method whose points are used.
        n_min: the smallest n that is used.
        n_max: the largest n that is used.

    Raises:
        UserError: There are no points with two different n.
    """
    chosen = [p for p in points if p.method == method and n_min <= p.n <= n_max]
    xs, ys = [math.log(p.n) for p in chosen], [math.log(p.seconds) for p in chosen]
    if len(set(xs)) < 2:
        raise UserError(
            _("A growth_exponent needs points of {method} at two n from {n} on, or more.").format(
                method=method, n=n_min
            )
        )
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def ratio(points: Iterable[Point], a: str, b: str, n: int) -> float:
    """Return the time of method `a` divided by the time of method `b`, both for `n` descriptors.

    Raises:
        UserError: One of the two points is missing.
    """
    points = list(points)
    try:
        first, second = (select_points(points, method=method, n=n)[0] for method in (a, b))
    except IndexError:
        raise UserError(_("There is no point of {a} and {b} at n = {n}.").format(a=a, b=b, n=n)) from None
    return first.seconds / second.seconds


def crossover(xs: Sequence[float], ys_a: Sequence[float], ys_b: Sequence[float]) -> float | None:
    """Return the x at which two curves cross for the first time, or None if they do not cross.

    The curves are straight between two points, as charts with linear scales draw them.

    Args:
        xs: the x values of both curves.
        ys_a: the y values of the first curve.
        ys_b: the y values of the second curve.
    """
    gaps = [a - b for a, b in zip(ys_a, ys_b, strict=True)]
    for i, (left, right) in enumerate(pairwise(gaps)):
        if left == 0:
            return xs[i]
        if left * right <= 0:
            return xs[i] + (xs[i + 1] - xs[i]) * left / (left - right)
    return None


def ready_share_crossover(points: Iterable[Point]) -> float | None:
    """Return the percentage of ready descriptors above which poll is cheaper than epoll, or None if there is none.

    Args:
        points: points of the list of cases "shares", or of one like it.
    """
    poll, epoll = (select_points(points, method=method) for method in ("poll", "epoll"))
    return crossover(
        [100 * p.ready / p.n for p in poll], [p.microseconds for p in poll], [p.microseconds for p in epoll]
    )


def churn_crossover(points: Iterable[Point], method: str) -> float | None:
    """Return the share of descriptors above which epoll costs more than poll, if epoll registers them before each wait.

    Args:
        points: points of the list of cases "churn", or of one like it.
        method: how epoll registers the descriptors again: "epoll-mod" or "epoll-del-add".

    Returns:
        The share in percent; None if there is no such share.
    """
    [poll], churned = select_points(points, method="poll"), select_points(points, method=method)
    levels = [poll.microseconds] * len(churned)
    return crossover([100 * p.churn for p in churned], [p.microseconds for p in churned], levels)


def cost_breakdown(points: Iterable[Point]) -> dict[str, float]:
    """Return what the parts of one poll without a time limit cost, if the last descriptor is the ready one.

    Args:
        points: the points of the list of cases "parts".

    Returns:
        Seconds for each part: "copy" (the system call and the copy of the array), "scan" (of the descriptors), and
            "queues" (the wait queues).
    """
    polls = {(p.method, p.blocking): p.seconds for p in points}
    copy, scan, whole = polls["poll-empty", False], polls["poll", False], polls["poll", True]
    return {"copy": copy, "scan": scan - copy, "queues": whole - scan}

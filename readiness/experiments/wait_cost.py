"""Measure what one wait costs, in a worker process with a single thread.

This module has the sweep, its points, and the arithmetic on points. The cases are in `wait_cost_cases`, and the timing
of one case is in `wait_cost_worker`. It draws nothing.
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
)


@dataclass(frozen=True, kw_only=True)
class Point(BenchmarkCase):
    """A case with its measured times.

    Attributes:
        seconds: seconds for one call: the median of all batches.
        spread: half the width of the median's 95 % interval, as a share of the median.
        batches: the number of batches.
        calls: the number of calls in one batch.
        elapsed: seconds since the worker began.
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
    """An iterator over the points of a sweep, in the order in which they are timed; also a context manager.

    The worker ends at once with the ``with`` block, with `close`, with the last reference to the sweep, or with any
    exception in the iteration.
    """

    def __init__(self, cases: Iterable[BenchmarkCase]) -> None:
        cases = list(cases)
        for case in cases:
            _check(case)
        self._worker = Worker("readiness.experiments.wait_cost_worker")
        self._messages = iter(self._worker)
        self._worker.send({"cases": [asdict(case) for case in cases]})

    @property
    def pid(self) -> int:
        """The id of the worker's process."""
        return self._worker.pid

    @property
    def alive(self) -> bool:
        """Whether the worker's process still runs."""
        return self._worker.alive

    def __iter__(self) -> Iterator[Point]:
        return self

    def __next__(self) -> Point:
        try:
            return Point(**next(self._messages))
        except ValueError as error:  # another thread has closed the pipe, or the worker has sent a UserError
            self.close()
            if isinstance(error, UserError):
                raise
            raise StopIteration from None
        except BaseException:  # the end of the iteration, or an interrupt
            self.close()
            raise

    def close(self) -> None:
        """End the worker at once. A second call does nothing, and any thread may call it."""
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
    """Time the cases in a worker process, and return an iterator over their points.

    Neighbouring cases with the same descriptors take turns, batch by batch. Each batch takes about 150 µs. A point is
    the median of at least 7 batches, and of more until the median is known to ±5 %. A call is one ctypes call with
    arguments that were made before. Python adds about 0.15 µs to a call, and 0.25 µs to one of select, which needs a
    new bitmap each time.

    Raises:
        UserError: There is no such method or kind on this system, or the hard limit allows fewer descriptors. The
            iteration may raise it as well.
    """
    return Sweep(cases)


def recorded_points(name: str = "standard") -> list[Point]:
    """Return the points that a Linux machine recorded for one of the `CASE_LISTS`, such as "standard"."""
    return [Point(**point) for point in recordings.load(name).data]


def can_measure(name: str) -> bool:
    """Return whether this system can time every method in one of the `CASE_LISTS`."""
    return {point.method for point in recorded_points(name)} <= set(available_methods())


def measure(name: str) -> Iterator[Point]:
    """Time one of the `CASE_LISTS`, or load its recording if this system lacks a method; return the points."""
    return sweep(CASE_LISTS[name]()) if can_measure(name) else iter(recorded_points(name))


def provenance(name: str) -> str:
    """Return a sentence that says where the points of `measure` come from."""
    if can_measure(name):
        return _("Measured on this machine, just now.")
    return _("Not to be had on this machine; {machine}.").format(machine=recordings.load(name).origin)


def select_points(points: Iterable[Point], **fields: object) -> list[Point]:
    """Return the points whose fields have the given values, as in ``select_points(points, method="poll", n=1000)``."""
    return [p for p in points if all(getattr(p, name) == value for name, value in fields.items())]


def growth_exponent(points: Iterable[Point], method: str, n_min: int = 100, n_max: float = math.inf) -> float:
    """Return the power of n with which a method's time grows: 0 means not at all, 1 means in proportion.

    It is a least squares fit to the logarithms. It is above 1 if the kernel's objects (250 bytes for an eventfd) do not
    fit into the processor's cache.

    Args:
        points: the points of a sweep.
        method: the method whose points are used.
        n_min: the smallest n that is used.
        n_max: the largest n that is used.

    Raises:
        UserError: There are no points at two different n.
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
    """Return the time of method `a` divided by the time of method `b`, at the same `n`.

    Raises:
        UserError: A point is missing.
    """
    points = list(points)
    try:
        first, second = (select_points(points, method=method, n=n)[0] for method in (a, b))
    except IndexError:
        raise UserError(_("There is no point of {a} and {b} at n = {n}.").format(a=a, b=b, n=n)) from None
    return first.seconds / second.seconds


def crossover(xs: Sequence[float], ys_a: Sequence[float], ys_b: Sequence[float]) -> float | None:
    """Return the first x at which two curves cross, by interpolation; None if they do not cross.

    Args:
        xs: the x of the points of both curves.
        ys_a: the values of the first curve, all above 0.
        ys_b: the values of the second curve, all above 0.
    """
    gaps = [math.log(a / b) for a, b in zip(ys_a, ys_b, strict=True)]
    for i, (left, right) in enumerate(pairwise(gaps)):
        if left == 0:
            return xs[i]
        if left * right <= 0:
            return xs[i] + (xs[i + 1] - xs[i]) * left / (left - right)
    return None


def ready_share_crossover(points: Iterable[Point]) -> float | None:
    """Return the percentage of ready descriptors above which poll is cheaper than epoll; None if there is none.

    Args:
        points: points of cases like those of "shares".
    """
    poll, epoll = (select_points(points, method=method) for method in ("poll", "epoll"))
    return crossover(
        [100 * p.ready / p.n for p in poll], [p.microseconds for p in poll], [p.microseconds for p in epoll]
    )


def churn_crossover(points: Iterable[Point], method: str) -> float | None:
    """Return the percentage of descriptors, registered again before each wait, above which poll is cheaper than epoll.

    Args:
        points: points of cases like those of "churn".
        method: "epoll-mod" or "epoll-del-add".

    Returns:
        The percentage; None if the curves do not cross.
    """
    [poll], churned = select_points(points, method="poll"), select_points(points, method=method)
    levels = [poll.microseconds] * len(churned)
    return crossover([100 * p.churn for p in churned], [p.microseconds for p in churned], levels)


def cost_breakdown(points: Iterable[Point]) -> dict[str, float]:
    """Return what the parts of one blocking poll cost, if the last descriptor is the ready one.

    Args:
        points: the points of "parts".

    Returns:
        Seconds by name: "copy" (with the system call itself), "scan", and "queues" (the wait queues).
    """
    polls = {(p.method, p.blocking): p.seconds for p in points}
    copy, scan, whole = polls["poll-empty", False], polls["poll", False], polls["poll", True]
    return {"copy": copy, "scan": scan - copy, "queues": whole - scan}

"""Scan cost: what one wait costs, measured by a single-threaded worker process that streams its points as they come.

Here are the sweep, its points and the arithmetic on them; the words for what can be timed are in `cases`, offered here
too, and how one case is timed is in `scanworker`. It draws nothing.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from readiness.base.messages import UserError, _
from readiness.base.worker import Worker
from readiness.experiments import recordings
from readiness.experiments.wait_cost_cases import (
    LISTS,
    METHODS,
    Case,
    available,
)


@dataclass(frozen=True, kw_only=True)
class Point(Case):
    """A case, timed: ``seconds`` for one call, the median of ``batches`` batches of ``calls`` calls.

    ``spread``: half the width of the median's 95 % interval, as a share of it. ``at``: seconds since the worker began.
    """

    seconds: float
    spread: float
    batches: int
    calls: int
    at: float

    @property
    def us(self) -> float:
        """Microseconds for one call."""
        return self.seconds * 1e6


class Sweep:
    """An iterator over the points of a sweep, in the order in which they are timed; also a context manager.

    Leaving the ``with``, `close`, dropping it, or any exception in the iteration ends the worker at once.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        cases = list(cases)
        for case in cases:
            _check(case)
        self._worker = Worker("readiness.experiments.wait_cost_worker")
        self._messages = iter(self._worker)
        self._worker.send({"cases": [asdict(case) for case in cases]})

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._worker.pid

    @property
    def alive(self) -> bool:
        return self._worker.alive

    def __iter__(self) -> Iterator[Point]:
        return self

    def __next__(self) -> Point:
        try:
            return Point(**next(self._messages))
        except ValueError as error:  # its pipe was closed by another thread, or the worker refuses
            self.close()
            if isinstance(error, UserError):
                raise
            raise StopIteration from None
        except BaseException:  # its end; an interrupt
            self.close()
            raise

    def close(self) -> None:
        """End the worker at once; safe to call twice, and from another thread."""
        self._worker.close()

    def __enter__(self) -> "Sweep":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_worker"):
            self.close()


def _check(case: Case) -> None:
    if case.method not in METHODS:
        raise UserError(
            _("There is no method {method!r}: choose among {methods}.").format(
                method=case.method, methods=", ".join(METHODS)
            )
        )
    if case.method not in available():
        raise UserError(
            _("{method} can't be timed on this system: scancost.recorded_points() has points of a Linux one.").format(
                method=case.method
            )
        )


def sweep(cases: Iterable[Case]) -> Sweep:
    """Time the cases in a worker process of its own; iterate over the result for its points.

    Cases that follow each other with the same descriptors are interleaved, batch by batch. Each batch takes about
    150 µs; a point is the median of at least 7, and of more until the median is known to ±5 %. A call is one ctypes
    call with arguments made beforehand: Python adds about 0.15 µs to each, select's fresh bitmap included 0.25.
    UserError: a method or a kind that is not here, more descriptors than the hard limit allows.
    """
    return Sweep(cases)


def recorded_points(name: str = "standard") -> list[Point]:
    """The points of a list of cases as recorded on a Linux machine: "standard", "parts", "shares", "positions",
    "table_63_9", "churn", "writers", "doubled", "sparse"."""
    return [Point(**point) for point in recordings.load(name).data]


def measurable(name: str) -> bool:
    """Whether every method of a named list can be timed on this system."""
    return {point.method for point in recorded_points(name)} <= set(available())


def measure(name: str) -> Iterator[Point]:
    """The points of a named list as they come: timed here, or the recorded ones where a method is missing."""
    return sweep(LISTS[name]()) if measurable(name) else iter(recorded_points(name))


def source(name: str) -> str:
    """Where the points of `measure` come from, in words."""
    if measurable(name):
        return _("Measured on this machine, just now.")
    return _("Not to be had on this machine; {machine}.").format(machine=recordings.load(name).origin)


def find(points: Iterable[Point], **fields: Any) -> list[Point]:
    """The points whose fields have these values: ``find(points, method="poll", n=1000)``."""
    return [p for p in points if all(getattr(p, name) == value for name, value in fields.items())]


def slope(points: Iterable[Point], method: str, n_min: int = 100, n_max: float = math.inf) -> float:
    """By which power of n a method's time grows, by least squares on logarithms, from ``n_min`` on: 0 is flat.

    Above 1 at the far end, where the kernel's objects no longer fit the processor's cache (250 bytes for an eventfd).
    """
    chosen = [p for p in points if p.method == method and n_min <= p.n <= n_max]
    xs, ys = [math.log(p.n) for p in chosen], [math.log(p.seconds) for p in chosen]
    if len(set(xs)) < 2:
        raise UserError(
            _("A slope needs points of {method} at two n from {n} on, or more.").format(method=method, n=n_min)
        )
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def ratio(points: Iterable[Point], a: str, b: str, n: int) -> float:
    """How many times longer method ``a`` takes than ``b`` at ``n``."""
    points = list(points)
    try:
        first, second = (find(points, method=method, n=n)[0] for method in (a, b))
    except IndexError:
        raise UserError(_("There is no point of {a} and {b} at n = {n}.").format(a=a, b=b, n=n)) from None
    return first.seconds / second.seconds


def crossover(xs: Sequence[float], ys_a: Sequence[float], ys_b: Sequence[float]) -> float | None:
    """The first x, interpolated, at which one curve overtakes the other; None if neither does. Values above 0."""
    gaps = [math.log(a / b) for a, b in zip(ys_a, ys_b, strict=True)]
    for i, (left, right) in enumerate(pairwise(gaps)):
        if left == 0:
            return xs[i]
        if left * right <= 0:
            return xs[i] + (xs[i + 1] - xs[i]) * left / (left - right)
    return None


def ready_crossing(points: Iterable[Point]) -> float | None:
    """Of points like those of "shares": from how many percent of ready descriptors on poll is the cheaper one."""
    poll, epoll = (find(points, method=method) for method in ("poll", "epoll"))
    return crossover([100 * p.ready / p.n for p in poll], [p.us for p in poll], [p.us for p in epoll])


def churn_crossing(points: Iterable[Point], method: str) -> float | None:
    """Of points like those of "churn": from how many percent of descriptors registered anew before each wait, by
    "epoll-mod" or "epoll-del-add", poll is the cheaper one."""
    [poll], again = find(points, method="poll"), find(points, method=method)
    return crossover([100 * p.churn for p in again], [p.us for p in again], [poll.us] * len(again))


def cost_parts(points: Iterable[Point]) -> dict[str, float]:
    """Of a blocking poll with the ready one last, the seconds that go into copy (and the call itself), scan, and wait
    queues, from the points of `parts`."""
    polls = {(p.method, p.blocking): p.seconds for p in points}
    copy, scan, whole = polls["poll-empty", False], polls["poll", False], polls["poll", True]
    return {"copy": copy, "scan": scan - copy, "queues": whole - scan}

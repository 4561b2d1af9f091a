"""Scan cost: what one wait costs, measured by a single-threaded worker process that streams its points as they come.

Here are the words for it (`Case`, `Point`), the lists of cases, the sweep, and the arithmetic on its points; how one
case is timed is in `scanworker`. It draws nothing.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from readiness import kernel, limits, recorded
from readiness.descriptors import KINDS, SPARE
from readiness.words import Refusal, _
from readiness.worker import Worker

METHODS = {
    "select": "select",
    "poll": "poll",
    "epoll": "epoll_wait",
    "select-empty": "select",  # an empty bitmap of the same length: system call, copy, skipped words
    "poll-empty": "poll",  # every descriptor -1: system call and copy
    "epoll-mod": "epoll_ctl",  # a share `churn` of the descriptors modified before each wait
    "epoll-del-add": "epoll_ctl",  # the same, deleted and added
    "write": "epoll_wait",  # one write to an eventfd that `n` epoll sets watch
}
"""Each method that can be timed, and the system call that it needs."""

STANDARD = (10, 30, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
SHARES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
CHURN = {
    "epoll-mod": (0.01, 0.02, 0.05, 0.1, 0.15, 0.2),
    "epoll-del-add": (0.0025, 0.005, 0.01, 0.02, 0.03, 0.05),
}


@dataclass(frozen=True)
class Case:
    """One thing to time: ``n`` descriptors of a ``kind``, ``ready`` of them readable, and one way to wait for them.

    ``blocking``: with no time limit instead of a limit of 0; then a random ready one moves all the time.
    ``churn``: the share of the descriptors that is registered anew before each wait (epoll-mod, epoll-del-add).
    For the method "write", ``n`` is the number of epoll sets that watch the one descriptor.
    """

    method: str
    n: int
    ready: int = 1
    where: str = "random"
    blocking: bool = False
    kind: str = KINDS[0]
    churn: float = 0.0
    seed: int = 1


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


def available() -> tuple[str, ...]:
    """The methods that can be timed on this system; the others are in the recorded points (`recorded_points`)."""
    callable_ = {"select"} | {m for m, call in METHODS.items() if kernel.here(call)}  # select.select is everywhere
    return tuple(m for m in METHODS if m in callable_ and (m != "write" or "eventfd" in KINDS))


def most(kind: str = KINDS[0]) -> int:
    """The largest n that a sweep can reach here: its worker raises the soft limit to the hard one."""
    if "poll" not in available():
        return 500  # Windows: select takes no more than 512 (FD_SETSIZE)
    hard = limits.nofile()[1]
    per_item = 1 if kind == "eventfd" else 2
    return 10_000 if hard is None or hard == limits.UNLIMITED else (int(hard) - 4 * SPARE) // per_item


def _here(cases: Iterable[Case]) -> list[Case]:
    methods = available()
    return [case for case in cases if case.method in methods]


def standard(ns: Sequence[int] = STANDARD) -> list[Case]:
    """select, poll and epoll over n, one ready, timeout 0; n ends at what the hard limit allows."""
    reachable = sorted({min(n, most()) for n in ns})
    return _here(Case(method, n) for n in reachable for method in ("select", "poll", "epoll"))


def parts(n: int = 1_000) -> list[Case]:
    """The four experiments that part the cost of one wait callable_ tracing (see `cost_parts`)."""
    return _here(
        [
            Case("poll-empty", n, where="last"),
            Case("select-empty", n, where="last"),
            Case("poll", n, where="last"),
            Case("poll", n, where="last", blocking=True),
        ]
    )


def shares(n: int = 1_000, kind: str = KINDS[0], of: Sequence[float] = SHARES) -> list[Case]:
    """poll and epoll as a growing share of the descriptors is ready."""
    counts = sorted({max(1, round(share * n)) for share in of})
    return _here(Case(method, n, ready=ready, kind=kind) for ready in counts for method in ("poll", "epoll"))


def positions(n: int = 5_000) -> list[Case]:
    """A blocking poll with the ready one first, in the middle, last."""
    return _here(Case("poll", n, where=where, blocking=True) for where in ("first", "middle", "last"))


def table_63_9(ns: Sequence[int] = (10, 100, 1_000, 10_000)) -> list[Case]:
    """The Linux Programming Interface's table: a blocking wait, one random descriptor ready."""
    reachable = sorted({min(n, most()) for n in ns})
    return _here(Case(m, n, blocking=True) for n in reachable for m in ("poll", "select", "epoll"))


TLPI = {
    10: {"poll": 0.61, "select": 0.73, "epoll": 0.41},
    100: {"poll": 2.9, "select": 3.0, "epoll": 0.42},
    1_000: {"poll": 35, "select": 35, "epoll": 0.53},
    10_000: {"poll": 990, "select": 930, "epoll": 0.66},
}
"""Table 63-9 of The Linux Programming Interface: seconds for 100,000 waits, Linux 2.6.25."""


def churn(n: int = 1_000) -> list[Case]:
    """poll, epoll, and epoll with a share of its descriptors registered anew before each wait."""
    again = [Case(method, n, churn=share) for method, shares in CHURN.items() for share in shares]
    return _here([Case("poll", n), Case("epoll", n), *again])


def writers(sets: Sequence[int] = (0, 1, 10, 100, 1_000)) -> list[Case]:
    """One write to an eventfd that so many epoll sets watch."""
    return _here(Case("write", n) for n in sets)


class Sweep:
    """An iterator over the points of a sweep, in the order in which they are timed; also a context manager.

    Leaving the ``with``, `close`, dropping it, or any exception in the iteration ends the worker at once.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        cases = list(cases)
        for case in cases:
            _check(case)
        self._worker = Worker("readiness.scanworker")
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
            if isinstance(error, Refusal):
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
        raise Refusal(
            _("There is no method {method!r}: choose among {methods}.").format(
                method=case.method, methods=", ".join(METHODS)
            )
        )
    if case.method not in available():
        raise Refusal(
            _("{method} can't be timed on this system: scancost.recorded_points() has points of a Linux one.").format(
                method=case.method
            )
        )


def sweep(cases: Iterable[Case]) -> Sweep:
    """Time the cases in a worker process of its own; iterate over the result for its points.

    Cases that follow each other with the same descriptors are interleaved, batch by batch. Each batch takes about
    150 µs; a point is the median of at least 7, and of more until the median is known to ±5 %. A call is one ctypes
    call with arguments made beforehand: Python adds about 0.15 µs to each, select's fresh bitmap included 0.25.
    Refusal: a method or a kind that is not here, more descriptors than the hard limit allows.
    """
    return Sweep(cases)


def recorded_points(name: str = "standard") -> list[Point]:
    """The points of a list of cases as recorded on a Linux machine: "standard", "parts", "shares", "positions",
    "table_63_9", "churn", "writers"."""
    return [Point(**point) for point in recorded.load(name).data]


LISTS = {
    "standard": standard,
    "parts": parts,
    "parts_10000": partial(parts, 10_000),
    "shares": shares,
    **{f"shares_{kind}": partial(shares, kind=kind) for kind in KINDS if kind != "eventfd"},
    "positions": positions,
    "table_63_9": table_63_9,
    "churn": churn,
    "writers": writers,
}
"""The lists of cases by name; `recorded_points` knows each by the same one."""


def _measurable(name: str) -> bool:
    return {point.method for point in recorded_points(name)} <= set(available())


def measure(name: str) -> Iterator[Point]:
    """The points of a named list as they come: timed here, or the recorded ones where a method is missing."""
    return sweep(LISTS[name]()) if _measurable(name) else iter(recorded_points(name))


def source(name: str) -> str:
    """Where the points of `measure` come from, in words."""
    if _measurable(name):
        return _("Measured on this machine, just now.")
    return _("Not to be had on this machine; recorded on {machine}.").format(machine=recorded.load(name).machine)


def find(points: Iterable[Point], **fields: Any) -> list[Point]:
    """The points whose fields have these values: ``find(points, method="poll", n=1000)``."""
    return [p for p in points if all(getattr(p, name) == value for name, value in fields.items())]


def slope(points: Iterable[Point], method: str, n_min: int = 100, n_max: float = math.inf) -> float:
    """By which power of n a method's time grows, by least squares on logarithms, from ``n_min`` on: 0 is flat.

    Above 1 at the far end means that the kernel's objects no longer fit the processor's cache (some 300 bytes each).
    """
    chosen = [p for p in points if p.method == method and n_min <= p.n <= n_max]
    xs, ys = [math.log(p.n) for p in chosen], [math.log(p.seconds) for p in chosen]
    if len(set(xs)) < 2:
        raise Refusal(
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
        raise Refusal(_("There is no point of {a} and {b} at n = {n}.").format(a=a, b=b, n=n)) from None
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


def cost_parts(points: Iterable[Point]) -> dict[str, float]:
    """Of a blocking poll with the ready one last, the seconds that go into copy (and the call itself), scan, and wait
    queues, from the points of `parts`."""
    polls = {(p.method, p.blocking): p.seconds for p in points}
    copy, scan, whole = polls["poll-empty", False], polls["poll", False], polls["poll", True]
    return {"copy": copy, "scan": scan - copy, "queues": whole - scan}

"""The benchmark cases: what can be timed, and the lists of cases that the course uses.

This module knows which methods this system has. The timing is in `wait_cost_worker`, and the points are in `wait_cost`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from readiness.system import limits, syscalls
from readiness.system.descriptors import KINDS, RESERVED_FDS

METHOD_SYSCALLS = {
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

DEFAULT_SIZES = (10, 30, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
READY_SHARES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
CHURN_SHARES = {
    "epoll-mod": (0.01, 0.02, 0.05, 0.1, 0.15, 0.2),
    "epoll-del-add": (0.0025, 0.005, 0.01, 0.02, 0.03, 0.05),
}


@dataclass(frozen=True)
class BenchmarkCase:
    """A case to time: some descriptors, and the method that waits for them.

    Attributes:
        method: a key of `METHOD_SYSCALLS`.
        n: the number of descriptors; for "write" the number of epoll sets that watch one descriptor.
        ready: the number of readable descriptors.
        ready_position: where these are among the others: "first", "middle", "last" or "random".
        blocking: wait without a time limit instead of a limit of 0. A single ready descriptor at a random position
            then changes its position all the time.
        kind: the kind of descriptor, one of `KINDS`.
        churn: the share of the descriptors that is registered again before each wait (epoll-mod, epoll-del-add).
        seed: the seed of random choices.
        max_fd: the descriptors get numbers that are spread evenly up to this one; 0 for the lowest free numbers.
    """

    method: str
    n: int
    ready: int = 1
    ready_position: str = "random"
    blocking: bool = False
    kind: str = KINDS[0]
    churn: float = 0.0
    seed: int = 1
    max_fd: int = 0


def available_methods() -> tuple[str, ...]:
    """Return the methods that can be timed on this system; `wait_cost.recorded_points` has the others."""
    supported = {m for m, call in METHOD_SYSCALLS.items() if syscalls.is_available(call)}
    supported.add("select")  # Python has it on every system
    return tuple(m for m in METHOD_SYSCALLS if m in supported and (m != "write" or "eventfd" in KINDS))


def max_size(kind: str = KINDS[0]) -> int:
    """Return the largest n of a sweep on this system, whose worker raises the soft limit to the hard limit."""
    if "poll" not in available_methods():
        return 500  # on Windows select takes no more than 512 (FD_SETSIZE)
    hard = limits.fd_limits()[1]
    per_item = 1 if kind == "eventfd" else 2
    return 10_000 if hard is None or hard == limits.UNLIMITED else (int(hard) - 4 * RESERVED_FDS) // per_item


def _supported(cases: Iterable[BenchmarkCase]) -> list[BenchmarkCase]:
    methods = available_methods()
    return [case for case in cases if case.method in methods]


def scaling_cases(ns: Sequence[int] = DEFAULT_SIZES) -> list[BenchmarkCase]:
    """Return cases of select, poll and epoll for each n that the hard limit allows: one ready, timeout 0."""
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(method, n) for n in reachable for method in ("select", "poll", "epoll"))


def cost_breakdown_cases(n: int = 1_000) -> list[BenchmarkCase]:
    """Return the four cases that separate the cost of one wait without tracing (see `wait_cost.cost_breakdown`)."""
    n = min(n, max_size())
    return _supported(
        [
            BenchmarkCase("poll-empty", n, ready_position="last"),
            BenchmarkCase("select-empty", n, ready_position="last"),
            BenchmarkCase("poll", n, ready_position="last"),
            BenchmarkCase("poll", n, ready_position="last", blocking=True),
        ]
    )


def ready_share_cases(
    n: int = 1_000, kind: str = KINDS[0], ready_shares: Sequence[float] = READY_SHARES
) -> list[BenchmarkCase]:
    """Return cases of poll and epoll with a growing share of the descriptors ready."""
    n = min(n, max_size(kind))
    counts = sorted({max(1, round(share * n)) for share in ready_shares})
    return _supported(
        BenchmarkCase(method, n, ready=ready, kind=kind) for ready in counts for method in ("poll", "epoll")
    )


def ready_position_cases(n: int = 5_000) -> list[BenchmarkCase]:
    """Return three cases of a blocking poll: the ready descriptor is the first, the middle, the last one."""
    n = min(n, max_size())
    return _supported(
        BenchmarkCase("poll", n, ready_position=position, blocking=True) for position in ("first", "middle", "last")
    )


def table_63_9_cases(ns: Sequence[int] = (10, 100, 1_000, 10_000)) -> list[BenchmarkCase]:
    """Return the cases of table 63-9 in The Linux Programming Interface: a blocking wait, one random ready."""
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(m, n, blocking=True) for n in reachable for m in ("poll", "select", "epoll"))


TLPI_TABLE_63_9 = {
    10: {"poll": 0.61, "select": 0.73, "epoll": 0.41},
    100: {"poll": 2.9, "select": 3.0, "epoll": 0.42},
    1_000: {"poll": 35, "select": 35, "epoll": 0.53},
    10_000: {"poll": 990, "select": 930, "epoll": 0.66},
}
"""Table 63-9 of The Linux Programming Interface, measured on Linux 2.6.25: seconds for 100,000 waits, by n."""


def churn_cases(n: int = 1_000) -> list[BenchmarkCase]:
    """Return cases of poll, epoll, and epoll with a share of its descriptors registered again before each wait."""
    n = min(n, max_size())
    churned = [BenchmarkCase(method, n, churn=share) for method, shares in CHURN_SHARES.items() for share in shares]
    return _supported([BenchmarkCase("poll", n), BenchmarkCase("epoll", n), *churned])


def watcher_count_cases(sets: Sequence[int] = (0, 1, 10, 100, 1_000)) -> list[BenchmarkCase]:
    """Return a case of one write to an eventfd for each number of epoll sets that watch it."""
    return _supported(BenchmarkCase("write", n) for n in sorted({min(n, max_size()) for n in sets}))


def doubling_cases(ns: Sequence[int] = (500, 1_000, 2_000, 4_000)) -> list[BenchmarkCase]:
    """Return cases of poll and select for each n, which doubles: one descriptor ready, timeout 0."""
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(method, n) for n in reachable for method in ("poll", "select"))


def sparse_fd_cases(numbers: Sequence[int] = (100, 1_000, 2_000, 5_000, 10_000), n: int = 10) -> list[BenchmarkCase]:
    """Return cases of poll and select on a few descriptors with higher and higher numbers: one ready, timeout 0."""
    reachable = sorted({min(number, max_size()) for number in numbers})
    return _supported(BenchmarkCase(method, n, max_fd=number) for number in reachable for method in ("poll", "select"))


CASE_LISTS: dict[str, Callable[[], list[BenchmarkCase]]] = {
    "standard": scaling_cases,
    "parts": cost_breakdown_cases,
    "parts_10000": partial(cost_breakdown_cases, 10_000),
    "shares": ready_share_cases,
    **{f"shares_{kind}": partial(ready_share_cases, kind=kind) for kind in KINDS if kind != "eventfd"},
    "positions": ready_position_cases,
    "table_63_9": table_63_9_cases,
    "churn": churn_cases,
    "writers": watcher_count_cases,
    "doubled": doubling_cases,
    "sparse": sparse_fd_cases,
}
"""Functions that return the lists of cases, by name. A recording has the name of its list."""

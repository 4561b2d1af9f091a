"""The benchmark cases: the waits that can be timed, and the lists of cases that the course uses.

A benchmark case names a method, such as poll, and describes the descriptors that the method waits for. This module also
finds out which methods this system has. `wait_cost_worker` times the cases, and `wait_cost` returns the results.
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
    "select-empty": "select",  # an empty bitmap of the same length: costs the system call, the copy, the skipped words
    "poll-empty": "poll",  # every descriptor is -1: costs the system call and the copy
    "epoll-mod": "epoll_ctl",  # the share `churn` of the descriptors is modified before each wait
    "epoll-del-add": "epoll_ctl",  # the share `churn` of the descriptors is deleted and added again before each wait
    "write": "epoll_wait",  # one write to an eventfd, which `n` epoll sets watch
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
    """One wait to be timed: a method, and the descriptors that it waits for.

    Attributes:
        method: a key of `METHOD_SYSCALLS`.
        n: the number of descriptors. With the method "write", the number of epoll sets that watch one descriptor.
        ready: the number of descriptors that are ready for reading.
        ready_position: where the ready descriptors are among the `n`: "first", "middle", "last" or "random".
        blocking: True to wait without a time limit, False to wait with a limit of 0. If a case with a single ready
            descriptor is blocking and its position is "random", the position changes during the measurement.
        kind: the kind of descriptor, one of `KINDS`.
        churn: the share of the descriptors (0 to 1) that is registered again before each wait, with the methods
            "epoll-mod" and "epoll-del-add".
        seed: the seed for the random choices.
        max_fd: the highest descriptor number. The numbers of the `n` descriptors are spread evenly up to it. 0 means
            the lowest free numbers.
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
    """Return the names of the methods that this system can time, in the order of `METHOD_SYSCALLS`."""
    supported = {m for m, call in METHOD_SYSCALLS.items() if syscalls.is_available(call)}
    supported.add("select")  # Python has it on every system
    return tuple(m for m in METHOD_SYSCALLS if m in supported and (m != "write" or "eventfd" in KINDS))


def max_size(kind: str = KINDS[0]) -> int:
    """Return the largest number of descriptors that a benchmark case can have on this system.

    The hard limit RLIMIT_NOFILE decides, because the worker process raises its soft limit to it. Without a hard limit
    the result is 10,000, and on Windows it is 500.

    Args:
        kind: the kind of descriptor, one of `KINDS`. All kinds but "eventfd" take two descriptors for each one that is
            watched.
    """
    if "poll" not in available_methods():
        return 500  # on Windows select takes no more than 512 (FD_SETSIZE)
    hard = limits.fd_limits()[1]
    per_item = 1 if kind == "eventfd" else 2
    return 10_000 if hard is None or hard == limits.UNLIMITED else (int(hard) - 4 * RESERVED_FDS) // per_item


def _supported(cases: Iterable[BenchmarkCase]) -> list[BenchmarkCase]:
    methods = available_methods()
    return [case for case in cases if case.method in methods]


def scaling_cases(ns: Sequence[int] = DEFAULT_SIZES) -> list[BenchmarkCase]:
    """Return one case each of select, poll and epoll for each number of descriptors in `ns`.

    One descriptor is ready, and the time limit is 0. Methods that this system lacks are left out. A number above
    `max_size()` is replaced by `max_size()`.
    """
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(method, n) for n in reachable for method in ("select", "poll", "epoll"))


def cost_breakdown_cases(n: int = 1_000) -> list[BenchmarkCase]:
    """Return four cases that show what the parts of one wait cost (see `wait_cost.cost_breakdown`).

    Each case has `n` descriptors, of which the last one is ready.
    """
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
    """Return cases of poll and epoll in which more and more of the descriptors are ready.

    Args:
        n: the number of descriptors.
        kind: the kind of descriptor, one of `KINDS`.
        ready_shares: the shares of the descriptors that are ready (0 to 1), each for one case of poll and one of epoll.
    """
    n = min(n, max_size(kind))
    counts = sorted({max(1, round(share * n)) for share in ready_shares})
    return _supported(
        BenchmarkCase(method, n, ready=ready, kind=kind) for ready in counts for method in ("poll", "epoll")
    )


def ready_position_cases(n: int = 5_000) -> list[BenchmarkCase]:
    """Return three cases of a poll without a time limit. One of the `n` descriptors is ready: first, middle or last."""
    n = min(n, max_size())
    return _supported(
        BenchmarkCase("poll", n, ready_position=position, blocking=True) for position in ("first", "middle", "last")
    )


def table_63_9_cases(ns: Sequence[int] = (10, 100, 1_000, 10_000)) -> list[BenchmarkCase]:
    """Return the cases of table 63-9 in The Linux Programming Interface: waits without a time limit.

    There is one case each of poll, select and epoll for each number of descriptors in `ns`. One descriptor at a random
    position is ready.
    """
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(m, n, blocking=True) for n in reachable for m in ("poll", "select", "epoll"))


TLPI_TABLE_63_9 = {
    10: {"poll": 0.61, "select": 0.73, "epoll": 0.41},
    100: {"poll": 2.9, "select": 3.0, "epoll": 0.42},
    1_000: {"poll": 35, "select": 35, "epoll": 0.53},
    10_000: {"poll": 990, "select": 930, "epoll": 0.66},
}
"""Seconds for 100,000 waits, by the number of descriptors and the method.

Source: table 63-9 of The Linux Programming Interface, measured on Linux 2.6.25.
"""


def churn_cases(n: int = 1_000) -> list[BenchmarkCase]:
    """Return cases in which epoll registers a share of its `n` descriptors again before each wait.

    One case of poll and one of epoll without this are added, to compare with. The shares are in `CHURN_SHARES`.
    """
    n = min(n, max_size())
    churned = [BenchmarkCase(method, n, churn=share) for method, shares in CHURN_SHARES.items() for share in shares]
    return _supported([BenchmarkCase("poll", n), BenchmarkCase("epoll", n), *churned])


def watcher_count_cases(sets: Sequence[int] = (0, 1, 10, 100, 1_000)) -> list[BenchmarkCase]:
    """Return cases that time one write to an eventfd, which several epoll sets watch.

    Args:
        sets: for each case, the number of epoll sets.
    """
    return _supported(BenchmarkCase("write", n) for n in sorted({min(n, max_size()) for n in sets}))


def doubling_cases(ns: Sequence[int] = (500, 1_000, 2_000, 4_000)) -> list[BenchmarkCase]:
    """Return one case each of poll and select for each number of descriptors in `ns`.

    One descriptor is ready, and the time limit is 0. By default, each number is twice the number before.
    """
    reachable = sorted({min(n, max_size()) for n in ns})
    return _supported(BenchmarkCase(method, n) for n in reachable for method in ("poll", "select"))


def sparse_fd_cases(numbers: Sequence[int] = (100, 1_000, 2_000, 5_000, 10_000), n: int = 10) -> list[BenchmarkCase]:
    """Return cases of poll and select on a few descriptors that have higher and higher numbers.

    One descriptor is ready, and the time limit is 0.

    Args:
        numbers: the highest descriptor number of each pair of cases.
        n: the number of descriptors.
    """
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
"""A function for each list of benchmark cases, by the name of the list. The recording of the list has the same name."""

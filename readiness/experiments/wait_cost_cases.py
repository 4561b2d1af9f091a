"""Cases: the words for what can be timed, and the lists of it that the course uses.

Which of them can be timed on this system is known here; the timing is in `scanworker`, the points in `scancost`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from readiness.system import limits, syscalls
from readiness.system.descriptors import KINDS, RESERVED_FDS

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
    ``highest``: the descriptors get numbers spread evenly up to this one; 0: the lowest that are free.
    """

    method: str
    n: int
    ready: int = 1
    where: str = "random"
    blocking: bool = False
    kind: str = KINDS[0]
    churn: float = 0.0
    seed: int = 1
    highest: int = 0


def available() -> tuple[str, ...]:
    """The methods that can be timed on this system; the others are in `scancost.recorded_points`."""
    callable_here = {"select"} | {
        m for m, call in METHODS.items() if syscalls.is_available(call)
    }  # select.select is everywhere
    return tuple(m for m in METHODS if m in callable_here and (m != "write" or "eventfd" in KINDS))


def most(kind: str = KINDS[0]) -> int:
    """The largest n that a sweep can reach here: its worker raises the soft limit to the hard one."""
    if "poll" not in available():
        return 500  # Windows: select takes no more than 512 (FD_SETSIZE)
    hard = limits.fd_limits()[1]
    per_item = 1 if kind == "eventfd" else 2
    return 10_000 if hard is None or hard == limits.UNLIMITED else (int(hard) - 4 * RESERVED_FDS) // per_item


def _here(cases: Iterable[Case]) -> list[Case]:
    methods = available()
    return [case for case in cases if case.method in methods]


def standard(ns: Sequence[int] = STANDARD) -> list[Case]:
    """select, poll and epoll over n, one ready, timeout 0; n ends at what the hard limit allows."""
    reachable = sorted({min(n, most()) for n in ns})
    return _here(Case(method, n) for n in reachable for method in ("select", "poll", "epoll"))


def parts(n: int = 1_000) -> list[Case]:
    """The four experiments that part the cost of one wait without tracing (see `scancost.cost_parts`)."""
    n = min(n, most())
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
    n = min(n, most(kind))
    counts = sorted({max(1, round(share * n)) for share in of})
    return _here(Case(method, n, ready=ready, kind=kind) for ready in counts for method in ("poll", "epoll"))


def positions(n: int = 5_000) -> list[Case]:
    """A blocking poll with the ready one first, in the middle, last."""
    n = min(n, most())
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
    n = min(n, most())
    again = [Case(method, n, churn=share) for method, shares in CHURN.items() for share in shares]
    return _here([Case("poll", n), Case("epoll", n), *again])


def writers(sets: Sequence[int] = (0, 1, 10, 100, 1_000)) -> list[Case]:
    """One write to an eventfd that so many epoll sets watch."""
    return _here(Case("write", n) for n in sorted({min(n, most()) for n in sets}))


def doubled(ns: Sequence[int] = (500, 1_000, 2_000, 4_000)) -> list[Case]:
    """poll and select, each n twice the one before; one ready, timeout 0."""
    reachable = sorted({min(n, most()) for n in ns})
    return _here(Case(method, n) for n in reachable for method in ("poll", "select"))


def sparse(numbers: Sequence[int] = (100, 1_000, 2_000, 5_000, 10_000), n: int = 10) -> list[Case]:
    """poll and select on a few descriptors whose numbers reach up and up; one ready, timeout 0."""
    reachable = sorted({min(number, most()) for number in numbers})
    return _here(Case(method, n, highest=number) for number in reachable for method in ("poll", "select"))


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
    "doubled": doubled,
    "sparse": sparse,
}
"""The lists of cases by name; each is recorded by the same one."""

"""Stand-ins of lab 07: its comparison of two calls, as the lab's text says. And what its checks use."""

from collections.abc import Callable, Iterable
from typing import Any


def cheaper(measure: Callable[[int], tuple[float, float]], ready: int) -> str:
    """Return "poll" or "epoll": the one whose smallest time of three is smaller."""
    poll, epoll = zip(*(measure(ready) for _ in range(3)), strict=True)
    return "poll" if min(poll) < min(epoll) else "epoll"


def noting(sweep: Callable[..., Any], cases: list[Any]) -> Callable[..., Any]:
    """Return a `sweep` that adds each case that it is to measure to the list `cases`."""

    def noted(*asked: Iterable[Any]) -> Any:
        lists = [list(each) for each in asked]
        cases.extend(case for each in lists for case in each)
        return sweep(*lists)

    return noted

"""Stand-ins of lab 07: its comparison of two calls, as the lab's text says. And what its checks use."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any


def cheaper(measure: Callable[[int], tuple[float, float]], ready: int) -> str:
    """Return "poll" or "epoll": the one whose smallest time of three is smaller."""
    poll, epoll = zip(*(measure(ready) for _ in range(3)), strict=True)
    return "poll" if min(poll) < min(epoll) else "epoll"


def noting(sweep: Callable[..., Any], cases: list[Any]) -> Callable[..., Any]:
    """Return a `sweep` that adds each case that it is to measure to the list `cases`."""

    def noted(*asked: Any) -> Any:
        lists = [list(each) if isinstance(each, Iterable) else each for each in asked]
        cases.extend(case for each in lists if isinstance(each, list) for case in each)
        return sweep(*lists)

    return noted


def counting(cheaper: Callable[..., str], calls: Counter[int], inside: list[int]) -> Callable[..., str]:
    """Return a `cheaper` that adds to `inside`, for each call, by how many measurements `calls` grew."""

    @functools.wraps(cheaper)
    def counted(*args: Any, **options: Any) -> str:
        before = calls.total()
        try:
            return cheaper(*args, **options)
        finally:
            inside.append(calls.total() - before)

    return counted

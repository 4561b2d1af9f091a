"""Stand-ins of lab 07: its comparison of two calls. The lab's text says what it must do."""

from collections.abc import Callable


def cheaper(measure: Callable[[int], tuple[float, float]], ready: int) -> str:
    """Return "poll" or "epoll": the one whose smallest time of three is smaller."""
    poll, epoll = zip(*(measure(ready) for _ in range(3)), strict=True)
    return "poll" if min(poll) < min(epoll) else "epoll"

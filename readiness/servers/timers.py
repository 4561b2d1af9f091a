"""Timers: a heap of what is to be done when, and how long a wait may sleep until then.

They start nothing by themselves: a loop asks `timeout` before its wait, and calls `run` after it.
"""

import heapq
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any


class Timer:
    """One deed at one time. `cancel` makes it do nothing."""

    __slots__ = ("deed", "given", "when")

    def __init__(self, when: float, deed: Callable[..., None], given: tuple) -> None:
        self.when, self.deed, self.given = when, deed, given


class Timers:
    """Deeds by time, the next one first. Cancelled ones stay in the heap until they are half of it."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = count()  # of two that are due at the same time, the older one is first
        self._cancelled = 0

    def after(self, seconds: float, deed: Callable[..., None], *given: Any) -> Timer:
        """Have `deed(*given)` called by the first `run` that comes `seconds` from now or later."""
        timer = Timer(monotonic() + seconds, deed, given)
        heapq.heappush(self._heap, (timer.when, next(self._number), timer))
        return timer

    def cancel(self, timer: Timer) -> None:
        if timer.deed is None:
            return
        timer.deed, timer.given = None, ()  # what it held may go now
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):  # many came and went: don't keep them all
            self._heap = [entry for entry in self._heap if entry[2].deed is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def timeout(self) -> float | None:
        """Seconds until the next one is due, never below 0; None if there is none: wait for ever."""
        return max(0.0, self._heap[0][0] - monotonic()) if self._heap else None

    def run(self) -> None:
        """Do what is due."""
        now = monotonic()
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            deed, given = timer.deed, timer.given
            if deed is None:
                self._cancelled -= 1
            else:
                timer.deed, timer.given = None, ()
                deed(*given)

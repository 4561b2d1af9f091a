"""Timers for an event loop: a heap of callbacks, ordered by deadline.

Nothing runs by itself: a loop calls `next_timeout` before its wait, and `run_due` after the wait.
"""

import heapq
from collections.abc import Callable
from itertools import count
from time import monotonic


class Timer:
    """One callback and its deadline. A cancelled timer does nothing."""

    __slots__ = ("args", "callback", "deadline")

    def __init__(self, deadline: float, callback: Callable[..., None], args: tuple[object, ...]) -> None:
        self.deadline, self.args = deadline, args
        self.callback: Callable[..., None] | None = callback  # None: the timer was cancelled, or has run


class Timers:
    """A heap of timers, the next one first. Cancelled timers stay in the heap until they are more than half of it."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._sequence = count()  # ties are broken by insertion order
        self._cancelled = 0

    def call_later(self, seconds: float, callback: Callable[..., None], *args: object) -> Timer:
        """Call `callback(*args)` in the first `run_due` after `seconds` seconds. Return the timer, for `cancel`."""
        timer = Timer(monotonic() + seconds, callback, args)
        heapq.heappush(self._heap, (timer.deadline, next(self._sequence), timer))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Cancel `timer`. Do nothing if `timer` is None, was cancelled before, or has run."""
        if timer is None or timer.callback is None:
            return
        timer.callback, timer.args = None, ()  # free what they refer to
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):  # else the heap might grow without a limit
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_timeout(self) -> float | None:
        """Return the seconds until the next timer is due, never below 0. Return None if there is no timer."""
        return max(0.0, self._heap[0][0] - monotonic()) if self._heap else None

    def run_due(self) -> None:
        """Run the callbacks of all timers that are due."""
        now = monotonic()
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            callback, args = timer.callback, timer.args
            if callback is None:
                self._cancelled -= 1
            else:
                timer.callback, timer.args = None, ()
                callback(*args)

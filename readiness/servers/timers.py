"""Timers for an event loop: a timer is a callback and the time at which the loop calls it.

The timers need no thread and no signal. In each iteration the loop calls `next_timeout`, waits for that time at most,
then calls `run_due`.
"""

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from math import isnan
from time import monotonic

from readiness.base.bounds import bounded_wait
from readiness.base.messages import UserError, _


class Timer:
    """A callback, its arguments, and its deadline in seconds of `time.monotonic`. `Timers.call_later` makes timers."""

    __slots__ = ("args", "callback", "deadline")

    def __init__(self, deadline: float, callback: Callable[..., None], args: tuple[object, ...]) -> None:
        self.deadline, self.args = deadline, args
        self.callback: Callable[..., None] | None = callback  # None: the timer was cancelled, or has run

    @property
    def pending(self) -> bool:
        """True until the timer runs or is cancelled."""
        return self.callback is not None


class Timers:
    """The timers of one event loop, in a heap that is ordered by deadline.

    A cancelled timer stays in the heap for a while. The cancelled timers are removed when there are more than 64 of
    them and they fill more than half of the heap.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._sequence = count()  # ties are broken by insertion order
        self._cancelled = 0

    def call_later(self, seconds: float, callback: Callable[..., None], *args: object) -> Timer:
        """Set a timer: after `seconds` seconds, the next `run_due` calls `callback(*args)`. Return the timer.

        Raises:
            UserError: `seconds` is NaN, which is neither before nor after any other time.
        """
        if isnan(seconds):
            raise UserError(_("A timer can't wait for NaN seconds: choose a number."))
        timer = Timer(monotonic() + seconds, callback, args)
        heapq.heappush(self._heap, (timer.deadline, next(self._sequence), timer))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Cancel `timer`: its callback is not called. Do nothing if `timer` is None or cancelled, or has run."""
        if timer is None or timer.callback is None:
            return
        timer.callback, timer.args = None, ()  # free what they refer to
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):  # else the heap might grow without a limit
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_timeout(self) -> float | None:
        """Return how many seconds the loop may wait until the next deadline. Return None if there is no timer.

        The result is 0 if a deadline has passed. It is at most a day; then the loop only waits again.
        """
        return bounded_wait(self._heap[0][0] - monotonic()) if self._heap else None

    def run_due(self) -> None:
        """Call the callbacks of all timers whose deadline has passed, the earliest deadline first."""
        for callback, args in self.pop_due():
            callback(*args)

    def pop_due(self) -> Iterator[tuple[Callable[..., None], tuple[object, ...]]]:
        """Remove the timers whose deadline has passed. Yield the callback and the arguments of each timer.

        The earliest deadline comes first. This is `run_due` for a loop that handles the errors of callbacks.
        """
        now = monotonic()
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            callback, args = timer.callback, timer.args
            if callback is None:
                self._cancelled -= 1
            else:
                timer.callback, timer.args = None, ()
                yield callback, args

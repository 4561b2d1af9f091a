"""A meter: counts what each wait of a selector costs and brings, in a ring of samples.

It is the only thing that a server's thread and the screen both touch: the thread writes, the screen reads, no lock.
It never prints, draws or decides.
"""

import selectors
from collections.abc import Iterator, Mapping
from time import perf_counter, thread_time
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One wait and the turn of the loop that followed it."""

    at: float  # time.perf_counter() when the wait returned, seconds
    registered: int  # file descriptors registered during the wait
    ready: int  # events that the wait returned
    wait: float  # CPU seconds of this thread inside the wait: sleeping costs nothing, scanning does
    slept: float  # seconds inside the wait in which this thread had no CPU: asleep, for want of anything ready
    callbacks: int  # events that the loop took up before it waited again
    work: float  # CPU seconds of this thread from this wait to the next


class Meter:
    """A ring of the last `capacity` samples, and the number of all that were ever taken.

    One thread writes (`Metered.select`), any thread reads. A slot is filled before the number grows, so a
    reader sees whole samples; one that falls more than `capacity` behind loses the oldest, never a wrong one.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.waits = 0
        self._ring: list[tuple | None] = [None] * capacity

    def record(self, sample: tuple) -> None:
        """Take a sample, as a plain tuple of its fields: it gets its names when it is read."""
        self._ring[self.waits % self.capacity] = sample
        self.waits += 1

    def read(self, seen: int = 0) -> tuple[list[Sample], int]:
        """The samples after the first `seen` ones, oldest first, and the number to pass the next time."""
        end = self.waits
        start = max(seen, end - self.capacity)
        samples = [Sample._make(self._ring[i % self.capacity]) for i in range(start, end)]
        # The writer may have lapped us while we copied: what it has overwritten since is not ours to give.
        lapped = max(0, self.waits - self.capacity - start)
        return samples[lapped:], end

    def wrap(self, selector: selectors.BaseSelector) -> "Metered":
        """The same selector, metered. The code that uses it does not change."""
        return Metered(selector, self)


class _Turn(list):
    """The events of one wait; counts those that the loop takes up."""

    taken = 0

    def __iter__(self) -> Iterator[Any]:
        for event in super().__iter__():
            self.taken += 1
            yield event


class Metered(selectors.BaseSelector):
    """Any selector, with each `select` recorded in a `Meter`. All else is passed on."""

    def __init__(self, selector: selectors.BaseSelector, meter: Meter) -> None:
        self.selector = selector
        self.meter = meter
        self._registered = 0  # descriptors now
        self._turn: _Turn | None = None  # the turn under way
        self._last = (0.0, 0, 0.0, 0.0, 0.0)  # its wait: at, registered, CPU inside, time inside, CPU when it returned

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self.selector.register(fileobj, events, data)
        self._registered += 1
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = self.selector.unregister(fileobj)
        self._registered -= 1
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.selector.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self.selector.get_map()

    def close(self) -> None:
        self.selector.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        asleep = thread_time()
        turn = self._turn
        if turn is not None:  # the last turn is over now: its sample is whole
            at, registered, wait, inside, resumed = self._last
            slept = inside - wait if inside > wait else 0.0
            self.meter.record((at, registered, len(turn), wait, slept, turn.taken, asleep - resumed))
        self._turn = None  # should this wait raise, the last turn is not recorded twice
        registered, entered = self._registered, perf_counter()
        turn = _Turn(self.selector.select(timeout))
        resumed, at = thread_time(), perf_counter()
        self._turn, self._last = turn, (at, registered, resumed - asleep, at - entered, resumed)
        return turn

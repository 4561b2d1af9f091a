"""Measure what each wait of a selector costs and returns, in a ring of samples.

A server's thread writes the samples and the screen reads them, without a lock. This module neither prints nor draws.
"""

import selectors
from collections.abc import Iterator, Mapping
from time import perf_counter, thread_time
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One wait, and the iteration of the loop that followed it."""

    timestamp: float  # time.perf_counter() when the wait returned, seconds
    registered: int  # file descriptors registered during the wait
    ready: int  # events that the wait returned
    cpu_in_select: float  # CPU seconds of this thread inside the wait: sleeping costs nothing, scanning does
    sleep_seconds: float  # seconds inside the wait without CPU: the thread slept, because nothing was ready
    events_handled: int  # events that the loop took up before it waited again
    cpu_after_select: float  # CPU seconds of this thread from this wait to the next


class SelectorMeter:
    """A ring of the last `capacity` samples, and the number of all that were ever recorded.

    One thread writes (`MeteredSelector.select`), any thread reads. A slot is filled before `waits` grows, so a reader
    sees whole samples. A reader that falls more than `capacity` behind loses the oldest ones.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.waits = 0
        self._ring: list[tuple | None] = [None] * capacity

    def record(self, sample: tuple) -> None:
        """Record a sample, as a plain tuple of its fields: it gets their names when it is read."""
        self._ring[self.waits % self.capacity] = sample
        self.waits += 1

    def samples_since(self, cursor: int = 0) -> tuple[list[Sample], int]:
        """Return the samples after the first `cursor` ones, oldest first, and the cursor to pass the next time."""
        end = self.waits
        start = max(cursor, end - self.capacity)
        samples = [Sample._make(self._ring[i % self.capacity]) for i in range(start, end)]
        # The writer may have overwritten the oldest slots during the copy: drop them.
        overwritten = max(0, self.waits - self.capacity - start)
        return samples[overwritten:], end

    def wrap(self, selector: selectors.BaseSelector) -> "MeteredSelector":
        """Return a selector that records the waits of `selector`. The code that uses it does not change."""
        return MeteredSelector(selector, self)


class _CountedEvents(list):
    """The events of one wait; counts those that the loop takes up."""

    handled = 0

    def __iter__(self) -> Iterator[Any]:
        for event in super().__iter__():
            self.handled += 1
            yield event


class MeteredSelector(selectors.BaseSelector):
    """Wrap any selector and record each `select` in a `SelectorMeter`. All other calls are passed on."""

    def __init__(self, selector: selectors.BaseSelector, meter: SelectorMeter) -> None:
        self.selector = selector
        self.meter = meter
        self._registered = 0  # descriptors now
        self._events: _CountedEvents | None = None  # those of the iteration under way
        # Its wait: timestamp, registered, CPU inside, seconds inside, CPU time when it returned.
        self._last = (0.0, 0, 0.0, 0.0, 0.0)

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
        cpu_before = thread_time()
        events = self._events
        if events is not None:  # the last iteration is over now: its sample is complete
            timestamp, registered, cpu, inside, cpu_returned = self._last
            slept = inside - cpu if inside > cpu else 0.0
            self.meter.record(
                (timestamp, registered, len(events), cpu, slept, events.handled, cpu_before - cpu_returned)
            )
        self._events = None  # if this wait raises, the last iteration is not recorded twice
        registered, entered = self._registered, perf_counter()
        events = _CountedEvents(self.selector.select(timeout))
        cpu_returned, timestamp = thread_time(), perf_counter()
        self._events = events
        self._last = (timestamp, registered, cpu_returned - cpu_before, timestamp - entered, cpu_returned)
        return events

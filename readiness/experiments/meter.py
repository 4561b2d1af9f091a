"""Measure each wait of a selector: its sleep, its CPU time and its events. A ring buffer keeps the last samples.

A server's thread writes the samples, and another thread reads them without a lock. This module neither prints nor
draws.
"""

import selectors
from collections.abc import Iterator, Mapping
from time import perf_counter, thread_time
from typing import Any, NamedTuple

MIN_SLEEP = 1e-4  # seconds without the CPU: a shorter time is an interruption, and the wait has not slept


class Sample(NamedTuple):
    """The measurements of one wait in `select`, and of what the loop did after that wait.

    Attributes:
        timestamp: when the wait returned (`time.perf_counter`), in seconds.
        registered: the number of descriptors that were registered during the wait.
        ready: the number of events that the wait returned.
        cpu_in_select: CPU seconds that the thread used inside the wait. Scanning descriptors uses CPU time, sleeping
            does not.
        sleep_seconds: seconds that the thread slept inside the wait, because no descriptor was ready.
        events_handled: the number of these events that the loop handled before its next wait.
        cpu_after_select: CPU seconds that the thread used between this wait and the next.
    """

    timestamp: float
    registered: int
    ready: int
    cpu_in_select: float
    sleep_seconds: float
    events_handled: int
    cpu_after_select: float

    @property
    def slept(self) -> bool:
        """Whether the thread slept in this wait. If not, the wait has found something ready at once."""
        return self.sleep_seconds > MIN_SLEEP


SampleFields = tuple[float, int, int, float, float, int, float]
"""The fields of a `Sample`, in the same order, as a plain tuple. To create one takes a sixth of the time."""


class SelectorMeter:
    """A ring buffer that holds the last samples of a selector.

    One thread writes the samples (`MeteredSelector.select`), and any thread may read them. The writer fills a slot
    before it increments `waits`, so a reader never sees half a sample. A reader that is more than `capacity` samples
    behind loses the oldest ones.

    Attributes:
        capacity: the number of samples that the buffer holds.
        waits: the number of samples that have been recorded since the start.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.waits = 0
        self._ring: list[SampleFields] = [(0.0, 0, 0, 0.0, 0.0, 0, 0.0)] * capacity

    def record(self, sample: SampleFields) -> None:
        """Store one sample, given as a plain tuple. `samples_since` converts it to a `Sample`."""
        self._ring[self.waits % self.capacity] = sample
        self.waits += 1

    def samples_since(self, cursor: int = 0) -> tuple[list[Sample], int]:
        """Return the samples that a reader has not read yet, the oldest first.

        Args:
            cursor: the second value that the last call returned; 0 in the first call.

        Returns:
            The new samples, and the cursor for the next call.
        """
        end = self.waits
        start = max(cursor, end - self.capacity)
        samples = [Sample._make(self._ring[i % self.capacity]) for i in range(start, end)]
        # The writer may have overwritten the oldest slots during the copy, so drop what was in them.
        overwritten = max(0, self.waits - self.capacity - start)
        return samples[overwritten:], end

    def wrap(self, selector: selectors.BaseSelector) -> "MeteredSelector":
        """Return a selector that works like `selector`, and also records each of its waits in this meter."""
        return MeteredSelector(selector, self)


Event = tuple[selectors.SelectorKey, int]
"""The item that `select` returns for each ready descriptor: the descriptor's key, and the mask of ready events."""


class _Wait(list[Event]):
    """The events that one wait returned, and the times of that wait. A loop over the events counts the handled ones."""

    __slots__ = ("cpu_returned_at", "cpu_seconds", "handled", "registered", "returned_at", "sleep_seconds")

    returned_at: float  # time.perf_counter(), seconds
    registered: int  # file descriptors
    cpu_seconds: float  # inside the wait
    sleep_seconds: float  # inside the wait
    cpu_returned_at: float  # time.thread_time(), seconds
    handled: int  # events

    def __iter__(self) -> Iterator[Event]:
        for event in super().__iter__():
            self.handled += 1
            yield event


class MeteredSelector(selectors.BaseSelector):
    """A selector that passes each call on to another selector, and records each `select` in a `SelectorMeter`."""

    def __init__(self, selector: selectors.BaseSelector, meter: SelectorMeter) -> None:
        self.selector = selector
        self.meter = meter
        self._registered = 0  # descriptors now
        self._last: _Wait | None = None  # the wait whose events the loop handles now

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

    def select(self, timeout: float | None = None) -> list[Event]:
        cpu_entered = thread_time()
        last = self._last
        if last is not None:  # its iteration is over now, so its sample is complete
            cpu_after = cpu_entered - last.cpu_returned_at
            self.meter.record(
                (
                    last.returned_at,
                    last.registered,
                    len(last),
                    last.cpu_seconds,
                    last.sleep_seconds,
                    last.handled,
                    cpu_after,
                )
            )
        self._last = None  # if this wait raises, the last one is not recorded twice
        registered, entered = self._registered, perf_counter()
        wait = _Wait(self.selector.select(timeout))
        cpu_returned, returned = thread_time(), perf_counter()
        wait.returned_at, wait.registered, wait.handled = returned, registered, 0
        wait.cpu_seconds, wait.cpu_returned_at = cpu_returned - cpu_entered, cpu_returned
        slept = returned - entered - wait.cpu_seconds
        wait.sleep_seconds = slept if slept > 0 else 0.0
        self._last = wait
        return wait

"""The history of a server's waits (their cost and their events), and the two charts that show it.

A wait is one call of a selector's `select`.
"""

import selectors
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from math import log10, nan
from statistics import median
from typing import NamedTuple

from readiness.base.messages import _
from readiness.experiments.meter import Sample
from readiness.graphics.charts import METHOD_STYLES, Scale
from readiness.graphics.live_chart import LiveChart, Plot, Series

BACKENDS = {
    name: getattr(selectors, kind)
    for name, kind in {"select": "SelectSelector", "poll": "PollSelector", "epoll": "EpollSelector"}.items()
    if hasattr(selectors, kind)
}
WINDOW_SECONDS = 20.0  # the time that the timeline chart shows
BIN_SECONDS = 0.25  # the time that one of its points stands for


class WaitSummary(NamedTuple):
    """The waits of `BIN_SECONDS` seconds, as one point of the timeline.

    Attributes:
        at: the time of the point, in seconds of time.perf_counter().
        backend: the name of the backend that waited, such as "epoll".
        registered: the number of descriptors that were registered in the last wait.
        ready: the mean number of callbacks that were ready after a wait.
        cpu_us: the median CPU time inside a wait, in microseconds.
    """

    at: float  # seconds, by time.perf_counter
    backend: str
    registered: int  # descriptors, in the last wait
    ready: float  # the mean number of callbacks ready in a wait
    cpu_us: float  # the median CPU time inside a wait, in microseconds


class WaitHistory:
    """The last waits of a server, in a form that two charts can show.

    One chart shows the waits over time. The other shows the cost of each wait against the number of descriptors, for
    each backend. Only a limited number of waits is kept.

    Attributes:
        timeline: a summary of the waits for each `BIN_SECONDS` seconds, the oldest first.
    """

    def __init__(self) -> None:
        self.timeline: deque[WaitSummary] = deque(maxlen=int(WINDOW_SECONDS / BIN_SECONDS))
        self._scatter: dict[tuple[str, int], deque[Sample]] = defaultdict(lambda: deque(maxlen=8))
        self._pending: list[Sample] = []

    def add(self, backend: str, samples: list[Sample]) -> None:
        """Add `samples`: one for each wait that the server has made with `backend` since the last call."""
        for sample in samples:
            # Twelve bins per decade, the latest waits of each: thousands of connects don't push the others out.
            bin_number = round(12 * log10(max(1, sample.registered)))
            self._scatter[backend, bin_number].append(sample)
        self._pending += samples
        now = time.perf_counter()
        if self._pending and (not self.timeline or now - self.timeline[-1].at >= BIN_SECONDS):
            pending, self._pending = self._pending, []
            ready = sum(s.ready for s in pending) / len(pending)
            cpu_us = median(s.cpu_in_select for s in pending) * 1e6
            self.timeline.append(WaitSummary(now, backend, pending[-1].registered, ready, cpu_us))

    def cost_points(self, backend: str) -> tuple[list[float], list[float]]:
        """Return the points of one backend for the cost chart.

        Returns:
            Two lists with an item for each kept wait: the number of registered descriptors, and the CPU time inside the
            wait in microseconds.
        """
        bins = [list(samples) for (name, _bin), samples in list(self._scatter.items()) if name == backend]
        kept = [s for samples in bins for s in samples]
        return [float(s.registered) for s in kept], [s.cpu_in_select * 1e6 for s in kept]

    def show(self, timeline_chart: LiveChart, cost_chart: LiveChart) -> None:
        """Give both charts their current data."""
        now, timeline = time.perf_counter(), list(self.timeline)
        ages = [max(-WINDOW_SECONDS, summary.at - now) for summary in timeline]
        timeline_chart.set("registered", ages, [summary.registered for summary in timeline])
        timeline_chart.set("ready", ages, [summary.ready for summary in timeline])
        for name in cost_chart.names:
            costs = [summary.cpu_us if summary.backend == name else nan for summary in timeline]
            timeline_chart.set(name, ages, costs)
            cost_chart.set(name, *self.cost_points(name))


def timeline_chart(backends: Iterable[str] = BACKENDS) -> LiveChart:
    """Return an empty chart for the waits of the last `WINDOW_SECONDS` seconds, with a series for each backend."""
    costs = [Series(name, METHOD_STYLES[name], name) for name in backends]
    return LiveChart(
        _("Over the last 20 seconds: descriptors registered, callbacks ready, and CPU time a wait"),
        Scale(_("seconds ago"), -WINDOW_SECONDS, 0),
        [
            Plot(Scale(_("registered"), 1, 100, log=True), [Series("registered")]),
            Plot(Scale(_("ready"), 1, 10, log=True), [Series("ready")]),
            Plot(Scale(_("CPU µs a wait"), 1, 100, log=True), costs, height_ratio=1.6),
        ],
        size=(4.8, 3.8),
    )


def cost_chart(backends: Iterable[str] = BACKENDS) -> LiveChart:
    """Return a chart of CPU time against registered descriptors. It is empty; a panel adds a point for each wait.

    Args:
        backends: the names of the backends. The points of each have their own colour and marker.
    """
    points = [Series(name, METHOD_STYLES[name], name, line=False, marks=True) for name in backends]
    return LiveChart(
        _("Each wait a point: CPU time inside the wait against descriptors registered, for each backend"),
        Scale(_("descriptors registered"), 1, 1000, log=True),
        [Plot(Scale(_("CPU µs a wait"), 1, 100, log=True), points)],
        size=(4.8, 3.8),
    )

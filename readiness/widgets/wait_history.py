"""What a server's waits cost and brought, kept for the screen, and the two charts that show it."""

import selectors
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from math import log10, nan
from statistics import median

from readiness.base.messages import _
from readiness.experiments.meter import Sample
from readiness.graphics.charts import METHOD_STYLES, Scale
from readiness.graphics.live_chart import LiveChart, Plot, Series

BACKENDS = {
    name: getattr(selectors, kind)
    for name, kind in {"select": "SelectSelector", "poll": "PollSelector", "epoll": "EpollSelector"}.items()
    if hasattr(selectors, kind)
}
SPAN = 20.0  # seconds that the chart over time looks back
GAP = 0.25  # seconds that one of its points stands for


class Record:
    """What the waits cost and brought: over time, and against the number of descriptors, by backend. Bounded."""

    def __init__(self) -> None:
        self.moments: deque[tuple[float, str, float, float, float]] = deque(maxlen=int(SPAN / GAP))
        self._cloud: dict[tuple[str, int], deque[Sample]] = defaultdict(lambda: deque(maxlen=8))
        self._pending: list[Sample] = []

    def add(self, backend: str, samples: list[Sample]) -> None:
        for sample in samples:
            # A dozen steps a decade, the last waits of each: thousands of connects don't push the rest out.
            step = round(12 * log10(max(1, sample.registered)))
            self._cloud[backend, step].append(sample)
        self._pending += samples
        now = time.perf_counter()
        if self._pending and (not self.moments or now - self.moments[-1][0] >= GAP):
            chosen, self._pending = self._pending, []
            self.moments.append(
                (
                    now,
                    backend,
                    chosen[-1].registered,
                    sum(s.ready for s in chosen) / len(chosen),
                    median(s.cpu_in_select for s in chosen) * 1e6,
                )
            )

    def cloud(self, backend: str) -> tuple[list[float], list[float]]:
        """Descriptors registered, and CPU microseconds inside the wait, a pair for each wait that is kept."""
        kept = [s for (name, _step), some in list(self._cloud.items()) if name == backend for s in list(some)]
        return [float(s.registered) for s in kept], [s.cpu_in_select * 1e6 for s in kept]

    def show(self, time_chart: LiveChart, cloud_chart: LiveChart) -> None:
        """Give the two charts their data."""
        now, moments = time.perf_counter(), list(self.moments)
        ages = [max(-SPAN, at - now) for at, *_rest in moments]
        time_chart.set("registered", ages, [m[2] for m in moments])
        time_chart.set("ready", ages, [m[3] for m in moments])
        for name in cloud_chart.names:
            time_chart.set(name, ages, [m[4] if m[1] == name else nan for m in moments])
            cloud_chart.set(name, *self.cloud(name))


def over_time(backends: Iterable[str] = BACKENDS) -> LiveChart:
    cost = [Series(name, METHOD_STYLES[name], name) for name in backends]
    return LiveChart(
        _("Over the last 20 seconds: descriptors registered, callbacks ready, and CPU time a wait"),
        Scale(_("seconds ago"), -SPAN, 0),
        [
            Plot(Scale(_("registered"), 1, 100, log=True), [Series("registered")]),
            Plot(Scale(_("ready"), 1, 10, log=True), [Series("ready")]),
            Plot(Scale(_("CPU µs a wait"), 1, 100, log=True), cost, height_ratio=1.6),
        ],
        size=(4.8, 3.8),
    )


def against_n(backends: Iterable[str] = BACKENDS) -> LiveChart:
    clouds = [Series(name, METHOD_STYLES[name], name, line=False, marks=True) for name in backends]
    return LiveChart(
        _("Each wait a point: CPU time inside the wait against descriptors registered, for each backend"),
        Scale(_("descriptors registered"), 1, 1000, log=True),
        [Plot(Scale(_("CPU µs a wait"), 1, 100, log=True), clouds)],
        size=(4.8, 3.8),
    )

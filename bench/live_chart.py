"""What a frame of the live charts costs, beside drawing it with matplotlib, and what a panel costs in all."""

import gc
import time
import tracemalloc
from collections.abc import Iterator
from statistics import median

import numpy as np

from bench import report
from readiness.experiments.meter import Sample
from readiness.graphics.live_chart import LiveChart
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets.echo import EchoPanel
from readiness.widgets.wait_history import BACKENDS, WaitHistory, cost_chart, timeline_chart

FRAMES = 200
GOAL = 2.0  # milliseconds of CPU a frame


def _filled() -> tuple[LiveChart, LiveChart]:
    """Both charts of the panel with as much as they ever hold."""
    history, charts = WaitHistory(), (timeline_chart(), cost_chart())
    for backend in BACKENDS:
        for registered in np.logspace(0, 4, 3000):
            history.add(backend, [Sample(0, int(registered), 3, registered * 1e-7 + 1e-6, 0, 3, 0)])
    history.show(*charts)
    chosen = np.linspace(-20, 0, 80)
    for name in ("registered", "ready", *BACKENDS):
        charts[0].set(name, chosen, np.full(80, 4.0))
    return charts


def _milliseconds(deed, times: int) -> float:
    """CPU milliseconds of this process, the median of `times`."""
    spent = []
    for _time in range(times):
        begun = time.process_time()
        deed()
        spent.append((time.process_time() - begun) * 1e3)
    return median(spent)


def run() -> Iterator[str]:
    rows, worst = [], 0.0
    for chart, name in zip(_filled(), ("over time", "against the number"), strict=True):
        text = chart.frame()
        frame, drawing = _milliseconds(chart.frame, FRAMES), _milliseconds(chart._render_background, 5)
        worst = max(worst, frame)
        rows.append(
            [name, f"{len(text) / 1000:.0f}", report.figure(frame), report.figure(drawing), f"{drawing / frame:.0f}"]
        )
    yield report.table(["chart", "KB", "frame, ms", "drawing, ms", "ratio"], rows)

    panel = EchoPanel(EchoServer, name="bench")
    panel._refresh_thread.stop()
    refresh = _milliseconds(panel._refresh, FRAMES)
    tracemalloc.start()
    held = []
    for frames in (100, 500):
        for _frame in range(frames):
            panel._refresh()
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    panel.close()
    grown = (held[1] - held[0]) / 1000
    yield report.targets(
        [
            ("CPU of a chart's frame", f"≤ {GOAL:g} ms", f"{worst:.2f} ms", worst <= GOAL),
            ("CPU of a panel's refresh, both charts", f"≤ {2 * GOAL:g} ms", f"{refresh:.2f} ms", refresh <= 2 * GOAL),
            ("memory after 500 frames more", "flat: ≤ 200 KB", f"{grown:.0f} KB", grown <= 200),
        ]
    )

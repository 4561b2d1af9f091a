"""Measure the CPU time for one frame of a live chart, and compare it with a full drawing by matplotlib.

Also measure one refresh of the whole echo panel, and whether its memory grows.
"""

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
    """Return the two charts of the echo panel, filled with as many points as they can ever hold."""
    record, charts = WaitHistory(), (timeline_chart(), cost_chart())
    for backend in BACKENDS:
        for registered in np.logspace(0, 4, 3000):
            record.add(backend, [Sample(0, int(registered), 3, registered * 1e-7 + 1e-6, 0, 3, 0)])
    record.show(*charts)
    seconds = np.linspace(-20, 0, 80)
    for name in ("registered", "ready", *BACKENDS):
        charts[0].set(name, seconds, np.full(80, 4.0))
    return charts


def _milliseconds(function, times: int) -> float:
    """Call `function` `times` times, and return the median CPU time of one call in milliseconds."""
    spent = []
    for _time in range(times):
        begun = time.process_time()
        function()
        spent.append((time.process_time() - begun) * 1e3)
    return median(spent)


def run() -> Iterator[str]:
    """Yield the table and the targets as Markdown."""
    rows, worst = [], 0.0
    kinds = {"over time": timeline_chart, "against the number": cost_chart}
    for chart, (name, new_chart) in zip(_filled(), kinds.items(), strict=True):
        text = chart.frame()
        frame = _milliseconds(chart.frame, FRAMES)
        drawing = _milliseconds(lambda new_chart=new_chart: new_chart().frame(), 5)  # a first frame draws all
        worst = max(worst, frame)
        rows.append(
            [
                name,
                f"{len(text) / 1000:.0f}",
                report.format_number(frame),
                report.format_number(drawing),
                f"{drawing / frame:.0f}",
            ]
        )
    yield report.markdown_table(["chart", "KB", "frame, ms", "drawing, ms", "ratio"], rows)

    panel = EchoPanel(EchoServer, name="bench")
    panel.stop_refreshing()
    refresh = _milliseconds(panel.refresh, FRAMES)
    tracemalloc.start()
    memory = []
    for frames in (100, 500):
        for _frame in range(frames):
            panel.refresh()
        gc.collect()
        memory.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    panel.close()
    grown = (memory[1] - memory[0]) / 1000
    yield report.targets(
        [
            ("CPU of a chart's frame", f"≤ {GOAL:g} ms", f"{worst:.2f} ms", worst <= GOAL),
            ("CPU of a panel's refresh, both charts", f"≤ {2 * GOAL:g} ms", f"{refresh:.2f} ms", refresh <= 2 * GOAL),
            ("memory after 500 frames more", "flat: ≤ 200 KB", f"{grown:.0f} KB", grown <= 200),
        ]
    )

"""Measure the CPU time for one frame of a live chart, and compare it with a full drawing by matplotlib.

Also measure one refresh of the whole echo panel, and whether its memory grows.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np

from bench.figures import Goal, figure
from bench.report import Finding, format_number, markdown_table, targets
from bench.rounds import Rounds, noise_line, take_turns
from readiness.experiments.meter import Sample
from readiness.graphics.live_chart import LiveChart
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets.echo import EchoPanel
from readiness.widgets.wait_history import BACKENDS, WaitHistory, cost_chart, timeline_chart

ROUNDS, FRAMES = 9, 100
FRAME, DRAWING = "frame, ms", "drawing, ms"
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


def _milliseconds(function: Callable[[], object], times: int) -> float:
    """Call `function` `times` times, and return the CPU time of one call in milliseconds."""
    begun = time.process_time()
    for _time in range(times):
        function()
    return (time.process_time() - begun) / times * 1e3


def chart_table() -> tuple[str, Rounds[tuple[str, str], float]]:
    """Measure a frame of each chart, and its drawing by matplotlib.

    Returns:
        A Markdown table, and the milliseconds of all rounds. A subject is the name of a chart, and FRAME or DRAWING.
    """
    new_charts = {"over time": timeline_chart, "against the number": cost_chart}
    charts = dict(zip(new_charts, _filled(), strict=True))

    def measure(subject: tuple[str, str]) -> float:
        name, kind = subject
        if kind == FRAME:
            return _milliseconds(charts[name].frame, FRAMES)
        return _milliseconds(lambda: new_charts[name]().frame(), 1)  # a first frame draws all

    rounds = take_turns([(name, kind) for name in charts for kind in (FRAME, DRAWING)], measure, ROUNDS)
    rows, figures = [], []
    for name, chart in charts.items():
        frame, drawing = (figure(rounds.of((name, kind))) for kind in (FRAME, DRAWING))
        figures += [frame, drawing]
        size = f"{len(chart.frame()) / 1000:.0f}"
        cells = [format_number(frame.median), format_number(drawing.median), f"{drawing.median / frame.median:.0f}"]
        rows.append([name, size, *cells])
    return markdown_table(["chart", "KB", FRAME, DRAWING, "ratio"], rows) + "\n" + noise_line(figures, [rounds]), rounds


def panel_findings() -> Iterator[Finding]:
    """Yield what was found for the goals of the echo panel: the time of a refresh, and the memory after many."""
    panel = EchoPanel(EchoServer, name="bench")
    panel.stop_refreshing()
    rounds = take_turns(["refresh"], lambda _name: _milliseconds(panel.refresh, FRAMES), ROUNDS)
    yield Finding(
        Goal("CPU of a panel's refresh, both charts", high=2 * GOAL, unit="ms"),
        figure(rounds.of("refresh")),
        rounds.quiet,
    )
    tracemalloc.start()
    memory = []
    for frames in (100, 500):
        for _frame in range(frames):
            panel.refresh()
        gc.collect()
        memory.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    panel.close()
    yield Finding(Goal("memory after 500 frames more", high=200, unit="KB"), figure([(memory[1] - memory[0]) / 1000]))


def run() -> Iterator[str]:
    """Yield the table and the targets as Markdown."""
    text, rounds = chart_table()
    yield text
    frames = [figure(rounds.of(subject)) for subject in rounds.results[0] if subject[1] == FRAME]
    worst = max(frames, key=lambda one: one.median)
    yield targets(
        [Finding(Goal("CPU of a chart's frame", high=GOAL, unit="ms"), worst, rounds.quiet), *panel_findings()]
    )

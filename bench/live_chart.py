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
from readiness.widgets import wait_picture
from readiness.widgets.echo import EchoPanel
from readiness.widgets.wait_history import BACKENDS, MIN_RUN, WaitHistory
from readiness.widgets.wait_picture import WaitPicture

ROUNDS, FRAMES = 9, 100
FRAME, DRAWING = "frame, ms", "drawing, ms"
GOAL = 2.0  # milliseconds of CPU a frame


def _filled() -> WaitHistory:
    """Return a history with as many waits as it can ever hold."""
    history = WaitHistory()
    for backend in BACKENDS:
        for registered in np.logspace(0, 4, 100):
            cost = registered * 1e-7 + 1e-6
            history.add(backend, [Sample(0, int(registered), 3, cost, 0.05, 3, 0)] * 3 * MIN_RUN)
    return history


def _set_data(chart: LiveChart, history: WaitHistory) -> None:
    for backend in BACKENDS:
        chart.set(f"{backend}-waits", *history.points(backend))
        chart.set(backend, *history.medians(backend), f"{backend} 1,000 µs")


def _milliseconds(function: Callable[[], object], times: int) -> float:
    """Call `function` `times` times, and return the CPU time of one call in milliseconds."""
    begun = time.process_time()
    for _time in range(times):
        function()
    return (time.process_time() - begun) / times * 1e3


def chart_table() -> tuple[str, Rounds[tuple[str, str], float]]:
    """Measure a frame of the chart, its drawing by matplotlib, and all that the panel draws of its waits.

    Returns:
        A Markdown table, and the milliseconds of all rounds. A subject is the name of a picture, and FRAME or DRAWING.
    """
    history, chart, picture = _filled(), wait_picture.cost_chart(BACKENDS), WaitPicture(list(BACKENDS))
    _set_data(chart, history)
    chart.frame()
    wait_picture.CALM_SECONDS = wait_picture.CALMER_SECONDS = 0.0  # draw each time

    def draw_chart() -> None:
        new = wait_picture.cost_chart(BACKENDS)
        _set_data(new, history)
        new.frame()

    work: dict[tuple[str, str], Callable[[], object]] = {
        ("cost", FRAME): chart.frame,
        ("cost", DRAWING): draw_chart,  # a first frame draws all
        ("sentence, bars and cost", FRAME): lambda: picture.draw(history, "poll"),
        ("sentence, bars and cost", DRAWING): lambda: picture.picture(history, "poll"),
    }
    times = {FRAME: FRAMES, DRAWING: 1}
    rounds = take_turns(list(work), lambda subject: _milliseconds(work[subject], times[subject[1]]), ROUNDS)
    rows, figures = [], []
    for name in dict.fromkeys(name for name, _kind in work):
        frame, drawing = (figure(rounds.of((name, kind))) for kind in (FRAME, DRAWING))
        figures += [frame, drawing]
        cells = [format_number(frame.median), format_number(drawing.median), f"{drawing.median / frame.median:.0f}"]
        rows.append([name, *cells])
    return markdown_table(["picture", FRAME, DRAWING, "ratio"], rows) + "\n" + noise_line(figures, [rounds]), rounds


def panel_findings() -> Iterator[Finding]:
    """Yield what was found for the goals of the echo panel: the time of a refresh, and the memory after many."""
    panel = EchoPanel(EchoServer, name="bench")
    panel.stop_refreshing()
    rounds = take_turns(["refresh"], lambda _name: _milliseconds(panel.refresh, FRAMES), ROUNDS)
    yield Finding(
        Goal("CPU of a panel's refresh", high=GOAL, unit="ms"),
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
    yield targets([Finding(Goal("CPU of a frame", high=GOAL, unit="ms"), worst, rounds.quiet), *panel_findings()])

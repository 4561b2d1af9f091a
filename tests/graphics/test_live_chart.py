"""A live chart's frame shows what matplotlib would have drawn, at a fraction of the cost."""

import re
import time
from statistics import median
from xml.etree import ElementTree

import numpy as np
import pytest

from readiness.graphics.charts import METHOD_STYLES, Scale, StaticFigure
from readiness.graphics.live_chart import LiveChart, Plot, Series

POLL = METHOD_STYLES["poll"]


def chart(**options):
    return LiveChart(
        "cost against number",
        Scale("n", 1, 1000, log=True),
        [
            Plot(Scale("a", 0, 10), [Series("a", POLL, "poll", **options)]),
            Plot(Scale("b", 1, 100, log=True), [Series("b")]),
        ],
    )


def line_of(svg, color):
    """The points of the path of this colour with more than three: the legend has its own."""
    paths = [m for m in re.findall(r'<path d="([^"]+)"[^>]*style="[^"]*' + color, svg) if m.count("L") > 2]
    return [[float(number) for number in re.findall(r"-?\d+\.?\d*", path)] for path in paths]


def test_a_frame_is_where_matplotlib_would_have_drawn_it():
    live = chart()
    xs, ys = [2, 30, 400, 900], [1, 9, 4, 5]
    live.set("a", xs, ys)
    live.set("b", [1], [1])
    frame, drawn = live.frame(), live.picture().svg
    (actual,), (expected,) = line_of(frame, POLL.color), line_of(drawn, POLL.color)
    assert len(actual) == 8
    assert actual == pytest.approx(expected, abs=0.06)  # a tenth of a point is what a frame keeps


def test_marks_are_uses_of_a_marker_that_is_there():
    live = chart(line=False, marks=True)
    live.set("a", [2, 30, 400], [1, 9, 4])
    frame = live.frame()
    uses = re.findall(r'<use href="#([^"]+)" x="[\d.]+" y="[\d.]+"/>', frame)
    assert len(uses) == 3
    assert set(uses) <= set(re.findall(r'\bid="([^"]+)"', frame))


def test_a_gap_starts_a_new_segment():
    live = chart()
    live.set("a", [1, 2, 3, 4, 5, 6], [1, 2, np.nan, 4, 5, 6])
    path = re.search(r'd="(M[^"]+)"[^>]*' + POLL.color, live.frame())[1]
    assert re.sub(r"[\d. -]", "", path) == "MLMLL"


def test_what_a_logarithmic_scale_can_not_show_is_left_out():
    live = chart()
    live.set("b", [0, 10, 100], [5, 0, 5])
    assert "nan" not in live.frame()
    assert "inf" not in live.frame()


def test_it_is_drawn_again_only_when_a_scale_grows():
    live = chart()
    for top in (1, 5, 9):
        live.set("a", [1, 2], [0, top])
        live.frame()
    assert live.redraws == 1
    live.set("a", [1, 2], [0, 11])
    assert "20" in live.frame()
    assert live.redraws == 2


def test_empty_is_a_chart_too():
    live = chart()
    ElementTree.fromstring(live.frame())
    live.set("a", [], [])
    ElementTree.fromstring(live.frame())
    assert isinstance(live.picture(), StaticFigure)


def test_frames_are_well_formed_and_have_a_text_alternative():
    live = chart(marks=True)
    live.set("a", [1, 2], [3, 4])
    root = ElementTree.fromstring(live.frame())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "cost against number"
    assert "@data@" not in live.frame()


def test_a_frame_costs_a_small_part_of_a_drawing():
    live = chart()
    live.set("a", np.linspace(1, 1000, 200), np.linspace(0, 9, 200))

    def cost(function):
        start = time.process_time()
        function()
        return time.process_time() - start

    drawing = median(cost(live._render_template) for _ in range(5))
    frame = median(cost(live.frame) for _ in range(25))
    assert frame < drawing / 10

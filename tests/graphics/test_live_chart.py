"""A live chart's frame shows what matplotlib would have drawn, at a fraction of the cost."""

import re
import time
from statistics import median
from xml.etree import ElementTree

import numpy as np
import pytest

from readiness.graphics.charts import Scale, StaticFigure
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.graphics.marks import GLYPHS, Marks
from readiness.graphics.styles import METHOD_STYLES

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


def test_all_marks_of_a_series_are_one_path():
    live = chart(line=False, marks=Marks(6, 0.3, "cloud"))
    live.set("a", [2, 30, 400], [1, 9, 4])
    live.set("b", [1], [1])
    [path] = re.findall(r'<path class="cloud" d="([^"]+)"', live.frame())
    assert path.count("M") == 3
    live.set("a", [2], [np.nan])
    assert "cloud" not in live.frame()


@pytest.mark.parametrize("marker", GLYPHS)
def test_a_mark_is_as_wide_as_it_says_and_stands_around_its_point(marker, tmp_path):
    path = Marks(8).path_data(marker, np.array([[100.0, 50.0]]))
    assert path.startswith("M100.0 50.0m")
    assert set(re.sub(r"[\d. -]", "", path)) <= set("Mmlhvaz")


def test_a_gap_starts_a_new_segment():
    live = chart()
    live.set("a", [1, 2, 3, 4, 5, 6], [1, 2, np.nan, 4, 5, 6])
    [path] = re.findall(r'd="(M[^"]+)"[^>]*' + POLL.color, live.data())
    assert re.sub(r"[\d. -]", "", path) == "MLMLL"


def test_the_data_is_an_svg_that_fits_on_the_background():
    live = chart()
    live.set("a", [2, 30], [1, 9])
    background, data = ElementTree.fromstring(live.background()), ElementTree.fromstring(live.data())
    assert data.get("viewBox") == background.get("viewBox")
    assert data.get("style") == background.get("style")
    assert (data.get("role"), data.get("aria-label")) == ("img", "cost against number")
    assert (background.get("role"), background.get("aria-hidden")) == (None, "true")
    before = live.background()
    live.set("a", [2, 30], [2, 8])
    assert live.background() == before
    assert live.data() != ElementTree.tostring(data)


def labels_of(svg):
    """The x, the y and the text of each label that is not matplotlib's."""
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" dy=".35em"[^>]*>([^<]*)</text>', svg)
    return {text: (float(x), float(y)) for x, y, text in found}


def test_a_line_has_its_label_at_its_end():
    live = chart()
    live.set("a", [2, 30], [1, 9], "a 9 < 10")
    live.set("b", [2, 30], [5, 50])
    [(text, (x, y))] = labels_of(live.data()).items()
    path, leader = re.findall(r'd="(M[^"]+)"[^>]*' + POLL.color, live.data())
    last_x, last_y = map(float, path.rpartition("L")[2].split())
    assert text == "a 9 &lt; 10"
    assert (x, y) == (pytest.approx(last_x + 16, abs=0.2), pytest.approx(last_y, abs=0.2))
    assert leader == f"M{x - 11:.1f} {y:.1f}L{x - 2:.1f} {y:.1f}", "a thin line leads to it, and no mark"


def test_labels_do_not_overlap():
    live = LiveChart("two", Scale("n", 1, 100), [Plot(Scale("y", 0, 100), [Series("a"), Series("b"), Series("c")])])
    for name, y in (("a", 50), ("b", 51), ("c", 90)):
        live.set(name, [1, 50], [y, y], name)
    heights = {text: y for text, (_x, y) in labels_of(live.data()).items()}
    assert heights["c"] < heights["b"] < heights["a"]
    assert heights["a"] - heights["b"] == pytest.approx(13, abs=0.2)
    assert isinstance(live.picture(), StaticFigure)


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
    live = chart(marks=Marks())
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

    drawing = median(cost(live._draw_background) for _ in range(5))
    frame = median(cost(live.frame) for _ in range(25))
    assert frame < drawing / 10

"""The bars are as long as their numbers, on a linear scale, live and as a picture."""

import re
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from readiness.graphics.charts import SVG
from readiness.graphics.live_bars import BarPair, bars_svg, draw_bars, round_up
from readiness.graphics.styles import METHOD_STYLES

PAIRS = [
    BarPair("poll", METHOD_STYLES["poll"], (2000, 5), ("2,000 scanned", "5 ready"), bold=True),
    BarPair("epoll", METHOD_STYLES["epoll"], (5, 5), ("5 scanned", "5 ready")),
]


def drawn(pairs=PAIRS, alt="poll scanned & found"):
    return ElementTree.fromstring(bars_svg(pairs, 2500, "descriptors", 3, alt))


def test_bars_are_as_long_as_their_numbers():
    widths = [float(rect.get("width")) for rect in drawn().iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2000 / 2500 * 180)
    assert widths[1:] == [1.5, 1.5, 1.5], "5 of 2,500 is thinner than a pixel, and still has to be seen"


def test_all_texts_are_inside_of_the_picture():
    root = drawn()
    _x, _y, width, height = map(float, root.get("viewBox").split())
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("y")) <= height - 8
        size = 7.9 * len(text.text)  # pixels, at 13 px
        if "anchor: start" in text.get("style"):
            assert float(text.get("x")) + size <= width + 12
    assert {text.text for text in root.iter(f"{SVG}text")} >= {
        "poll",
        "2,000 scanned",
        "5 ready",
        "0",
        "1,250",
        "2,500",
    }


def test_it_has_an_alternative_text_and_its_height_does_not_change():
    assert drawn().get("role") == "img"
    assert drawn().get("aria-label") == "poll scanned & found"
    assert drawn([]).get("viewBox") == drawn().get("viewBox")


def test_what_runs_is_bold_and_colours_are_those_of_the_methods():
    svg = bars_svg(PAIRS, 2500, "descriptors", 3, "")
    assert re.findall(r'bold">([^<]*)<', svg) == ["poll", "2,000 scanned", "5 ready"]
    assert METHOD_STYLES["poll"].color in svg
    assert "fill: currentColor" in svg


def test_the_picture_has_the_same_bars():
    figure = Figure()
    draw_bars(figure, PAIRS, 2500, "descriptors")
    [ax] = figure.axes
    assert [round(bar.get_width()) for bar in ax.patches] == [2000, 28, 28, 28]
    assert [text.get_text() for text in ax.texts] == ["2,000 scanned", "5 ready", "5 scanned", "5 ready"]


@pytest.mark.parametrize(
    ("value", "end"), [(1, 2), (3, 4), (15, 20), (17, 20), (907, 1000), (2009, 2500), (18007, 20000)]
)
def test_a_scale_ends_at_a_round_number_and_its_half_is_a_count(value, end):
    assert round_up(value) == end
    assert end % 2 == 0

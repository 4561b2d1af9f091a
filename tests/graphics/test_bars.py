"""Stacked bars name each part above it, or at the end of a bar that is too short, and show the sum."""

import re

import pytest
from matplotlib.figure import Figure

from readiness.graphics import bars
from readiness.graphics.bars import stacked_bars
from readiness.graphics.styles import PART_STYLES


def texts(figure):
    found = re.findall(r'<text[^>]* x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]+)</text>', figure.svg)
    return {text: (float(x), float(y)) for x, y, text in found}


def test_each_part_has_its_name_and_its_number_above_it():
    shown = texts(stacked_bars({"poll": {"copy": 1, "scan": 22, "queues": 62.4}}, "µs for one poll", title="Queues"))
    assert {"poll", "copy 1 µs", "scan 22 µs", "queues 62 µs", "85 µs", "µs for one poll", "Queues"} <= set(shown)
    places = [shown[name] for name in ("copy 1 µs", "scan 22 µs", "queues 62 µs")]
    assert len({y for _x, y in places}) == 1
    assert places[0][0] > 0
    assert places[1][0] - places[0][0] > 50  # the names do not overlap
    assert places[2][0] > places[1][0]


@pytest.mark.parametrize(("parts", "count"), [({"copy": 0.6, "scan": 400}, 1), ({"first scan": 200, "scan": 400}, 0)])
def test_a_name_stands_above_its_part_or_a_line_leads_to_it(parts, count):
    ax = Figure(figsize=(7.2, 1.4)).subplots()
    ax.set_xlim(0, 700)
    bars._draw_names(ax, 0, parts, "µs", "")
    assert [line.get_xdata()[1] for line in ax.lines] == [parts["copy"] / 2] * count if count else not ax.lines
    first, scan = (text.get_window_extent() for text in ax.texts[:2])
    left = sum(parts.values()) - 400
    assert first.x1 < scan.x0
    assert ax.transData.transform((left, 0))[0] < scan.x0
    assert scan.x1 < ax.transData.transform((left + 400, 0))[0]
    assert abs((scan.x0 + scan.x1) / 2 - ax.transData.transform((left + 200, 0))[0]) < 5


def test_a_bar_that_is_too_short_has_its_parts_at_its_end():
    parts = {"poll": {"first scan": 100, "queues": 100}, "epoll": {"call": 7, "sleep": 8}}
    assert "15 µs: call 7 µs, sleep 8 µs" in texts(stacked_bars(parts, "µs"))


def test_a_share_has_no_sum():
    shown = texts(stacked_bars({"1,000": {"copy": 1.1, "scan": 98.9}}, "% of one poll", unit="%"))
    assert {"copy 1.1 %", "scan 99 %"} <= set(shown)
    assert "100 %" not in shown


def test_the_parts_of_one_bar_differ_without_colour():
    for parts in (("copy", "scan", "queues"), ("first scan", "queues", "second scan", "sleep"), ("call", "sleep")):
        assert len({PART_STYLES[part] for part in parts}) == len(parts)

"""Stacked bars name each part above it, or at the end of a bar that is too short, and show the sum."""

import re

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


def test_a_bar_that_is_too_short_has_its_parts_at_its_end():
    bars = {"poll": {"first scan": 100, "queues": 100}, "epoll": {"call": 7, "sleep": 8}}
    assert "15 µs: call 7 µs, sleep 8 µs" in texts(stacked_bars(bars, "µs"))


def test_a_share_has_no_sum():
    shown = texts(stacked_bars({"1,000": {"copy": 1.1, "scan": 98.9}}, "% of one poll", unit="%"))
    assert {"copy 1.1 %", "scan 99 %"} <= set(shown)
    assert "100 %" not in shown


def test_the_parts_of_one_bar_differ_without_colour():
    for parts in (("copy", "scan", "queues"), ("first scan", "queues", "second scan", "sleep"), ("call", "sleep")):
        assert len({PART_STYLES[part] for part in parts}) == len(parts)

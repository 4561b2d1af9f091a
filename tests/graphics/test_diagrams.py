"""A grid shows each cell's text and each name, marks what is marked, and fits the page."""

import re

import pytest

from readiness.graphics.diagrams import exchange, grid


def texts(picture):
    return re.findall(r">([^<>]+)</text>", picture.svg)


def test_every_text_is_there_once():
    picture = grid({"before": "0110", "after": "0100"}, ["3", "4", "5", "6"], "bits", corner="descriptor")
    shown = texts(picture)
    assert sorted(t for t in shown if t in "01") == sorted("01100100")
    assert {"before", "after", "3", "4", "5", "6", "descriptor"} <= set(shown)
    assert picture.png
    assert repr(picture) == "bits"


def test_marks_stand_out():
    rows = {"before": "0110"}
    plain, marked = (grid(rows, list("abcd"), "bits", marked=m) for m in ((), {("before", 2)}))
    assert "font: 700" not in plain.svg
    assert "bold" not in plain.svg
    assert re.search(r"font: (700|bold)|font-weight: (700|bold)", marked.svg)


@pytest.mark.parametrize("count", [1, 3, 16, 40])
def test_it_is_never_wider_than_the_page(count):
    picture = grid({"a row with a long name": ["POLLIN|POLLHUP"] * min(count, 3) + ["1"] * max(0, count - 3)},
                   [str(n) for n in range(count)], "cells")  # fmt: skip
    places = [float(x) for x in re.findall(r'<text [^>]* x="([-\d.]+)"', picture.svg)]
    assert len(places) == 2 * count + 1
    assert min(places) > 0
    assert max(places) < 7.2 * 72


def test_an_exchange_has_its_lanes_words_and_naps():
    steps = [("a", "b", "ask"), ("b", "b", "think"), ("b", "a", "answer")]
    awake, asleep = (exchange(["a", "b"], steps, "talk", asleep=naps) for naps in ((), [("a", 0, 2)]))
    assert sorted(texts(awake)) == ["a", "answer", "ask", "b", "think"]
    assert "pattern" not in awake.svg
    assert "pattern" in asleep.svg

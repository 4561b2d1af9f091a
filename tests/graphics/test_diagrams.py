"""A cell table shows each cell's text and each name, highlights cells, and fits the page."""

import re

import pytest

from readiness.graphics.diagrams import cell_table, sequence_diagram


def texts(figure):
    return re.findall(r">([^<>]+)</text>", figure.svg)


def test_every_text_is_there_once():
    figure = cell_table({"before": "0110", "after": "0100"}, ["3", "4", "5", "6"], "bits", corner="descriptor")
    shown = texts(figure)
    assert sorted(t for t in shown if t in "01") == sorted("01100100")
    assert {"before", "after", "3", "4", "5", "6", "descriptor"} <= set(shown)
    assert figure.png
    assert repr(figure) == "bits"
    _data, metadata = figure._repr_mimebundle_()
    assert metadata["readiness"] == {"cells": 8}


def test_highlighted_cells_stand_out():
    rows = {"before": "0110"}
    plain, highlighted = (cell_table(rows, list("abcd"), "bits", highlighted=m) for m in ((), {("before", 2)}))
    assert "font: 700" not in plain.svg
    assert "bold" not in plain.svg
    assert re.search(r"font: (700|bold)|font-weight: (700|bold)", highlighted.svg)


@pytest.mark.parametrize("count", [1, 3, 16, 40])
def test_it_is_never_wider_than_the_page(count):
    figure = cell_table({"a row with a long name": ["POLLIN|POLLHUP"] * min(count, 3) + ["1"] * max(0, count - 3)},
                   [str(n) for n in range(count)], "cells")  # fmt: skip
    positions = [float(x) for x in re.findall(r'<text [^>]* x="([-\d.]+)"', figure.svg)]
    assert len(positions) == 2 * count + 1
    assert min(positions) > 0
    assert max(positions) < 7.2 * 72


def test_a_sequence_diagram_has_its_participants_labels_and_blocked_intervals():
    steps = [("a", "b", "ask"), ("b", "b", "think"), ("b", "a", "answer")]
    running, blocked = (
        sequence_diagram(["a", "b"], steps, "talk", blocked=intervals) for intervals in ((), [("a", 0, 2)])
    )
    assert sorted(texts(running)) == ["a", "answer", "ask", "b", "think"]
    assert "pattern" not in running.svg
    assert "pattern" in blocked.svg

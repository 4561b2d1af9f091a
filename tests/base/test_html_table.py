"""A table in HTML has headers with a scope, escaped texts, and no cell that JupyterLab aligns by itself."""

from xml.etree import ElementTree

import pytest

from readiness.base.html_table import html_table

ROWS = [("<b>", 1, "x & y"), ("two", 22, "event")]


def parse(*args, **kwargs):
    return ElementTree.fromstring(html_table(*args, **kwargs))


def texts(table, path):
    return [cell.text for cell in table.iterfind(path)]


def test_each_column_and_each_row_has_its_header():
    table = parse("A <title>", ["name", "number", "note"], ROWS)
    assert table.find("caption").text == "A <title>"
    assert texts(table, "thead/tr/th[@scope='col']") == ["name", "number", "note"]
    assert texts(table, "tbody/tr/th[@scope='row']") == ["<b>", "two"]
    assert texts(table, "tbody/tr/td") == ["1", "x & y", "22", "event"]


def test_without_row_headers_all_cells_are_data():
    table = parse("A title", ["name", "number", "note"], ROWS, row_headers=False)
    assert texts(table, "tbody/tr/td") == ["<b>", "1", "x & y", "two", "22", "event"]


def test_without_texts_there_is_no_caption_and_no_header_row():
    table = parse("", [], ROWS)
    assert [part.tag for part in table] == ["tbody"]


@pytest.mark.parametrize(
    ("align", "expected"), [("center", ["center"] * 3), (("left", "right", "left"), ["left", "right", "left"])]
)
def test_each_cell_has_the_alignment_of_its_column(align, expected):
    for row in parse("A title", ["name", "number", "note"], ROWS, align=align).iter("tr"):
        assert [cell.get("style").rpartition("text-align: ")[2] for cell in row] == expected


def test_only_the_cells_with_the_highlighted_text_are_bold():
    table = parse("A title", ["name", "number", "note"], ROWS, highlighted="event")
    assert [cell.text for row in table.iter("tr") for cell in row if "bold" in cell.get("style")] == ["event"]


def test_a_row_with_too_few_cells_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        html_table("A title", ["name", "number"], [("one",)], align=("left", "right"))

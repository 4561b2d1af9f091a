"""The diagram of an open file shows the numbers that lead to it, and the entry of an epoll."""

import re

from readiness.graphics.open_file import OpenFileState, open_file_diagram


def diagram(*opened):
    moments = [
        OpenFileState(str(index), {"700": True, "another": is_open}, "entry: 700", "event", True)
        for index, is_open in enumerate(opened)
    ]
    return open_file_diagram(moments, title="The entry stays", case=0)


def test_each_text_is_there():
    figure = diagram(True, False)
    shown = re.findall(r">([^<>]+)</text>", figure.svg)
    assert [shown.count(text) for text in ("700", "another", "one open file", "entry: 700", "event")] == [2] * 5
    assert figure.alt == "The entry stays"


def test_a_closed_number_has_no_arrow():
    paths = [diagram(is_open).svg.count("<path") for is_open in (True, False)]
    assert paths[0] == paths[1] + 1  # a shaft and a tip, instead of a line across the number


def test_without_an_open_number_the_file_is_gone():
    moment = OpenFileState("both closed", {"700": False}, "", "nothing", False)
    shown = re.findall(r">([^<>]+)</text>", open_file_diagram([moment]).svg)
    assert {"gone", "empty", "nothing"} <= set(shown)
    assert "one open file" not in shown

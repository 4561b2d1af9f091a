"""The sweep and the share panel draw each point that is measured or recorded."""

import re
from dataclasses import replace

from readiness.base.background import wait_until
from readiness.experiments import wait_cost
from readiness.widgets import SharePanel, SweepPanel, crossover_chart
from tests.widgets.helpers import control, html, shows


def test_the_sweep_draws_each_point(monkeypatch):
    points = wait_cost.recorded_points("standard")
    monkeypatch.setattr(wait_cost, "measure", lambda name: iter(points))
    panel = SweepPanel()
    assert panel.run() == points
    marks = [path for path in re.findall('<path d="([^"]+)"', html(panel)) if "m" in path]
    assert sum(path.count("M") for path in marks) == len(points)  # and none beside a label
    assert {
        f"{p.method} {p.microseconds:,.0f} µs" in html(panel) for p in points if p.n == 10_000 and p.method != "epoll"
    } == {True}
    assert panel.run() == points


def test_the_share_panel_measures_where_the_slider_stands():
    panel = SharePanel()
    assert [(p.method, p.ready) for p in panel.points] == [("poll", 100), ("epoll", 100)], "no line before a press"
    assert control(panel, "Descriptors").layout.display == "none"
    control(panel, "% ready").value = "35"
    assert wait_until(lambda: any(p.ready == 350 for p in panel.points), 10)
    assert shows(panel, "35 % ready")
    panel.offer_kinds()
    assert control(panel, "Descriptors").layout.display == "flex"
    control(panel, "Descriptors").value = "pipe"

    def pipes():
        return [round(100 * p.ready / p.n) for p in panel.points if (p.kind, p.method) == ("pipe", "epoll")]

    assert wait_until(lambda: sorted(pipes()) == [1, 10, 35, 80], 20)  # a line, and not one point
    assert {p.kind for p in panel.points} == {"pipe"}
    assert html(panel).count(">poll, eventfd</text>") == html(panel).count(">epoll, eventfd</text>") == 1  # thin lines
    panel.close()


def test_the_share_panel_shows_recorded_points_elsewhere(monkeypatch):
    monkeypatch.setattr(wait_cost, "can_measure", lambda name: False)
    panel = SharePanel()
    ready = {p.ready for p in wait_cost.recorded_points("shares")}
    assert {p.ready for p in panel.points} <= ready
    panel.close()


def test_what_was_typed_wrongly_is_forgotten_after_the_next_choice():
    panel = SharePanel()
    control(panel, "% ready").value = "many"
    assert "is no number" in html(panel)
    control(panel, "Descriptors").value = "pipe"
    assert wait_until(lambda: "is no number" not in html(panel), 20)
    panel.close()


def test_the_picture_says_where_its_lines_cross(monkeypatch):
    times = {"poll": {1: 30, 10: 30, 80: 30}, "epoll": {1: 1, 10: 7, 80: 51}}

    def points_at(_self, percent, kind):
        point = wait_cost.recorded_points("shares")[0]
        return [
            replace(point, method=m, n=1000, ready=10 * percent, seconds=t[percent] / 1e6) for m, t in times.items()
        ]

    monkeypatch.setattr(SharePanel, "_points_at", points_at)
    panel = SharePanel()
    for percent in (1, 80):
        panel._measure_at(percent)
    assert ">From 47 % ready, epoll costs more than poll<" in panel.picture().svg  # 10 + 70 * 23 / 44
    panel.close()


def test_the_crossover_chart_marks_each_crossing():
    points = {
        kind: wait_cost.recorded_points(name) for kind, name in {"eventfd": "shares", "TCP": "shares_tcp"}.items()
    }
    svg = crossover_chart(points, title="They cross").svg
    assert ">They cross<" in svg
    for kind, measured in points.items():
        assert svg.count(f">poll, {kind}<") == svg.count(f">epoll, {kind}<") == 1
        assert f"{kind}: {wait_cost.ready_share_crossover(measured):.0f} %" in svg
    alone = wait_cost.select_points(points["eventfd"], ready=1)
    assert "eventfd: " not in crossover_chart({"eventfd": alone}, "one share").svg

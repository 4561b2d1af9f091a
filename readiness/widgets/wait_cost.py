"""Two panels on the cost of one wait: a sweep drawn as it runs, and the share of ready descriptors as a slider."""

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.experiments import wait_cost, wait_cost_cases
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.graphics.charts import METHOD_STYLES, Scale, StaticFigure
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.widgets import base
from readiness.widgets.number_control import NumberControl
from readiness.widgets.threads import LatestTaskThread

METHODS = ("select", "poll", "epoll")


class _MethodChart:
    """The points of several methods on one live chart."""

    def __init__(self, label: str, x: Scale, y: Scale, methods: Iterable[str]) -> None:
        self.points: list[Point] = []
        series = [Series(name, METHOD_STYLES[name], name, marks=True) for name in methods]
        self.live = LiveChart(label, x, [Plot(y, series)])
        self.view = widgets.HTML()
        self.status = base.StatusLine(min_interval=1.0)

    def show(self, x_of: Any) -> None:
        """Draw all points; `x_of(point)` is the x of a point."""
        for series in self.live.plots[0].series:
            chosen = sorted((x_of(p), p.microseconds) for p in self.points if p.method == series.name)
            self.live.set(series.name, [x for x, _us in chosen], [us for _x, us in chosen])
        self.view.value = self.live.frame()


class SweepPanel:
    """Show the cost of one wait against the number of descriptors.

    Display it, then call `run`, which draws each point when it is measured.
    """

    def __init__(self) -> None:
        self._chart = _MethodChart(
            _("Microseconds for one wait against the number of descriptors watched, for each system call"),
            Scale(_("descriptors watched, one of them ready"), 10, 10_000, log=True),
            Scale(_("µs a wait"), 0.1, 1000, log=True),
            METHODS,
        )
        self._chart.show(lambda point: point.n)
        self.widget = widgets.VBox([self._chart.view, self._chart.status.widget])

    def run(self, name: str = "standard") -> list[Point]:
        """Measure the named list of cases (`wait_cost.measure`), and draw each point as it arrives."""
        self._chart.points.clear()
        for point in wait_cost.measure(name):
            self._chart.points.append(point)
            self._chart.show(lambda point: point.n)
            self._chart.status.update(
                _("{method}, {n:,} descriptors: {us:.1f} µs").format(
                    method=point.method, n=point.n, us=point.microseconds
                )
            )
        self._chart.status.update(_("{n} points.").format(n=len(self._chart.points)), final=True)
        return list(self._chart.points)

    def picture(self) -> StaticFigure:
        return self._chart.live.picture()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return _("A chart that fills as the sweep runs; its finished picture follows.")


class SharePanel:
    """Measure poll and epoll while a share of the descriptors is ready, at each share that the slider is moved to."""

    DESCRIPTORS = 1000
    METHODS = ("poll", "epoll")
    KINDS = ("eventfd", "pipe", "socketpair", "tcp")

    def __init__(self) -> None:
        base.close_panel("shares")
        self._chart = _MethodChart(
            _("Microseconds for one wait for poll and epoll, against the share of the descriptors that is ready"),
            Scale(_("% of {n:,} descriptors ready").format(n=self.DESCRIPTORS), 0, 100),
            Scale(_("µs a wait"), 0, 50),
            self.METHODS,
        )
        self._percent = NumberControl(
            _("% ready"), range(1, 101), 10, lambda _percent: self._task_thread.submit(self._measure)
        )
        self._kind = widgets.ToggleButtons(  # JupyterLab takes the arrow keys away from a drop-down list
            options=[kind for kind in self.KINDS if self._case_list_name(kind) in wait_cost_cases.CASE_LISTS],
            description=_("Descriptors"),
            style={"button_width": "max-content"},
        )
        self._kind.observe(lambda _change: self._task_thread.submit(self._restart), "value")
        self._alert = base.StatusLine("alert", min_interval=0)
        self._task_thread = LatestTaskThread(lambda error: self._alert.update(base.format_error(error)))
        controls = widgets.HBox([self._percent.widget, self._kind], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([controls, self._alert.widget, self._chart.view, self._chart.status.widget])
        for percent in (1, 80, 10):  # a chart is never empty when it is first seen
            self._measure_at(percent)
        base.register("shares", self)

    @staticmethod
    def _case_list_name(kind: str) -> str:
        return "shares" if kind == "eventfd" else f"shares_{kind}"

    def _restart(self) -> None:
        self._chart.points.clear()
        self._measure()

    def _measure(self) -> None:
        self._measure_at(self._percent.value)

    def _measure_at(self, percent: int) -> None:
        points = self._points(percent, self._kind.value)
        for point in points:
            old = wait_cost.select_points(self._chart.points, method=point.method, ready=point.ready)
            self._chart.points = [p for p in self._chart.points if p not in old] + [point]
        self._chart.show(lambda point: 100 * point.ready / self.DESCRIPTORS)
        self._alert.update("")
        times = [_("{method} {us:.1f} µs").format(method=point.method, us=point.microseconds) for point in points]
        share = 100 * points[0].ready / self.DESCRIPTORS
        text = _("{percent:.0f} % ready: {times}.").format(percent=share, times=", ".join(times))
        self._chart.status.update(text, final=True)

    def _points(self, percent: int, kind: str) -> list[Point]:
        """Measure at this share; without epoll, return the recorded points nearest to it."""
        ready = max(1, percent * self.DESCRIPTORS // 100)
        if wait_cost.can_measure(self._case_list_name(kind)):
            cases = (BenchmarkCase(method, self.DESCRIPTORS, ready=ready, kind=kind) for method in self.METHODS)
            return list(wait_cost.sweep(cases))
        points = wait_cost.recorded_points(self._case_list_name(kind))
        nearest = min(points, key=lambda point: abs(point.ready - ready))
        return wait_cost.select_points(points, ready=nearest.ready)

    def picture(self) -> StaticFigure:
        return self._chart.live.picture()

    def close(self) -> None:
        self._task_thread.stop()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("A slider for the share of descriptors that is ready, and a chart of what poll and epoll take there.")

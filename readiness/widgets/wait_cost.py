"""Two panels and a chart on the CPU cost of one wait (one call of select, poll or epoll_wait).

One panel measures it for a growing number of descriptors, and draws each point. The other has a slider for the share of
descriptors that are ready. The chart shows where poll and epoll cross.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import ipywidgets as widgets
import numpy as np

from readiness.base.messages import _
from readiness.experiments import wait_cost, wait_cost_cases
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.graphics.charts import Scale, StaticFigure, line_chart
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.graphics.marks import Marks
from readiness.graphics.styles import METHOD_STYLES
from readiness.widgets.number_control import NumberControl
from readiness.widgets.panel import Panel, closed_on_error, row
from readiness.widgets.switch import switch
from readiness.widgets.threads import LatestTaskThread

METHODS = ("select", "poll", "epoll")
BEFORE = ", before"  # the end of the name of a thin line


def _method_chart(
    label: str, x: Scale, y: Scale, methods: Iterable[str], before: bool = False, height: float = 3.6
) -> LiveChart:
    """Return an empty chart with a line for each method. If `before` is true, each has a thin line, too.

    The height is in inches.
    """
    series = [Series(name, METHOD_STYLES[name], marks=Marks()) for name in methods]
    thin = [Series(f"{name}{BEFORE}", METHOD_STYLES[name], width=1.2) for name in methods if before]
    longest = _kind_label("epoll", "socketpair") if before else _end_label("select", 1000)
    return LiveChart(label, x, [Plot(y, [*thin, *series])], (7.2, height), longest)


def _end_label(method: str, microseconds: float) -> str:
    """Return the label at the end of a method's line: its name, and the time of its last point."""
    number = f"{microseconds:,.0f}" if microseconds > 9.5 else f"{microseconds:.1f}"
    return _("{method} {us} µs").format(method=method, us=number)


def _kind_label(method: str, kind: str) -> str:
    return _("{method}, {kind}").format(method=method, kind=kind)


def _frame(chart: LiveChart, points: list[Point], x_of: Callable[[Point], float], before: Sequence[Point] = ()) -> str:
    """Return the chart with these points, as the text of an SVG.

    Args:
        chart: the chart.
        points: the points.
        x_of: returns the x value of a point.
        before: the points of the thin lines, all of one kind of descriptor.
    """
    for name in chart.names:
        method, is_before = name.removesuffix(BEFORE), name.endswith(BEFORE)
        chosen = [point for point in (before if is_before else points) if point.method == method]
        chosen.sort(key=x_of)
        label = ""
        if chosen:
            last = chosen[-1]
            label = _kind_label(method, last.kind) if is_before else _end_label(method, last.microseconds)
        chart.set(name, [x_of(point) for point in chosen], [point.microseconds for point in chosen], label)
    return chart.frame()


def _ready_percent(point: Point) -> float:
    return 100 * point.ready / point.n


def crossover_chart(points: Mapping[str, Sequence[Point]], alt: str = "", *, title: str = "") -> StaticFigure:
    """Draw the cost of poll and epoll against the share of ready descriptors, with a mark where the lines cross.

    Args:
        points: for each kind of descriptor its points, as of the list of cases "shares". The marks of the first kind
            are filled, those of the others are hollow.
        alt: what the chart shows besides its title, as text, for readers who can't see it.
        title: the claim of the chart.
    """
    curves: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    crossings: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    for kind, measured in points.items():
        for method in SharePanel.METHODS:
            chosen = wait_cost.select_points(measured, method=method)
            percents = [_ready_percent(point) for point in chosen]
            name = _kind_label(method, kind)
            curves[name] = percents, [point.microseconds for point in chosen]
        if share := wait_cost.ready_share_crossover(measured):
            height = float(np.interp(share, *curves[name]))
            crossings[_("{kind}: {share:.0f} %").format(kind=kind, share=share)] = [share], [height]
    n = next(iter(points.values()))[0].n
    x = Scale(_("% of {n:,} descriptors ready").format(n=n), 0, 100)
    return line_chart(curves | crossings, x, Scale(_("µs for one wait"), 0, 50), alt, title=title)


class SweepPanel(Panel):
    """A panel with a chart: the cost of one wait against the number of descriptors, for select, poll and epoll.

    Display the panel first. Then call `run`, which measures, and draws each point immediately.

    Attributes:
        points: the points of the current chart.
    """

    def __init__(self) -> None:
        super().__init__(status_interval=1.0)
        self.points: list[Point] = []
        self._chart = _method_chart(
            _("Microseconds for one wait against the number of descriptors watched, for each system call"),
            Scale(_("descriptors watched, one of them ready"), 10, 10_000, log=True),
            Scale(_("µs for one wait"), 0.1, 1000, log=True),
            METHODS,
        )
        self.widget = widgets.VBox([self._view, self._status.widget])
        self._show()

    def run(self, name: str = "standard") -> list[Point]:
        """Measure a list of benchmark cases, draw each point immediately, and return all points.

        Args:
            name: one of `wait_cost_cases.CASE_LISTS`. If this system can't measure it, recorded points are drawn.
        """
        self.points.clear()
        points = wait_cost.measure(name)
        with contextlib.ExitStack() as stack:
            if isinstance(points, wait_cost.Sweep):
                stack.enter_context(points)  # if the cell is interrupted, the worker process ends
            for point in points:
                self.points.append(point)
                self._show()
                text = _("{method}, {n:,} descriptors: {us:.1f} µs")
                self._status.update(text.format(method=point.method, n=point.n, us=point.microseconds))
        self._status.update(_("{n} points.").format(n=len(self.points)), final=True)
        return list(self.points)

    def _show(self) -> None:
        self._view.value = _frame(self._chart, self.points, lambda point: point.n)

    def __repr__(self) -> str:
        return _("A chart that is drawn point by point while the sweep runs. Its finished picture follows.")


class SharePanel(Panel):
    """A panel with a chart: the cost of one wait with poll and epoll, against the share of descriptors that are ready.

    A slider sets the share, and the panel measures at this share. Without epoll, it shows recorded points instead.
    After `offer_kinds`, the reader can choose another kind of descriptor. The lines of the kind before then stay, and
    are thin.

    Attributes:
        points: the points of the kind that is chosen.
    """

    DESCRIPTORS = 1000
    METHODS = ("poll", "epoll")
    FIRST_PERCENTAGES = (1, 80)  # of each kind but the first: its lines would answer the reader's question
    SAVED_PERCENTAGES = (1, 30, 45, 60, 80, 100)  # measured for the picture in a frozen notebook
    KINDS = ("eventfd", "pipe", "socketpair", "tcp")

    @closed_on_error
    def __init__(self) -> None:
        super().__init__("shares", status_interval=1.0)
        self.points: list[Point] = []
        self._before: list[Point] = []  # of the kind that was chosen before
        self._task_thread = LatestTaskThread(self._show_error)
        self._chart = _method_chart(
            _("Microseconds for one wait for poll and epoll, against the share of the descriptors that is ready"),
            Scale(_("% of {n:,} descriptors ready").format(n=self.DESCRIPTORS), 0, 100, step=10),
            Scale(_("µs for one wait"), 0, 60),
            self.METHODS,
            before=True,
            height=2.6,  # the text above it stays in sight
        )
        self._percent = NumberControl(_("% ready"), range(1, 101), 10, lambda _percent: self._submit(self._measure))
        kinds = [kind for kind in self.KINDS if self._case_list_name(kind) in wait_cost_cases.CASE_LISTS]
        self._kind = switch(_("Descriptors"), kinds, lambda _kind: self._submit(self._restart))
        self._kind.layout.display = "none"
        controls = row(self._percent.widget, self._kind)
        self.widget = widgets.VBox([controls, self._alert.widget, self._view, self._status.widget])
        self._measure()  # a chart is never empty when it is first seen

    def offer_kinds(self) -> None:
        """Show the switch for the kind of descriptor: not before a question that it would answer."""
        self._kind.layout.display = "flex"  # as `switch` has it

    @staticmethod
    def _case_list_name(kind: str) -> str:
        return "shares" if kind == "eventfd" else f"shares_{kind}"

    def _submit(self, task: Callable[[], None]) -> None:
        self._task_thread.submit(lambda: self.call_safely(task))

    def _restart(self) -> None:
        """Measure the first points of this kind of descriptor: enough to see where the two lines cross."""
        self._percent.note.update("")  # what was typed before is history
        self._before, self.points = self.points, []
        for share in sorted({*self.FIRST_PERCENTAGES, *(round(_ready_percent(point)) for point in self._before)}):
            self._measure_at(share)
        self._measure()

    def _measure(self) -> None:
        self._measure_at(self._percent.value)

    def _measure_at(self, percent: int) -> None:
        points = self._points_at(percent, self._kind.value)
        for point in points:
            old = wait_cost.select_points(self.points, method=point.method, ready=point.ready)
            self.points = [p for p in self.points if p not in old] + [point]
        times = [_("{method} {us:.1f} µs").format(method=point.method, us=point.microseconds) for point in points]
        share = 100 * points[0].ready / self.DESCRIPTORS
        text = _("{percent:.0f} % ready: {times}.").format(percent=share, times=", ".join(times))
        self._status.update(text, final=True)
        self._show()

    def _points_at(self, percent: int, kind: str) -> list[Point]:
        """Measure with `percent` of the descriptors ready. Without epoll, return the nearest recorded points."""
        ready = max(1, percent * self.DESCRIPTORS // 100)
        if wait_cost.can_measure(self._case_list_name(kind)):
            cases = (BenchmarkCase(method, self.DESCRIPTORS, ready=ready, kind=kind) for method in self.METHODS)
            with wait_cost.sweep(cases) as sweep:
                return list(sweep)
        points = wait_cost.recorded_points(self._case_list_name(kind))
        nearest = min(points, key=lambda point: abs(point.ready - ready))
        return wait_cost.select_points(points, ready=nearest.ready)

    def _show(self) -> None:
        self._view.value = _frame(self._chart, self.points, _ready_percent, self._before)

    def stop_refreshing(self) -> None:
        """End the thread that measures. A second call does nothing."""
        if hasattr(self, "_task_thread"):  # not so if `__init__` was interrupted
            self._task_thread.stop()

    def settle(self) -> None:
        """Measure at more shares, so that the picture shows where the lines cross."""
        for percent in self.SAVED_PERCENTAGES:
            self.call_safely(partial(self._measure_at, percent))

    def picture(self) -> StaticFigure:
        """Return the current chart as a picture that does not change."""
        share = wait_cost.ready_share_crossover(sorted(self.points, key=lambda point: point.ready))
        title = _("From {share:.0f} % ready, epoll costs more than poll").format(share=share) if share else ""
        return self._chart.picture(title or _("epoll's cost climbs with the ready share"))

    def __repr__(self) -> str:
        return _("A slider for the share of ready descriptors, and a chart of the cost of poll and epoll.")

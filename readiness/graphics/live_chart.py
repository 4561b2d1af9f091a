"""A chart that moves: matplotlib draws the stage once, a frame rewrites the data alone.

A frame costs a thousandth of a drawing, so that a thread can make eight a second beside whatever else the kernel does.
It makes SVG text; who shows it, and how often, is not its business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure

from readiness.graphics.charts import SVG, XLINK, Picture, Scale, Style, drawing, salt, svg


@dataclass
class Series:
    """What a live chart shows of one thing: a line through its points, a mark on each, or both."""

    name: str
    style: Style = field(default_factory=Style)
    label: str | None = None  # in the legend; None keeps it out
    line: bool = True
    marks: bool = False
    xs: Sequence[float] = ()
    ys: Sequence[float] = ()


@dataclass
class Plot:
    """One pair of axes: its y scale and what is drawn in it. `share`: of the height."""

    y: Scale
    series: list[Series]
    share: float = 1.0


@dataclass(eq=False)
class LiveChart:
    """Plots under one another over one x scale. `set` gives a series its data, `frame` is the SVG of now.

    The stage is drawn anew (some 200 ms) only when a scale has to grow. One thread at a time.
    """

    label: str  # what the chart shows, in words, for those who can't see it
    x: Scale
    plots: list[Plot]
    size: tuple[float, float] = (7.2, 3.6)
    drawings: int = 0  # how often the stage was drawn

    def __post_init__(self) -> None:
        self._salt = salt()
        self._series = {series.name: series for plot in self.plots for series in plot.series}
        self._parts: list[str] = []  # the stage's text, cut where the data goes
        self._slots: list[tuple[Series, str]] = []  # what goes there: a series' line ("path"), or its marks (their id)
        self._transforms: dict[str, Any] = {}

    @property
    def names(self) -> list[str]:
        """The names of the series, in their order."""
        return list(self._series)

    def set(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """New data for one series; NaN leaves a gap."""
        series = self._series[name]
        series.xs, series.ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)

    def frame(self) -> str:
        """The chart as it stands, as an SVG."""
        if self._grow() or not self._parts:
            self._stage()
        pieces = [self._parts[0]]
        for (series, slot), rest in zip(self._slots, self._parts[1:], strict=True):
            pieces += (self._draw(series, slot), rest)
        return "".join(pieces)

    def _grow(self) -> bool:
        grown = [self.x.hold(np.asarray(series.xs)) for series in self._series.values()]
        grown += [plot.y.hold(np.asarray(series.ys), room=1.05) for plot in self.plots for series in plot.series]
        return any(grown)

    def _draw(self, series: Series, slot: str) -> str:
        """The series' data as SVG: in points (1/72 inch) from the upper left corner."""
        if not len(series.xs):
            return ""
        with np.errstate(divide="ignore", invalid="ignore"):
            points = self._transforms[series.name].transform(np.column_stack([series.xs, series.ys]))
        points[:, 1] = self._height - points[:, 1]
        here = np.isfinite(points).all(axis=1)
        if slot != "path":
            return "".join([f'<use href="#{slot}" x="{x:.1f}" y="{y:.1f}"/>' for x, y in points[here].tolist()])
        fresh = here & ~np.concatenate([[False], here[:-1]])  # after a gap the pen is lifted
        return "".join(
            f"{'M' if lifted else 'L'}{x:.1f} {y:.1f}"
            for (x, y), lifted in zip(points[here].tolist(), fresh[here].tolist(), strict=True)
        )

    def _stage(self) -> None:
        """Draw all but the data with matplotlib, and find the places where the data goes."""
        self.drawings += 1
        with drawing(self._salt):
            figure = Figure(figsize=self.size, layout="constrained", dpi=72)  # a pixel is a point: SVG's own unit
            drawn = self._fill(figure, stage=True)
            root = svg(figure, self.label)
        self._height = figure.get_figheight() * 72
        # frozen: what the figure did to its axes while it was laid out is over
        self._transforms = {name: line.axes.transData.frozen() for name, line in drawn.items()}
        self._slots = [slot for name in drawn for slot in self._open(root, self._series[name])]
        self._parts = ElementTree.tostring(root, encoding="unicode").split("@data@")

    def _open(self, root: ElementTree.Element, series: Series) -> list[tuple[Series, str]]:
        """Put a mark where the data of `series` goes: its path's ``d``, and the ``<use>`` of its markers."""
        group = next(g for g in root.iter(f"{SVG}g") if g.get("id") == f"live-{series.name}")
        del group.attrib["id"]
        slots = []
        if series.line:
            group.find(f"{SVG}path").set("d", "@data@")
            slots.append((series, "path"))
        if series.marks:
            marks = group.find(f"{SVG}g")
            uses = list(marks)
            marks.set("style", uses[0].get("style", ""))
            for use in uses:
                marks.remove(use)
            marks.text = "@data@"
            slots.append((series, uses[0].get(f"{XLINK}href").removeprefix("#")))
        return slots

    def _fill(self, figure: Figure, stage: bool) -> dict[str, Any]:
        """Draw axes, labels and legend, with the data or, for the stage, with a point that stands for it."""
        shares = [plot.share for plot in self.plots]
        axes = figure.subplots(len(shares), 1, sharex=True, height_ratios=shares, squeeze=False)[:, 0]
        drawn = {}
        for ax, plot in zip(axes, self.plots, strict=True):
            for series in plot.series:
                (drawn[series.name],) = ax.plot(
                    *((2 * [self.x.high], 2 * [plot.y.high]) if stage else (series.xs, series.ys)),
                    color=series.style.color,
                    linestyle=series.style.dash if series.line else "none",
                    marker=series.style.marker if series.marks else "",
                    alpha=1 if series.line else 0.8,
                    label=series.label or "_",
                    gid=f"live-{series.name}",
                )
            plot.y.put(ax, "y")
            if any(series.label for series in plot.series):
                ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)  # above, over no data
        self.x.put(axes[-1], "x")
        return drawn

    def picture(self, alt: str | None = None) -> Picture:
        """The chart as it stands, as a picture that stands still."""
        self._grow()
        return Picture(lambda figure: self._fill(figure, stage=False), alt or self.label, self.size)

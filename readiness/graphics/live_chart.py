"""A live chart: matplotlib draws the background once, and each frame adds the current data to the background.

A frame takes a thousandth of the time of a full drawing. So a thread can make eight frames a second while the kernel of
the notebook does other work. This module makes the text of an SVG. The panels of `readiness.widgets` show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.graphics.charts import SVG, XLINK, Scale, StaticFigure, Style, chart_style, new_svg_salt, svg


@dataclass
class Series:
    """One data series of a live chart.

    Attributes:
        name: the name of the series in the chart.
        style: the colour, the marker and the dash.
        label: the text in the legend; None for no entry in the legend.
        line: True to draw a line through the points.
        marks: True to draw a mark at each point.
        xs: the x value of each point.
        ys: the y value of each point.
    """

    name: str
    style: Style = field(default_factory=Style)
    label: str | None = None
    line: bool = True
    marks: bool = False
    xs: np.ndarray = field(default_factory=lambda: np.empty(0))
    ys: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass
class Plot:
    """One pair of axes of a live chart: its y scale, its series, and its height relative to the other plots."""

    y: Scale
    series: list[Series]
    height_ratio: float = 1.0


@dataclass(eq=False)
class LiveChart:
    """A chart whose data changes. It has one or more plots, one below the other, with a common x scale.

    `set` changes the data of a series, and `frame` returns the chart as SVG. matplotlib draws the background again
    (about 200 ms) only if a scale must be expanded. Only one thread at a time may use a chart.

    Attributes:
        label: what the chart shows, as text, for readers who can't see it.
        x: the x scale of all plots.
        plots: the plots, from top to bottom.
        size: width and height, in inches.
        redraws: how often the background was drawn.
    """

    label: str
    x: Scale
    plots: list[Plot]
    size: tuple[float, float] = (7.2, 3.6)
    redraws: int = 0

    def __post_init__(self) -> None:
        self._salt = new_svg_salt()
        self._series = {series.name: series for plot in self.plots for series in plot.series}
        self._fragments: list[str] = []  # the text of the background, split where data is inserted
        # What is inserted there: the line of a series ("path"), or its marks (the id of one mark).
        self._placeholders: list[tuple[Series, str]] = []
        self._transforms: dict[str, Any] = {}  # matplotlib's hint of what frozen() returns is too wide to be used
        self._height = 0.0  # of the figure, in points

    @property
    def names(self) -> list[str]:
        """The names of all series, in the order of the plots."""
        return list(self._series)

    def set(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Replace the data of one series.

        Args:
            name: the name of the series.
            xs: the x value of each point.
            ys: the y value of each point. NaN leaves a gap in the line.
        """
        series = self._series[name]
        series.xs, series.ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)

    def frame(self) -> str:
        """Return the chart with its current data, as the text of an SVG."""
        if self._expand_scales() or not self._fragments:
            self._render_template()
        pieces = [self._fragments[0]]
        for (series, target), rest in zip(self._placeholders, self._fragments[1:], strict=True):
            pieces += (self._data_svg(series, target), rest)
        return "".join(pieces)

    def _expand_scales(self) -> bool:
        grown = [self.x.expand_to(series.xs) for series in self._series.values()]
        grown += [plot.y.expand_to(series.ys, headroom=1.05) for plot in self.plots for series in plot.series]
        return any(grown)

    def _data_svg(self, series: Series, target: str) -> str:
        """Return the data of a series as SVG, in points (1/72 inch) from the upper left corner."""
        if not len(series.xs):
            return ""
        with np.errstate(divide="ignore", invalid="ignore"):
            points = self._transforms[series.name].transform(np.column_stack([series.xs, series.ys]))
        points[:, 1] = self._height - points[:, 1]
        finite = np.isfinite(points).all(axis=1)
        if target != "path":
            return "".join([f'<use href="#{target}" x="{x:.1f}" y="{y:.1f}"/>' for x, y in points[finite].tolist()])
        starts = finite & ~np.concatenate([[False], finite[:-1]])  # a new segment begins after a gap
        return "".join(
            f"{'M' if is_start else 'L'}{x:.1f} {y:.1f}"
            for (x, y), is_start in zip(points[finite].tolist(), starts[finite].tolist(), strict=True)
        )

    def _render_template(self) -> None:
        """Draw the background, and find the places in its SVG where data is inserted."""
        self.redraws += 1
        with chart_style(self._salt):
            figure = Figure(figsize=self.size, layout="constrained", dpi=72)  # a pixel is a point: SVG's own unit
            axes_of = self._plot_all(figure, placeholder=True)
            root = svg(figure, self.label)
        self._height = figure.get_figheight() * 72
        # The layout is final. A frozen copy of a transform keeps it, whatever happens to the figure later.
        self._transforms = {name: ax.transData.frozen() for name, ax in axes_of.items()}
        self._placeholders = [
            target for name in axes_of for target in self._insert_placeholders(root, self._series[name])
        ]
        self._fragments = ElementTree.tostring(root, encoding="unicode").split("@data@")

    def _insert_placeholders(self, root: ElementTree.Element, series: Series) -> list[tuple[Series, str]]:
        """Insert placeholders for the data of a series: in the ``d`` of its line, and instead of its ``<use>`` tags.

        Returns:
            (series, what is inserted) for each placeholder, in the order of the SVG.
        """
        group = next(g for g in root.iter(f"{SVG}g") if g.get("id") == f"live-{series.name}")
        del group.attrib["id"]
        placeholders = []
        if series.line:
            group.findall(f"{SVG}path")[0].set("d", "@data@")
            placeholders.append((series, "path"))
        if series.marks:
            marks = group.findall(f"{SVG}g")[0]
            uses = list(marks)
            marks.set("style", uses[0].get("style", ""))
            for use in uses:
                marks.remove(use)
            marks.text = "@data@"
            placeholders.append((series, uses[0].attrib[f"{XLINK}href"].removeprefix("#")))
        return placeholders

    def _plot_all(self, figure: Figure, placeholder: bool) -> dict[str, Axes]:
        """Draw axes, labels, legend and data. Return a dict from the name of each series to its axes.

        Args:
            figure: an empty figure.
            placeholder: draw one point of each series instead of its data.
        """
        height_ratios = [plot.height_ratio for plot in self.plots]
        axes = figure.subplots(len(height_ratios), 1, sharex=True, height_ratios=height_ratios, squeeze=False)[:, 0]
        axes_of = {}
        for ax, plot in zip(axes, self.plots, strict=True):
            for series in plot.series:
                axes_of[series.name] = ax
                ax.plot(
                    *((2 * [self.x.high], 2 * [plot.y.high]) if placeholder else (series.xs, series.ys)),
                    color=series.style.color,
                    linestyle=series.style.dash if series.line else "none",
                    marker=series.style.marker if series.marks else "",
                    alpha=1 if series.line else 0.8,
                    label=series.label or "_",
                    gid=f"live-{series.name}",
                )
            plot.y.apply_to(ax, "y")
            if any(series.label for series in plot.series):
                ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)  # above the data
        self.x.apply_to(axes[-1], "x")
        return axes_of

    def picture(self, alt: str | None = None) -> StaticFigure:
        """Return the chart with its current data as a figure that does not change.

        `alt` says what the figure shows, for readers who can't see it. None stands for the chart's `label`.
        """
        self._expand_scales()
        return StaticFigure(lambda figure: self._plot_all(figure, placeholder=False), alt or self.label, self.size)

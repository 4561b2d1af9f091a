"""A live chart: matplotlib draws the background once, and each frame adds the current data to it.

A frame takes a thousandth of the time of a full drawing, so a thread can make eight frames a second while a notebook's
kernel does other work. This module makes SVG text. The panels of `readiness.widgets` show it.
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
    """One data series of a live chart: a line through its points, a mark on each, or both."""

    name: str
    style: Style = field(default_factory=Style)
    label: str | None = None  # in the legend; None for no entry there
    line: bool = True
    marks: bool = False
    xs: np.ndarray = field(default_factory=lambda: np.empty(0))
    ys: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass
class Plot:
    """One pair of axes: its y scale, its series, and its height in relation to the other plots."""

    y: Scale
    series: list[Series]
    height_ratio: float = 1.0


@dataclass(eq=False)
class LiveChart:
    """A chart whose data changes: one or more plots, one below the other, with a common x scale.

    `set` changes the data of a series, and `frame` returns the chart as SVG. matplotlib draws the background again
    (about 200 ms) only when a scale must grow. Only one thread at a time may use a chart.

    Attributes:
        label: what the chart shows, as text, for readers who can't see it.
        x: the common x scale.
        plots: the plots, from the top.
        size: width and height, in inches.
        redraws: the number of times that the background was drawn.
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
        """The names of the series, in order."""
        return list(self._series)

    def set(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Set the data of one series.

        Args:
            name: the name of the series.
            xs: the x of its points.
            ys: the y of its points, as many; NaN leaves a gap in the line.
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
        """Draw the chart without its data, and find the places of the data in its SVG."""
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
        """Insert placeholders for a series: for the ``d`` of its path, and for the ``<use>`` of its marks."""
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
        """Draw axes, labels, legend, and the data; return the axes of each series.

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
        """Return the chart with its current data as a static figure; `alt` describes it, and by default `label`."""
        self._expand_scales()
        return StaticFigure(lambda figure: self._plot_all(figure, placeholder=False), alt or self.label, self.size)

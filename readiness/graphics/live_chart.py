"""A live chart: matplotlib draws the background once, and each frame adds the current data to the background.

A frame takes a thousandth of the time of a full drawing. So a thread can make eight frames a second while the kernel of
the notebook does other work. This module makes the text of an SVG. The panels of `readiness.widgets` show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike

from readiness.graphics.charts import Scale, StaticFigure, chart_style, new_svg_salt, svg
from readiness.graphics.end_labels import (
    LABEL_DISTANCE,
    LABEL_GAP,
    LABEL_LEADER,
    LineEnd,
    draw_end_labels,
    fix_layout,
    spread,
)
from readiness.graphics.marks import FONTS, Marks, css_color, dash_array, path_data
from readiness.graphics.styles import Style


@dataclass
class Series:
    """One data series of a live chart.

    Attributes:
        name: the name of the series in the chart.
        style: the colour, the marker and the dash.
        label: the text in the legend; None for no entry in the legend.
        line: True to draw a line through the points.
        marks: the mark at each point; None for no marks.
        width: the width of the line, in points.
        xs: the x value of each point.
        ys: the y value of each point.
        end_label: a text at the last point; "" for none.
    """

    name: str
    style: Style = field(default_factory=Style)
    label: str | None = None
    line: bool = True
    marks: Marks | None = None
    width: float = 1.8
    xs: np.ndarray = field(default_factory=lambda: np.empty(0))
    ys: np.ndarray = field(default_factory=lambda: np.empty(0))
    end_label: str = ""


@dataclass
class Plot:
    """One pair of axes of a live chart: its y scale, its series, and its height relative to the other plots."""

    y: Scale
    series: list[Series]
    height_ratio: float = 1.0


@dataclass(eq=False)
class LiveChart:
    """A chart whose data changes. It has one or more plots, one below the other, with a common x scale.

    `set` changes the data of a series. `frame` returns the chart as one SVG. `background` and `data` return it as two,
    for a page that puts one on the other: the browser then draws the background only if it has changed. matplotlib
    draws the background again (about 200 ms) only if a scale must be expanded. Only one thread at a time may use a
    chart.

    Attributes:
        label: what the chart shows, as text, for readers who can't see it.
        x: the x scale of all plots.
        plots: the plots, from top to bottom.
        size: width and height, in inches.
        longest_label: a text as long as the longest label at the end of a line. The chart keeps space for it.
        redraws: how often the background was drawn.
    """

    label: str
    x: Scale
    plots: list[Plot]
    size: tuple[float, float] = (7.2, 3.6)
    longest_label: str = ""
    redraws: int = 0

    def __post_init__(self) -> None:
        self._salt = new_svg_salt()
        self._series = {series.name: series for plot in self.plots for series in plot.series}
        self._start_tag = ""  # the first tag of the SVG, without the label and without its end
        self._background = ""  # what stands in the SVG besides the data
        self._transforms: dict[str, Any] = {}  # matplotlib's hint of what frozen() returns is too wide to be used

    @property
    def names(self) -> list[str]:
        """The names of all series, in the order of the plots."""
        return list(self._series)

    def set(self, name: str, xs: Sequence[float], ys: Sequence[float], end_label: str = "") -> None:
        """Replace the data of one series.

        Args:
            name: the name of the series.
            xs: the x value of each point.
            ys: the y value of each point. NaN leaves a gap in the line.
            end_label: a text at the last point.
        """
        series = self._series[name]
        series.xs, series.ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        series.end_label = end_label

    def frame(self) -> str:
        """Return the chart with its current data, as the text of an SVG."""
        self._update_background()
        return self._svg(f'role="img" aria-label="{escape(self.label)}"', self._background + self._data_svg())

    def background(self) -> str:
        """Return the axes, the grid and the legend as the text of an SVG. A screen reader does not read it."""
        self._update_background()
        return self._svg('aria-hidden="true"', self._background)

    def data(self) -> str:
        """Return the current data as the text of an SVG, which fits exactly on the `background`."""
        self._update_background()
        return self._svg(f'role="img" aria-label="{escape(self.label)}"', self._data_svg())

    def _svg(self, attributes: str, content: str) -> str:
        return f"{self._start_tag} {attributes}>{content}</svg>"

    def _update_background(self) -> None:
        """Draw the background if it was not drawn yet, or if a scale has been expanded."""
        if self._expand_scales() or not self._background:
            self._draw_background()

    def _draw_background(self) -> None:
        self.redraws += 1
        with chart_style(self._salt):
            figure = Figure(figsize=self.size, layout="constrained", dpi=72)  # a pixel is a point: SVG's own unit
            axes_of = self._plot_axes(figure)
            root = svg(figure, self.label)
        for name in ("role", "aria-label"):  # `_svg` sets them
            del root.attrib[name]
        # The layout is final. A frozen copy of a transform keeps it, whatever happens to the figure later.
        self._transforms = {name: ax.transData.frozen() for name, ax in axes_of.items()}
        self._start_tag, _angle, rest = ElementTree.tostring(root, encoding="unicode").partition(">")
        self._background = rest.removesuffix("</svg>")

    def _expand_scales(self) -> bool:
        grown = [self.x.expand_to(series.xs) for series in self._series.values()]
        grown += [plot.y.expand_to(series.ys, headroom=1.05) for plot in self.plots for series in plot.series]
        return any(grown)

    def _data_svg(self) -> str:
        """Return the data of all series as SVG elements, in points (1/72 inch) from the upper left corner."""
        positions = {name: self._positions(series) for name, series in self._series.items()}
        parts = [self._series_svg(series, positions[name]) for name, series in self._series.items()]
        ends = {name: points[-1] for name, points in positions.items() if self._series[name].end_label and len(points)}
        heights = spread([y for _x, y in ends.values()], LABEL_DISTANCE)
        for (name, (x, old_y)), y in zip(ends.items(), heights, strict=True):
            series, (start, end) = self._series[name], LABEL_LEADER
            parts.append(
                f'<path d="M{x + start:.1f} {old_y:.1f}L{x + end:.1f} {y:.1f}" '
                f'style="fill: none; stroke: {css_color(series.style.color)}; stroke-width: 0.8"/>'
                f'<text x="{x + LABEL_GAP:.1f}" y="{y:.1f}" dy=".35em" '
                f'style="font: bold 10px {FONTS}; fill: currentColor">{escape(series.end_label)}</text>'
            )
        return "".join(parts)

    def _positions(self, series: Series) -> np.ndarray:
        """Return the x and y of each point in points. They are NaN where a value is missing or can't be shown."""
        with np.errstate(divide="ignore", invalid="ignore"):
            points = self._transforms[series.name].transform(np.column_stack([series.xs, series.ys]))
        points[:, 1] = self.size[1] * 72 - points[:, 1]
        points[~np.isfinite(points).all(axis=1)] = np.nan
        return points

    def _series_svg(self, series: Series, points: np.ndarray) -> str:
        color, svg_text = css_color(series.style.color), ""
        if series.line and (path := path_data(points)):
            dash = dash_array(series.style.dash, series.width)
            svg_text += (
                f'<path d="{path}" style="fill: none; stroke: {color}; stroke-width: {series.width}; '
                f'stroke-linejoin: round{dash}"/>'
            )
        if series.marks and (path := series.marks.path_data(series.style.marker, points)):
            css_class = f' class="{series.marks.css_class}"' if series.marks.css_class else ""
            svg_text += f'<path{css_class} d="{path}" style="fill: {color}; opacity: {series.marks.opacity}"/>'
        return svg_text

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the chart with its current data into a figure. What else the figure shows must be there already.

        Args:
            figure: an empty figure with a constrained layout, or an empty part of one. Its layout is final afterwards.
        """
        self._expand_scales()
        axes_of = self._plot_axes(figure)
        ends = []
        for name, series in self._series.items():
            ax, style = axes_of[name], series.style
            _plot(ax, series, series.xs, series.ys)
            if series.end_label and len(series.xs):
                ends.append(LineEnd(ax, series.xs[-1], series.ys[-1], series.end_label, style.color))
        draw_end_labels(ends)

    def _plot_axes(self, figure: Figure | SubFigure) -> dict[str, Axes]:
        """Draw axes, labels and legend, and fix the layout. Return a dict from the name of each series to its axes."""
        height_ratios = [plot.height_ratio for plot in self.plots]
        axes = figure.subplots(len(height_ratios), 1, sharex=True, height_ratios=height_ratios, squeeze=False)[:, 0]
        axes_of = {}
        for ax, plot in zip(axes, self.plots, strict=True):
            for series in plot.series:
                axes_of[series.name] = ax
                _plot(ax, series, [], [])
            plot.y.apply_to(ax, "y")
            if any(series.label for series in plot.series):
                ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)  # above the data
        self.x.apply_to(axes[-1], "x")
        fix_layout(figure, axes[0], self.longest_label)
        return axes_of

    def picture(self, title: str = "") -> StaticFigure:
        """Return the chart with its current data as a figure that does not change. `title` is its claim."""
        return StaticFigure(self.draw, self.label, self.size, title)


def _plot(ax: Axes, series: Series, xs: ArrayLike, ys: ArrayLike) -> None:
    """Draw one series with matplotlib."""
    marks = series.marks
    [line] = ax.plot(
        xs,
        ys,
        color=series.style.color,
        linestyle=series.style.dash if series.line else "none",
        linewidth=series.width,
        marker=series.style.marker if marks else "",
        markersize=marks.size if marks else 0,
        markeredgewidth=0,
        alpha=marks.opacity if marks and not series.line else 1,
        label=series.label or "_",
        clip_on=False,  # draw the marks on the frame whole
    )
    line.set_in_layout(False)  # the layout is the same for any data

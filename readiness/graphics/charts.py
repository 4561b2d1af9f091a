"""Static charts: lines and stacked bars, in the style of the course.

A chart shows given numbers. Every figure is an SVG in the text colour of its page (`currentColor`), so it can be read
in a light and in a dark theme. A saved notebook contains the figure as a PNG and as a text.
"""

import io
import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from readiness.graphics.end_labels import LineEnd, draw_end_labels, fix_layout

FOREGROUND = "#010203"
"""The colour that `svg` replaces with the text colour of the page. No figure uses this colour for anything else."""


@dataclass(frozen=True)
class Style:
    """The look of one method in every chart: its colour, marker and dash. Each method (such as epoll) has its own."""

    color: str = FOREGROUND
    marker: str = "."
    dash: str | tuple[int, tuple[int, ...]] = "solid"


# Okabe and Ito's colours, which colour-blind readers can distinguish; each has 3:1 against white and against #111.
METHOD_STYLES = {
    "select": Style("#d55e00", "s", (0, (6, 2))),
    "poll": Style("#0072b2", "^", (0, (6, 2, 1, 2))),
    "epoll": Style("#009e73", "o"),
    "kqueue": Style("#b05a92", "D", (0, (2, 1))),
}
SEGMENT_STYLES = ((0.8, ""), (0.35, "///"), (0.12, ""), (0.0, "xxx")) * 2  # of a bar's segments: opacity and hatch

SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", SVG.strip("{}"))
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
_matplotlib_lock = threading.Lock()  # one figure at a time, because matplotlib's settings are global
_salt_numbers = itertools.count()


def new_svg_salt() -> str:
    """Return a new salt for `chart_style`. It makes the ids of one SVG different from the ids of other SVGs."""
    return f"picture-{next(_salt_numbers)}"


@contextmanager
def chart_style(salt: str) -> Iterator[None]:
    """Context manager: use the course's matplotlib settings until the `with` block ends.

    `salt` is a text from `new_svg_salt`. Only one thread at a time can be in such a block.
    """
    with (
        _matplotlib_lock,
        mpl.rc_context(
            {
                "text.color": FOREGROUND,
                "axes.edgecolor": FOREGROUND,
                "axes.labelcolor": FOREGROUND,
                "xtick.color": FOREGROUND,
                "ytick.color": FOREGROUND,
                "xtick.labelcolor": FOREGROUND,
                "ytick.labelcolor": FOREGROUND,
                "grid.color": FOREGROUND,
                "patch.edgecolor": FOREGROUND,
                "hatch.color": FOREGROUND,
                "figure.facecolor": "none",
                "axes.facecolor": "none",
                "savefig.facecolor": "none",
                "legend.facecolor": "none",
                "font.family": "sans-serif",
                "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
                "font.size": 10,
                "axes.titlesize": 11,
                "axes.titlelocation": "left",
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.grid": True,
                "grid.alpha": 0.15,
                "legend.frameon": False,
                "lines.linewidth": 1.8,
                "lines.markersize": 6,
                "svg.fonttype": "none",
                "svg.hashsalt": salt,
            }
        ),
    ):
        yield


def svg(figure: Figure, label: str) -> ElementTree.Element:
    """Return a figure as an SVG tree. What is drawn in `FOREGROUND` gets the text colour of the page that shows it.

    Args:
        figure: the figure, drawn inside a `chart_style` block.
        label: what the figure shows, as text, for readers who can't see it.
    """
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue().decode().replace(FOREGROUND, "currentColor")
    used = set(re.findall(r"#([\w-]+)", text))
    root = ElementTree.fromstring(text)
    for element in root.iter():
        if element.get("id") not in used:  # nothing in the SVG refers to it
            element.attrib.pop("id", None)
    for metadata in root.findall(f"{SVG}metadata"):
        root.remove(metadata)
    width = float(root.attrib.pop("width").removesuffix("pt")) * 4 / 3  # points to pixels
    del root.attrib["height"]
    root.set("style", f"width: {width:.0f}px; max-width: 100%; height: auto")
    root.set("role", "img")
    root.set("aria-label", label)
    return root


class StaticFigure:
    """A figure that does not change, in three forms: SVG, PNG and text.

    Attributes:
        alt: what the figure shows, as text, for readers who can't see it.
        svg: the figure as the text of an SVG.
        png: the figure as the bytes of a PNG, on white.
    """

    def __init__(self, draw: Callable[[Figure], object], alt: str, size: tuple[float, float] = (7.2, 3.6)) -> None:
        """Draw the figure.

        Args:
            draw: a function that gets an empty matplotlib figure and draws into it.
            alt: what the figure shows, as text, for readers who can't see it.
            size: width and height, in inches.
        """
        self.alt = alt
        with chart_style(new_svg_salt()):
            figure = Figure(figsize=size, layout="constrained", dpi=72)  # a pixel is a point: SVG's own unit
            draw(figure)
            self.svg = ElementTree.tostring(svg(figure, alt), encoding="unicode")
            out = io.BytesIO()  # on white, for pages that show no HTML output, such as GitHub's
            figure.savefig(out, format="png", dpi=100, facecolor="white", metadata={"Software": None})
            self.png = out.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict[str, object]]:
        # nbviewer and the course's page take the PNG's alternative text from the metadata; GitHub takes none.
        return {"text/html": self.svg, "image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}

    def __repr__(self) -> str:
        return self.alt


@dataclass
class Scale:
    """The scale of one axis of a chart: its label, its lowest and highest value, and True if it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False

    def expand_to(self, values: np.ndarray, headroom: float = 1.0) -> bool:
        """Expand the scale, to round numbers, until all values are between `low` and `high`.

        Args:
            values: values on this axis. NaN and infinity are ignored. A logarithmic scale also ignores values of 0 or
                less.
            headroom: if the scale is linear, `high` must reach the greatest value times this factor.

        Returns:
            True if `low` or `high` has changed. Only a logarithmic scale changes `low`.
        """
        before = (self.low, self.high)
        values = values[np.isfinite(values) & ((values > 0) | (not self.log))]
        if values.size:
            while values.max() * (1 if self.log else headroom) > self.high:
                self.high = _next_round_value(self.high)
            while self.log and values.min() < self.low:
                self.low = 1 / _next_round_value(1 / self.low)  # a linear axis keeps its lower end
        return (self.low, self.high) != before

    def apply_to(self, ax: Axes, axis: str) -> None:
        """Use this scale for one axis of `ax`. `axis` is "x" or "y"."""
        mpl_axis = getattr(ax, f"{axis}axis")
        if self.log:
            getattr(ax, f"set_{axis}scale")("log")
            mpl_axis.set_minor_formatter("")
        else:
            mpl_axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        mpl_axis.set_major_formatter(_plain_number)
        getattr(ax, f"set_{axis}lim")(self.low, self.high)
        mpl_axis.set_label_text(self.label)


def _next_round_value(value: float) -> float:
    """Return the first number greater than `value` in the series 1, 2, 5, 10, 20, 50 …"""
    step = 10.0 ** np.floor(np.log10(value) + 1e-9)
    return next(m * step for m in (1, 2, 5, 10) if m * step > value * (1 + 1e-9))


def _plain_number(value: float, _position: object = None) -> str:
    """Return a number as 1,000 instead of 10³, which is easier to read on a logarithmic axis."""
    return (f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:g}").replace("-", "−")


def line_chart(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    x: Scale,
    y: Scale,
    alt: str,
    size: tuple[float, float] = (7.2, 3.6),
) -> StaticFigure:
    """Draw a chart with a line for each series, a mark at each of its points, and its name at its last point.

    Args:
        series: a mapping from the name of each series to its (x values, y values). The first word of the name is the
            method, which gives the style (see `METHOD_STYLES`). If the name has more words, the marks are hollow.
        x: the scale of the horizontal axis. It is expanded to contain all points.
        y: the scale of the vertical axis. It is expanded to contain all points.
        alt: what the chart shows, as text, for readers who can't see it.
        size: width and height, in inches.
    """

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        ends = [_draw_line(ax, name, xs, ys) for name, (xs, ys) in series.items()]
        for xs, ys in series.values():
            x.expand_to(np.asarray(xs, dtype=float))
            y.expand_to(np.asarray(ys, dtype=float), headroom=1.05)
        x.apply_to(ax, "x")
        y.apply_to(ax, "y")
        if len(series) > 1:
            fix_layout(figure, ax, max(series, key=len), "normal")
            draw_end_labels(ends)

    return StaticFigure(draw, alt, size)


def _draw_line(ax: Axes, name: str, xs: Sequence[float], ys: Sequence[float]) -> LineEnd:
    """Draw a line, and return its last point with its name as the label."""
    method, *more = name.replace(",", "").split()
    style = METHOD_STYLES.get(method, Style(marker="D"))
    ax.plot(
        xs,
        ys,
        color=style.color,
        marker=style.marker,
        linestyle=style.dash,
        clip_on=False,  # draw the marks on the frame whole
        markerfacecolor="none" if more else style.color,
        linewidth=0.9 if more else 1.8,
    )
    return LineEnd(ax, xs[-1], ys[-1], name, style.color, style.marker, not more, "normal", is_point=len(xs) == 1)


def stacked_bars(
    bars: Mapping[str, Mapping[str, float]], unit: str, alt: str, size: tuple[float, float] = (7.2, 2.2)
) -> StaticFigure:
    """Draw one horizontal bar for each item of `bars`. Each segment of a bar has its own shade and hatch.

    Args:
        bars: a mapping from the name of each bar to its segments. The segments are a mapping from their names to their
            lengths. All bars have the same segments.
        unit: the label of the horizontal axis.
        alt: what the chart shows, as text, for readers who can't see it.
        size: width and height, in inches.
    """

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        ends = np.zeros(len(bars))
        names = list(next(iter(bars.values())))
        for segment, (opacity, hatch) in zip(names, SEGMENT_STYLES, strict=False):
            widths = np.array([segments[segment] for segments in bars.values()])
            ax.barh(
                list(bars),
                widths,
                left=ends,
                label=segment,
                height=0.6,
                facecolor=(FOREGROUND, opacity),
                edgecolor=FOREGROUND,
                hatch=hatch,
            )
            ends += widths
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_formatter(_plain_number)
        ax.set_xlabel(unit)
        figure.legend(loc="outside upper left", ncols=len(names))

    return StaticFigure(draw, alt, size)

"""Static charts with lines, in the style of the course.

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
from matplotlib.ticker import MaxNLocator, MultipleLocator

from readiness.graphics.end_labels import LineEnd, draw_end_labels, fix_layout
from readiness.graphics.styles import (
    FOREGROUND,
    METHOD_STYLES,
    MIN_LETTER,
    REFERENCE,
    TITLE_HEIGHT,
    Style,
    draw_title,
)

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
    letters = [float(size) * 4 / 3 for size in re.findall(r"font(?:-size)?: [^;\"]*?([\d.]+)px", text)]
    least = width * MIN_LETTER / max(MIN_LETTER, min(letters, default=width))
    root.set("style", f"width: {width:.0f}px; max-width: 100%; min-width: {least:.0f}px; height: auto")
    root.set("role", "img")
    root.set("aria-label", label)
    return root


class StaticFigure:
    """A figure that does not change, in three forms: SVG, PNG and text.

    Attributes:
        alt: the title and what the figure shows, as text, for readers who can't see it.
        svg: the figure as the text of an SVG.
        png: the figure as the bytes of a PNG, on white.
    """

    def __init__(
        self, draw: Callable[[Figure], object], alt: str, size: tuple[float, float] = (7.2, 3.6), title: str = ""
    ) -> None:
        """Draw the figure.

        Args:
            draw: a function that gets an empty matplotlib figure and draws into it.
            alt: what the figure shows besides its title, as text, for readers who can't see it.
            size: width and height, in inches, without the title.
            title: the claim of the figure: a sentence of at most nine words, which stands above it.
        """
        self.alt = f"{title}. {alt}" if title and alt else title or alt
        width, height = size
        with chart_style(new_svg_salt()):
            figure = Figure((width, height + TITLE_HEIGHT * bool(title)), layout="constrained", dpi=72)
            if title:
                draw_title(figure, title)
            draw(figure)  # a pixel is a point: SVG's own unit
            self.svg = ElementTree.tostring(svg(figure, self.alt), encoding="unicode")
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
    """The scale of one axis of a chart.

    Attributes:
        label: the label of the axis.
        low: the lowest value.
        high: the highest value.
        log: True if the scale is logarithmic.
        step: between two lines of the grid of a linear scale; 0 for a few lines at round numbers.
    """

    label: str
    low: float
    high: float
    log: bool = False
    step: float = 0

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
            few = MaxNLocator(4, steps=[1, 2, 5, 10])
            mpl_axis.set_major_locator(MultipleLocator(self.step) if self.step else few)
        mpl_axis.set_major_formatter(plain_number)
        getattr(ax, f"set_{axis}lim")(self.low, self.high)
        mpl_axis.set_label_text(self.label)


def _next_round_value(value: float) -> float:
    """Return the first number greater than `value` in the series 1, 2, 5, 10, 20, 50 …"""
    step = 10.0 ** np.floor(np.log10(value) + 1e-9)
    return next(m * step for m in (1, 2, 5, 10) if m * step > value * (1 + 1e-9))


def plain_number(value: float, _position: object = None) -> str:
    """Return the label of a tick: a number as 1,000 instead of 10³, which is easier to read on a logarithmic axis."""
    return (f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:g}").replace("-", "−")


def line_chart(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]], x: Scale, y: Scale, alt: str = "", *, title: str = ""
) -> StaticFigure:
    """Draw a chart with a line for each series, a mark at each of its points, and its name at its last point.

    Args:
        series: a mapping from the name of each series to its (x values, y values). The first word of the name is the
            method, which gives the style (see `METHOD_STYLES`). The marks are hollow if another series of this method
            stands before, or if the name has more words and no method. The series "in proportion" is no measurement,
            and has no marks.
        x: the scale of the horizontal axis. It is expanded to contain all points.
        y: the scale of the vertical axis. It is expanded to contain all points.
        alt: what the chart shows besides its title, as text, for readers who can't see it.
        title: the claim of the chart.
    """

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        methods = [_method(name) for name in series]
        ends = [
            _draw_line(ax, name, xs, ys, thin=_method(name) in methods[:number])
            for number, (name, (xs, ys)) in enumerate(series.items())
        ]
        for xs, ys in series.values():
            x.expand_to(np.asarray(xs, dtype=float))
            y.expand_to(np.asarray(ys, dtype=float), headroom=1.05)
        x.apply_to(ax, "x")
        y.apply_to(ax, "y")
        if len(series) > 1:
            fix_layout(figure, ax, max(series, key=len), "normal")
            draw_end_labels(ends)

    return StaticFigure(draw, alt, title=title)


def _method(name: str) -> str:
    """Return the method whose style a series has: its first word. Without a method, return the whole name."""
    first = re.split(r"\W", name, maxsplit=1)[0]
    return first if first in METHOD_STYLES else name


def _draw_line(ax: Axes, name: str, xs: Sequence[float], ys: Sequence[float], thin: bool) -> LineEnd:
    """Draw a line, and return its last point with its name as the label."""
    style = METHOD_STYLES.get(_method(name), Style(marker="D"))
    thin = thin or (_method(name) == name and " " in name)
    if name == "in proportion":
        style = REFERENCE
    ax.plot(
        xs,
        ys,
        color=style.color,
        marker=style.marker,
        linestyle=style.dash,
        clip_on=False,  # draw the marks on the frame whole
        markerfacecolor="none" if thin else style.color,
        linewidth=0.9 if thin else 1.8,
    )
    return LineEnd(ax, xs[-1], ys[-1], name, style.color, "normal", is_point=len(xs) == 1)

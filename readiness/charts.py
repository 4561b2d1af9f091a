"""Pictures: static ones, and live ones whose frames cost a thousandth of a drawing.

They show numbers that they are given, and know neither servers nor widgets. Every picture is an SVG whose ink is the
page's own (`currentColor`), so it reads in a light and in a dark theme; its saved form is a PNG and a fixed text.
"""

import io
import itertools
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


@dataclass(frozen=True)
class Style:
    """How one thing looks in every picture: colour, marker and dash each say it alone."""

    color: str
    marker: str
    dash: Any = "solid"


# Okabe and Ito's colours, which colour-blind readers tell apart; each has 3:1 against white and against #111.
WAYS = {
    "select": Style("#d55e00", "s", (0, (6, 2))),
    "poll": Style("#0072b2", "^", (0, (6, 2, 1, 2))),
    "epoll": Style("#009e73", "o"),
}
INK = "#010203"  # stands for the page's own text colour; no picture may use it for anything else
PLAIN = Style(INK, ".")

_FONTS = ["DejaVu Sans", "Verdana", "Arial", "sans-serif"]
_drawing = threading.Lock()  # matplotlib's settings are global: one drawing at a time
_salts = itertools.count()
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


def _settings(salt: str) -> dict[str, Any]:
    inks = ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    bare = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
    return (
        dict.fromkeys(inks, INK)
        | dict.fromkeys(bare, "none")
        | {"xtick.labelcolor": INK, "ytick.labelcolor": INK, "legend.edgecolor": INK, "legend.frameon": False}
        | {"font.family": "sans-serif", "font.sans-serif": _FONTS, "font.size": 10, "legend.fontsize": 10}
        | {"axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 11}
        | {"axes.grid": True, "grid.color": INK, "grid.alpha": 0.15, "lines.linewidth": 1.8, "lines.markersize": 6}
        | {"svg.fonttype": "none", "svg.hashsalt": salt, "patch.edgecolor": INK, "hatch.color": INK}
    )


def _render(figure: Figure, label: str, salt: str) -> ElementTree.Element:
    """The figure as an SVG tree: ink is `currentColor`, unused ids are gone (they are global in a page)."""
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue().decode().replace(INK, "currentColor")
    used = set(re.findall(r"#([\w-]+)", text))
    root = ElementTree.fromstring(text)
    for element in root.iter():
        if element.get("id") not in used and not element.get("id", "").startswith("live-"):
            element.attrib.pop("id", None)
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    width = root.attrib.pop("width").removesuffix("pt")
    root.attrib.pop("height")
    # A point of the drawing is 4/3 pixels of the page; on a narrow page it shrinks as a whole.
    root.set("style", f"width: {float(width) * 4 / 3:.0f}px; max-width: 100%; height: auto")
    root.set("role", "img")
    root.set("aria-label", label)
    return root


def _png(figure: Figure) -> bytes:
    """The figure on white, for readers whose page runs no script."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100, facecolor="white", metadata={"Software": None})
    return out.getvalue()


class Picture:
    """A static picture: `draw` fills a matplotlib figure; `alt` says in words what it shows."""

    def __init__(self, draw: Callable[[Figure], None], alt: str, size: tuple[float, float] = (7.2, 3.6)) -> None:
        self.alt = alt
        salt = f"picture-{next(_salts)}"
        with _drawing, mpl.rc_context(_settings(salt)):
            figure = Figure(figsize=size, layout="constrained")
            draw(figure)
            self.svg = ElementTree.tostring(_render(figure, alt, salt), encoding="unicode")
            self.png = _png(figure)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.svg, "image/png": self.png, "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt


@dataclass
class Series:
    """What a live chart shows of one thing: a line through its points, a mark on each, or both."""

    name: str
    style: Style = PLAIN
    label: str | None = None  # in the legend; None keeps it out
    line: bool = True
    marks: bool = False
    xs: Sequence[float] = ()
    ys: Sequence[float] = ()


@dataclass
class Scale:
    """An axis: its label, whether it is logarithmic, and its ends, which grow with the data."""

    label: str
    low: float
    high: float
    log: bool = False

    def hold(self, values: np.ndarray) -> bool:
        """Move the ends outward until `values` lie between them, in round steps; whether they had to move."""
        before = (self.low, self.high)
        values = values[np.isfinite(values) & ((values > 0) | (not self.log))]
        if values.size:
            while values.max() > self.high:
                self.high = self.high * 10 if self.log else _rounder(self.high)
            while self.log and values.min() < self.low:
                self.low /= 10  # a linear scale keeps its foot
        return (self.low, self.high) != before


def _rounder(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    step = 10.0 ** np.floor(np.log10(value) + 1e-9)
    return next(m * step for m in (1, 2, 5, 10) if m * step > value * (1 + 1e-9))


@dataclass
class Plot:
    """One pair of axes in a live chart: its y scale and what is drawn in it. `share`: of the height."""

    y: Scale
    series: list[Series]
    share: float = 1.0
    title: str = ""


@dataclass(eq=False)
class LiveChart:
    """Plots under one another over one x scale, redrawn only when a scale grows; a frame rewrites the data alone.

    `set` gives a series its data, `frame` the SVG of now. One thread at a time.
    """

    label: str  # what the chart shows, in words, for those who can't see it
    x: Scale
    plots: list[Plot]
    size: tuple[float, float] = (7.2, 3.6)
    drawings: int = 0  # how often the stage was drawn
    _salt: str = field(default_factory=lambda: f"live-{next(_salts)}")
    _parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._series = {series.name: series for plot in self.plots for series in plot.series}

    def set(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        series = self._series[name]
        series.xs, series.ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)

    def frame(self) -> str:
        """The chart as it stands, as an SVG."""
        grown = [self.x.hold(np.asarray(s.xs)) for s in self._series.values()]
        grown += [plot.y.hold(np.asarray(s.ys)) for plot in self.plots for s in plot.series]
        if any(grown) or not self._parts:
            self._stage()
        pieces = [self._parts[0]]
        for (series, part), rest in zip(self._slots, self._parts[1:], strict=True):
            pieces += (self._draw(series, part), rest)
        return "".join(pieces)

    def _points(self, series: Series) -> tuple[np.ndarray, np.ndarray]:
        """The series in the drawing's own coordinates: points (1/72 inch) from the upper left corner."""
        data = np.column_stack([np.asarray(series.xs, dtype=float), np.asarray(series.ys, dtype=float)])
        scale = self._transforms[series.name][1]
        with np.errstate(divide="ignore", invalid="ignore"):
            points = self._transforms[series.name][0].transform(data) * scale
        return points[:, 0], self._height - points[:, 1]

    def _draw(self, series: Series, part: str) -> str:
        if not len(series.xs):
            return ""
        xs, ys = self._points(series)
        here = np.isfinite(xs) & np.isfinite(ys)
        if part == "path":
            fresh = here & ~np.concatenate([[False], here[:-1]])  # after a gap the pen is lifted
            return "".join(
                f"{'M' if f else 'L'}{x:.1f} {y:.1f}"
                for x, y, h, f in zip(xs.tolist(), ys.tolist(), here.tolist(), fresh.tolist(), strict=True)
                if h
            )
        use = f'<use href="#{part}" x="'
        return "".join(
            f'{use}{x:.1f}" y="{y:.1f}"/>' for x, y, h in zip(xs.tolist(), ys.tolist(), here.tolist(), strict=True) if h
        )

    def _stage(self) -> None:
        """Draw all but the data with matplotlib, and find the places where the data goes."""
        self.drawings += 1
        with _drawing, mpl.rc_context(_settings(self._salt)):
            figure = Figure(figsize=self.size, layout="constrained")
            lines = self._fill(figure, stage=True)
            root = _render(figure, self.label, self._salt)
        self._height = figure.get_figheight() * 72
        self._transforms = {
            # frozen: what the figure did to its axes while it was laid out is over
            name: (line.axes.transData.frozen(), 72 / figure.dpi)
            for name, line in lines.items()
        }
        self._slots: list[tuple[Series, str]] = []
        for name in lines:
            self._open(root, self._series[name])
        self._parts = ElementTree.tostring(root, encoding="unicode").split("@data@")

    def _open(self, root: ElementTree.Element, series: Series) -> None:
        """Put a mark where the data of `series` stands: its path's ``d``, and the ``<use>`` of its markers."""
        group = next(g for g in root.iter(f"{_SVG}g") if g.get("id") == f"live-{series.name}")
        del group.attrib["id"]
        if series.line:
            group.find(f"{_SVG}path").set("d", "@data@")
            self._slots.append((series, "path"))
        if series.marks:
            markers = group.find(f"{_SVG}g")
            first = markers.find(f"{_SVG}use")
            markers.set("style", first.get("style", ""))
            for use in list(markers):
                markers.remove(use)
            markers.text = "@data@"
            self._slots.append((series, first.get(f"{_XLINK}href").removeprefix("#")))

    def _fill(self, figure: Figure, stage: bool) -> dict[str, Any]:
        """Draw axes, labels and legend, with the data or, for the stage, with a point that stands for it."""
        shares = [plot.share for plot in self.plots]
        axes = figure.subplots(len(shares), 1, sharex=True, height_ratios=shares, squeeze=False)[:, 0]
        lines = {}
        for ax, plot in zip(axes, self.plots, strict=True):
            for series in plot.series:
                data = (2 * [self.x.high], 2 * [plot.y.high]) if stage else (series.xs, series.ys)
                lines[series.name] = _line(ax, series, *data)
            _scale(ax, plot.y, "y")
            if plot.title:
                ax.set_title(plot.title)
            if any(series.label for series in plot.series):
                ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)  # above, over no data
        _scale(axes[-1], self.x, "x")
        return lines

    def picture(self, alt: str | None = None) -> Picture:
        """The chart as it stands, as a static picture."""
        self.frame()  # the scales hold the data
        return Picture(lambda figure: self._fill(figure, stage=False), alt or self.label, self.size)


def _line(ax: Any, series: Series, xs: Sequence[float], ys: Sequence[float]) -> Any:
    style = series.style
    (line,) = ax.plot(
        xs,
        ys,
        color=style.color,
        linestyle=style.dash if series.line else "none",
        marker=style.marker if series.marks else "",
        alpha=1 if series.line else 0.6,
        label=series.label or "_",
        gid=f"live-{series.name}",
    )
    return line


def _scale(ax: Any, scale: Scale, which: str) -> None:
    if scale.log:
        getattr(ax, f"set_{which}scale")("log")
        getattr(ax, f"{which}axis").set_major_formatter(_plain_number)
        getattr(ax, f"{which}axis").set_minor_formatter("")
    else:
        getattr(ax, f"{which}axis").set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    getattr(ax, f"set_{which}lim")(scale.low, scale.high)
    getattr(ax, f"set_{which}label")(scale.label)


def _plain_number(value: float, _position: Any = None) -> str:
    """1000 rather than 10³: most readers have not met a logarithmic scale lately."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"

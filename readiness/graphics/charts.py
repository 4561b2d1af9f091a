"""Pictures that stand still: lines, and bars of parts, in the course's own style.

They show numbers that they are given, and know neither servers nor widgets. Every picture is an SVG whose ink is the
page's own (`currentColor`), so it reads in a light and in a dark theme; its saved form is a PNG and a fixed text.
"""

import io
import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK = "#010203"  # stands for the page's own text colour; no picture uses it for anything else


@dataclass(frozen=True)
class Style:
    """How one thing looks in every picture: colour, marker and dash each say it alone."""

    color: str = INK
    marker: str = "."
    dash: Any = "solid"


# Okabe and Ito's colours, which colour-blind readers tell apart; each has 3:1 against white and against #111.
WAYS = {
    "select": Style("#d55e00", "s", (0, (6, 2))),
    "poll": Style("#0072b2", "^", (0, (6, 2, 1, 2))),
    "epoll": Style("#009e73", "o"),
}
PARTS = ((0.8, ""), (0.35, "///"), (0.12, "")) * 2  # a bar's parts: how much ink, and the hatch

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
ElementTree.register_namespace("", SVG.strip("{}"))
ElementTree.register_namespace("xlink", XLINK.strip("{}"))
_drawing = threading.Lock()  # matplotlib's settings are global: one drawing at a time
_salts = itertools.count()


def salt() -> str:
    """A word of its own for each picture: the ids in an SVG are global in a page, and are made from it."""
    return f"picture-{next(_salts)}"


@contextmanager
def drawing(word: str) -> Iterator[None]:
    """Matplotlib's settings for our pictures, while one is drawn; `word`: see `salt`."""
    inks = ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    inks += ("xtick.labelcolor", "ytick.labelcolor", "grid.color", "patch.edgecolor", "hatch.color")
    bare = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
    settings = (
        dict.fromkeys(inks, INK)
        | dict.fromkeys(bare, "none")
        | {"font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"]}
        | {"font.size": 10, "legend.fontsize": 10, "axes.titlesize": 11, "axes.titlelocation": "left"}
        | {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.15}
        | {"legend.frameon": False, "lines.linewidth": 1.8, "lines.markersize": 6}
        | {"svg.fonttype": "none", "svg.hashsalt": word}
    )
    with _drawing, mpl.rc_context(settings):
        yield


def svg(figure: Figure, label: str, keep: str = "live-") -> ElementTree.Element:
    """The figure as an SVG tree: ink is `currentColor`; ids that nothing refers to, and don't begin with `keep`, go."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue().decode().replace(INK, "currentColor")
    used = set(re.findall(r"#([\w-]+)", text))
    root = ElementTree.fromstring(text)
    for element in root.iter():
        if element.get("id") not in used and not element.get("id", "").startswith(keep):
            element.attrib.pop("id", None)
    for metadata in root.findall(f"{SVG}metadata"):
        root.remove(metadata)
    width = float(root.attrib.pop("width").removesuffix("pt")) * 4 / 3  # points to pixels
    del root.attrib["height"]
    root.set("style", f"width: {width:.0f}px; max-width: 100%; height: auto")
    root.set("role", "img")
    root.set("aria-label", label)
    return root


class Picture:
    """A picture that stands still: `draw` fills a matplotlib figure; `alt` says in words what it shows."""

    def __init__(self, draw: Callable[[Figure], None], alt: str, size: tuple[float, float] = (7.2, 3.6)) -> None:
        self.alt = alt
        with drawing(salt()):
            figure = Figure(figsize=size, layout="constrained")
            draw(figure)
            self.svg = ElementTree.tostring(svg(figure, alt), encoding="unicode")
            out = io.BytesIO()  # on white, for readers whose page runs no script
            figure.savefig(out, format="png", dpi=100, facecolor="white", metadata={"Software": None})
            self.png = out.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.svg, "image/png": self.png, "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt


@dataclass
class Scale:
    """An axis: its label, whether it is logarithmic, and its ends."""

    label: str
    low: float
    high: float
    log: bool = False

    def hold(self, values: np.ndarray, room: float = 1.0) -> bool:
        """Move the ends outward, in round steps, until `values` lie between them; whether they had to move.

        room: how many times the largest value a linear scale must reach.
        """
        before = (self.low, self.high)
        values = values[np.isfinite(values) & ((values > 0) | (not self.log))]
        if values.size:
            while values.max() * (1 if self.log else room) > self.high:
                self.high = self.high * 10 if self.log else _rounder(self.high)
            while self.log and values.min() < self.low:
                self.low /= 10  # a linear scale keeps its foot
        return (self.low, self.high) != before

    def put(self, ax: Any, which: str) -> None:
        """Give matplotlib axes this scale: `which` is "x" or "y"."""
        axis = getattr(ax, f"{which}axis")
        if self.log:
            getattr(ax, f"set_{which}scale")("log")
            axis.set_minor_formatter("")
        else:
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(_plain_number)
        getattr(ax, f"set_{which}lim")(self.low, self.high)
        axis.set_label_text(self.label)


def _rounder(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    step = 10.0 ** np.floor(np.log10(value) + 1e-9)
    return next(m * step for m in (1, 2, 5, 10) if m * step > value * (1 + 1e-9))


def _plain_number(value: float, _position: Any = None) -> str:
    """1,000 rather than 10³: most readers have not met a logarithmic scale lately."""
    return (f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:g}").replace("-", "−")


def lines(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    x: Scale,
    y: Scale,
    alt: str,
    size: tuple[float, float] = (7.2, 3.6),
) -> Picture:
    """A line with marks for each name. A name's first word gives its style; one with more words is drawn hollow."""

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        for name, (xs, ys) in series.items():
            way, *more = name.replace(",", "").split()
            style = WAYS.get(way, Style(marker="D"))
            look = {"markerfacecolor": "none", "linewidth": 0.9} if more else {}
            ax.plot(
                xs, ys, color=style.color, marker=style.marker, linestyle=style.dash, label=name, clip_on=False, **look
            )  # what lies on the frame is drawn whole
            x.hold(np.asarray(xs, dtype=float))
            y.hold(np.asarray(ys, dtype=float), room=1.05)
        x.put(ax, "x")
        y.put(ax, "y")
        if len(series) > 1:
            figure.legend(loc="outside upper left", ncols=4)

    return Picture(draw, alt, size)


def stack(
    bars: Mapping[str, Mapping[str, float]], unit: str, alt: str, size: tuple[float, float] = (7.2, 2.2)
) -> Picture:
    """A lying bar for each name, made of parts in their order; each part by a shade and a hatch of its own."""

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        ends = np.zeros(len(bars))
        names = list(next(iter(bars.values())))
        for part, (ink, hatch) in zip(names, PARTS, strict=False):
            widths = np.array([parts[part] for parts in bars.values()])
            look = {"facecolor": (INK, ink), "edgecolor": INK, "hatch": hatch}
            ax.barh(list(bars), widths, left=ends, label=part, height=0.6, **look)
            ends += widths
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_formatter(_plain_number)
        ax.set_xlabel(unit)
        figure.legend(loc="outside upper left", ncols=len(names))

    return Picture(draw, alt, size)

"""The lines, the marks and the labels of a live chart as SVG: path data, dashes, and labels that do not overlap."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from readiness.graphics.styles import FOREGROUND

FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
"""The fonts of the charts, as CSS."""


def _circle(r: float) -> str:
    return f"m{-r:g} 0a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0"


GLYPHS: dict[str, Callable[[float], str]] = {
    "o": _circle,
    ".": lambda r: _circle(r / 2),
    "s": lambda r: f"m{-r:g} {-r:g}h{2 * r:g}v{2 * r:g}h{-2 * r:g}z",
    "^": lambda r: f"m0 {-r:g}l{r:g} {2 * r:g}h{-2 * r:g}z",
    "D": lambda r: f"m0 {-1.4 * r:g}l{1.4 * r:g} {1.4 * r:g}l{-1.4 * r:g} {1.4 * r:g}l{-1.4 * r:g} {-1.4 * r:g}z",
}
"""For each marker of matplotlib that the course uses: its outline as SVG path data, from its half width in points."""


@dataclass(frozen=True)
class Marks:
    """The marks of one series: their width in points, their opacity from 0 to 1, and their class for CSS."""

    size: float = 6.0
    opacity: float = 1.0
    css_class: str = ""

    def path_data(self, marker: str, points: np.ndarray) -> str:
        """Return one SVG path with a mark at each point. One path needs less work of the browser than many elements.

        Args:
            marker: a key of `GLYPHS`.
            points: an array with two columns, x and y in points. A row with NaN gets no mark.
        """
        glyph = GLYPHS[marker](self.size / 2)
        return "".join(f"M{x:.1f} {y:.1f}{glyph}" for x, y in points[np.isfinite(points).all(axis=1)].tolist())


def path_data(points: np.ndarray) -> str:
    """Return a line through the points as SVG path data. A row with NaN leaves a gap in the line.

    Args:
        points: an array with two columns, x and y in points.
    """
    finite = np.isfinite(points).all(axis=1)
    starts = finite & ~np.concatenate([[False], finite[:-1]])  # a new segment begins after a gap
    return "".join(
        f"{'M' if is_start else 'L'}{x:.1f} {y:.1f}"
        for (x, y), is_start in zip(points[finite].tolist(), starts[finite].tolist(), strict=True)
    )


def dash_array(dash: str | tuple[int, tuple[int, ...]], width: float) -> str:
    """Return matplotlib's dash of a line as CSS, such as "; stroke-dasharray: 12 4". Return "" for a solid line.

    Args:
        dash: "solid", or a tuple (offset, lengths), in widths of the line. The offset is 0.
        width: the width of the line in points.
    """
    if isinstance(dash, str):
        return ""
    return "; stroke-dasharray: " + " ".join(f"{length * width:g}" for length in dash[1])


def css_color(color: str) -> str:
    """Return a colour of matplotlib as CSS. `FOREGROUND` is the text colour of the page."""
    return "currentColor" if color == FOREGROUND else color

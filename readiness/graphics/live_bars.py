"""Horizontal bars on a linear scale, a pair for each name, as the text of an SVG: fast enough for a live view.

The same bars can be drawn with matplotlib, for a picture that does not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matplotlib.figure import Figure, SubFigure

from readiness.graphics.marks import FONTS, css_color
from readiness.graphics.styles import FOREGROUND, MIN_LETTER, Style

WIDTH, NAME_WIDTH, LABEL_WIDTH = 340, 54, 106  # pixels: of all, of the names, of the labels at the ends of bars
TOP, BAR, PAIR = 8, 19, 66  # pixels: above the first pair, the height of a bar, from one pair to the next
LETTER = 13  # pixels: the size of the letters
LABEL_CLASS = "readiness-label"  # the page interrupts the lines behind a text
ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # the first digits of a scale's upper end


@dataclass(frozen=True)
class BarPair:
    """Two bars below each other, with a name in front of them.

    Attributes:
        name: the name.
        style: the look of the first bar. The second bar has the text colour of the page.
        values: the lengths of the bars.
        labels: a text at the end of each bar.
        bold: whether the texts are bold.
    """

    name: str
    style: Style
    values: tuple[float, float]
    labels: tuple[str, str]
    bold: bool = False


def round_up(value: float) -> float:
    """Return the end of a linear scale for a count: a round number that is not smaller, and whose half is whole."""
    power = 1.0
    while value > 10 * power:
        power *= 10
    return next(digit * power for digit in ROUND if digit * power >= value and digit * power % 2 == 0)


def bars_svg(pairs: Sequence[BarPair], end: float, unit: str, slots: int, alt: str) -> str:
    """Return the bars as the text of an SVG.

    Args:
        pairs: the pairs, from top to bottom.
        end: the number at the right end of the scale. The scale begins at 0.
        unit: the label of the scale.
        slots: the number of pairs for which there is space.
        alt: what the bars show, as text, for readers who can't see them.
    """
    length, bottom = WIDTH - NAME_WIDTH - LABEL_WIDTH, TOP + slots * PAIR
    parts = [_grid(end, unit, length, bottom)]
    for number, pair in enumerate(pairs):
        parts.append(_pair(pair, TOP + number * PAIR, length / end))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 44}" role="img" '
        f'aria-label="{escape(alt)}" style="width: {WIDTH}px; max-width: 100%; '
        f"min-width: {WIDTH * MIN_LETTER / LETTER:.0f}px; height: auto; font: {LETTER}px {FONTS}; "
        f'fill: currentColor">{"".join(parts)}</svg>'
    )


def _grid(end: float, unit: str, length: int, bottom: int) -> str:
    """Return the vertical lines, their numbers and the label of the scale."""
    lines = "".join(f"M{NAME_WIDTH + length * part:.1f} {TOP - 4}V{bottom}" for part in (0.5, 1))
    parts = [f'<path d="{lines}" style="stroke: currentColor; opacity: 0.2"/>']
    parts += [f'<path d="M{NAME_WIDTH} {TOP - 4}V{bottom}" style="stroke: currentColor"/>']
    for part in (0, 0.5, 1):
        parts.append(_text(NAME_WIDTH + length * part, bottom + 13, f"{end * part:,g}", "middle"))
    return "".join([*parts, _text(NAME_WIDTH, bottom + 33, unit)])


def _pair(pair: BarPair, top: int, scale: float) -> str:
    parts = [_text(NAME_WIDTH - 8, top + BAR, pair.name, "end", pair.bold)]
    colors = (css_color(pair.style.color), "currentColor")
    for number, (value, label, color) in enumerate(zip(pair.values, pair.labels, colors, strict=True)):
        y = top + number * (BAR + 3)
        width = max(1.5, value * scale)  # a small number is a thin line
        parts.append(f'<rect x="{NAME_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR}" style="fill: {color}"/>')
        parts.append(_text(NAME_WIDTH + width + 6, y + BAR / 2, label, bold=pair.bold))
    return "".join(parts)


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False) -> str:
    weight = "; font-weight: bold" if bold else ""
    where = f'class="{LABEL_CLASS}" x="{x:.1f}" y="{y:.1f}" dy=".35em"'
    return f'<text {where} style="text-anchor: {anchor}{weight}">{escape(text)}</text>'


def draw_bars(figure: Figure | SubFigure, pairs: Sequence[BarPair], end: float, unit: str) -> None:
    """Draw the same bars with matplotlib.

    Args:
        figure: an empty figure, or a part of one.
        pairs: the pairs, from top to bottom.
        end: the number at the right end of the scale.
        unit: the label of the scale.
    """
    ax = figure.subplots()
    for number, pair in enumerate(pairs):
        for row, (value, label) in enumerate(zip(pair.values, pair.labels, strict=True)):
            y = number + 0.34 * row
            color = FOREGROUND if row else pair.style.color
            ax.barh(y, max(value, end / 90), height=0.3, facecolor=color, edgecolor="none")
            ax.annotate(
                label, (value, y), (6, 0), textcoords="offset points", va="center", annotation_clip=False,
                weight="bold" if pair.bold else "normal",
            )  # fmt: skip
    ax.set_yticks(
        [number + 0.17 for number in range(len(pairs))], [f"  {pair.name}" for pair in pairs]
    )  # from the edge
    for text, pair in zip(ax.get_yticklabels(), pairs, strict=True):
        text.set_fontweight("bold" if pair.bold else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(2, len(pairs)) - 0.4, -0.3)
    ax.set_xlim(0, end)
    ax.set_xticks([0, end / 2, end], [f"{number:,g}" for number in (0, end / 2, end)])
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(unit)

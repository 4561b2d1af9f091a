"""Stacked bars: what the parts of a whole cost. Each part has its name and its number above it, instead of a key."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.graphics.charts import StaticFigure, plain_number
from readiness.graphics.end_labels import fix_layout
from readiness.graphics.styles import FOREGROUND, PART_STYLES

BAR_HEIGHT = 0.42  # of the distance from one bar to the next
ROW_HEIGHT = 0.82  # inches: that distance
AXIS_HEIGHT = 0.6  # inches: the scale below the bars, and its label


def stacked_bars(
    bars: Mapping[str, Mapping[str, float]], scale: str, alt: str = "", *, title: str = "", unit: str = "µs"
) -> StaticFigure:
    """Draw one horizontal bar for each item of `bars`, with a segment for each of its parts.

    Args:
        bars: a mapping from the name of each bar to its parts. The parts are a mapping from their names to their
            lengths. A name gives the look of its part (see `PART_STYLES`).
        scale: the label of the horizontal axis.
        alt: what the chart shows besides its title, for readers who can't see it.
        title: the claim of the chart.
        unit: the unit of the lengths. If it is not "%", the sum stands at the end of each bar.
    """
    totals = [f"{_number(sum(parts.values()))} {unit}" if unit != "%" else "" for parts in bars.values()]

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        for row, parts in enumerate(bars.values()):
            _draw_bar(ax, row, parts)
        ax.set_yticks([row + 0.2 for row in range(len(bars))], list(bars))
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(bars) - 0.5, -0.5)
        ax.set_xlim(0)
        ax.grid(visible=False)
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_formatter(plain_number)
        ax.set_xlabel(scale)
        fix_layout(figure, ax, max(totals, key=len))
        for row, (parts, total) in enumerate(zip(bars.values(), totals, strict=True)):
            _draw_names(ax, row, parts, unit, total)

    return StaticFigure(draw, alt, (7.2, ROW_HEIGHT * len(bars) + AXIS_HEIGHT), title)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 9.5 else f"{value:.2g}"


def _draw_bar(ax: Axes, row: int, parts: Mapping[str, float]) -> None:
    left = 0.0
    for name, length in parts.items():
        opacity, hatch = PART_STYLES.get(name, (0.0, ""))
        face = (FOREGROUND, opacity)
        ax.barh(row + 0.2, length, BAR_HEIGHT, left, facecolor=face, edgecolor=FOREGROUND, hatch=hatch, linewidth=1)
        left += length


def _draw_names(ax: Axes, row: int, parts: Mapping[str, float], unit: str, total: str) -> None:
    """Write the name and the number of each part above its middle, and the sum at the end of the bar.

    A name that is wider than its part begins where the part begins, and a line leads from one to the other. If a bar
    is too short for that, all of it stands at its end.
    """
    names = [f"{name} {_number(length)} {unit}" for name, length in parts.items()]
    lefts = [sum(list(parts.values())[:index]) for index in range(len(parts))]
    texts = [ax.text(left, row - 0.16, name, va="center", fontsize=9) for left, name in zip(lefts, names, strict=True)]
    boxes = [text.get_window_extent() for text in texts]
    gap, length = boxes[0].height, sum(parts.values())
    if sum(box.width + gap for box in boxes) > ax.transData.transform((length, 0))[0] - boxes[0].x0:
        for text in texts:
            text.remove()
        total = ": ".join(filter(None, [total, ", ".join(names)]))
    pixels, end = [], 0.0
    for box, part in zip(boxes, parts.values(), strict=True):  # no name on another
        part_width = ax.transData.transform((part, 0))[0] - ax.transData.transform((0, 0))[0]
        pixels.append(max(box.x0 + max(0, part_width - box.width) / 2, end))
        end = pixels[-1] + box.width + gap
    end = ax.figure.bbox.x1
    for index in reversed(range(len(pixels))):  # none beyond the right edge
        pixels[index] = min(pixels[index], end - boxes[index].width)
        end = pixels[index] - gap
    to_data = ax.transData.inverted()
    for text, pixel, box, left, part in zip(texts, pixels, boxes, lefts, parts.values(), strict=True):
        x, right = (to_data.transform((at, 0))[0] for at in (pixel, pixel + box.width))
        text.set_x(x)
        if right > left + part and text.axes:
            middle = left + part / 2
            ends = [min(max(middle, x), right), middle], [row - 0.07, row + 0.2 - BAR_HEIGHT / 2]
            ax.plot(*ends, color=FOREGROUND, linewidth=1)
    ax.annotate(total, (length, row + 0.2), (6, 0), textcoords="offset points", va="center", weight="bold")

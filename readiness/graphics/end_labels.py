"""Labels at the ends of a chart's lines, instead of a legend: each has its line's mark, and no two overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import ScaledTranslation, Transform

LABEL_GAP = 10.0  # points between the end of a line and the mark of its label
LABEL_MARK = 6.0  # points: the size of that mark, and the space between it and the text
LABEL_DISTANCE = 13.0  # points between two labels, from middle to middle


@dataclass
class LineEnd:
    """The last point of a line, and its label.

    Attributes:
        ax: the axes with the line.
        x: the point on the horizontal axis.
        y: the point on the vertical axis.
        label: the text of the label.
        color: the colour of the line.
        marker: the marker of the line, as matplotlib names it.
        filled: False if the line's marks are hollow.
        weight: the weight of the text, "bold" or "normal".
        is_point: True for a point without a line. Its label stands below it at the right, and has no mark.
    """

    ax: Axes
    x: float
    y: float
    label: str
    color: str
    marker: str
    filled: bool = True
    weight: str = "bold"
    is_point: bool = False


def fix_layout(figure: Figure | SubFigure, ax: Axes, longest_label: str, weight: str = "bold") -> None:
    """Fix the layout of a figure, with space for labels at the right of `ax`. The figure has a constrained layout."""
    space = ax.text(1, 0.5, f"      {longest_label}", transform=ax.transAxes, weight=weight)
    whole = figure.figure
    whole.draw_without_rendering()  # the layout leaves space for the text
    whole.set_layout_engine("none")
    space.remove()


def draw_end_labels(ends: Sequence[LineEnd]) -> None:
    """Draw a label beside each point. The layout of the figure must be final (see `fix_layout`)."""
    for point in (end for end in ends if end.is_point):
        below = _moved(point.ax, LABEL_MARK, -LABEL_MARK)
        point.ax.text(point.x, point.y, point.label, transform=below, va="top", weight=point.weight)
    ends = [end for end in ends if not end.is_point]
    heights = [end.ax.transData.transform((end.x, end.y))[1] * 72 / end.ax.figure.dpi for end in ends]
    for end, height, label_height in zip(ends, heights, spread(heights, LABEL_DISTANCE), strict=True):
        end.ax.plot(
            end.x,
            end.y,
            color=end.color,
            transform=_moved(end.ax, LABEL_GAP, label_height - height),
            clip_on=False,
            marker=end.marker,
            markersize=LABEL_MARK,
            markeredgewidth=0 if end.filled else 1,
            markerfacecolor=end.color if end.filled else "none",
        )
        beside = _moved(end.ax, LABEL_GAP + LABEL_MARK, label_height - height)
        end.ax.text(end.x, end.y, end.label, transform=beside, va="center", weight=end.weight)


def _moved(ax: Axes, right: float, up: float) -> Transform:
    """Return the transform of the data of `ax`, moved by some points."""
    return ax.transData + ScaledTranslation(right / 72, up / 72, ax.figure.dpi_scale_trans)


def spread(positions: Sequence[float], distance: float) -> list[float]:
    """Return the positions, moved apart so that any two of them have at least `distance` between them.

    Positions that are too close are moved by the same amount in both directions. Their order is kept.
    """
    order = sorted(range(len(positions)), key=lambda number: positions[number])
    groups: list[list[int]] = []  # of positions that touch
    centers: list[float] = []
    for number in order:
        groups.append([number])
        centers.append(positions[number])
        while len(groups) > 1 and centers[-1] - centers[-2] < distance * (len(groups[-1]) + len(groups[-2])) / 2:
            merged = groups[-2] + groups[-1]
            groups[-2:], centers[-2:] = [merged], [sum(positions[n] for n in merged) / len(merged)]
    moved = list(positions)
    for group, center in zip(groups, centers, strict=True):
        for rank, number in enumerate(group):
            moved[number] = center + (rank - (len(group) - 1) / 2) * distance
    return moved

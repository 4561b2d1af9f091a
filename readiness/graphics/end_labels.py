"""Labels at the ends of a chart's lines, instead of a legend: a thin line leads to each, and no two overlap.

A label has no mark of its line: beside the points, a mark would look like one more point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import ScaledTranslation

from readiness.graphics.styles import REFERENCE

LABEL_LEADER = (5.0, 14.0)  # points from the end of a line: where the thin line to its label begins and ends
LABEL_GAP = 16.0  # points from the end of a line to the text of its label
POINT_GAP = (4 / 72, 3 / 72)  # inches from the place below a point without a line to the label of the point
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
        weight: the weight of the text, "bold" or "normal".
        is_point: True for a point without a line. A dotted line leads down to its label.
    """

    ax: Axes
    x: float
    y: float
    label: str
    color: str
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
        low = point.ax.get_ylim()[0]
        point.ax.plot([point.x, point.x], [low, point.y], color=REFERENCE.color, linestyle=REFERENCE.dash, linewidth=1)
        beside = point.ax.transData + ScaledTranslation(*POINT_GAP, point.ax.figure.dpi_scale_trans)
        point.ax.text(point.x, low, point.label, transform=beside, va="bottom", weight=point.weight)
    ends = [end for end in ends if not end.is_point]
    heights = [end.ax.transData.transform((end.x, end.y))[1] * 72 / end.ax.figure.dpi for end in ends]
    for end, height, label_height in zip(ends, heights, spread(heights, LABEL_DISTANCE), strict=True):
        leader = {"arrowstyle": "-", "color": end.color, "linewidth": 0.8, "shrinkA": 1, "shrinkB": LABEL_LEADER[0]}
        end.ax.annotate(
            end.label,
            (end.x, end.y),
            (LABEL_GAP, label_height - height),
            textcoords="offset points",
            annotation_clip=False,
            va="center",
            weight=end.weight,
            arrowprops=leader | {"relpos": (0, 0.5)},
        )


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

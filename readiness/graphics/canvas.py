"""Draw with positions in inches: axes that fill a figure, boxes, and arrows.

The diagrams and the stories use this module.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from readiness.graphics.styles import FOREGROUND, PLAIN, TITLE_HEIGHT, Look


def canvas(figure: Figure) -> Axes:
    """Add axes that fill `figure` below its title, and return them. Positions in these axes are in inches.

    The position (0, 0) is the upper left corner, and y grows downward.
    """
    figure.set_layout_engine("none")  # the caller gives each part its position
    width, whole = figure.get_size_inches()
    height = whole - TITLE_HEIGHT * bool(figure.get_suptitle())
    ax = figure.add_axes((0, 0, 1, height / whole))
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    return ax


def box(ax: Axes, corner: tuple[float, float], width: float, height: float, look: Look = PLAIN) -> None:
    """Draw a rectangle.

    Args:
        ax: axes that `canvas` returned.
        corner: x and y of the upper left corner, in inches.
        width: the width in inches.
        height: the height in inches.
        look: the meaning of the rectangle, one of those in `readiness.graphics.styles`.
    """
    face = (look.tint, look.opacity)
    patch = Rectangle(corner, width, height, facecolor=face, edgecolor=FOREGROUND, linewidth=look.linewidth)
    patch.set_linestyle(look.dash)
    ax.add_patch(patch)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], linewidth: float = 2.0) -> None:
    """Draw an arrow from `start` to `end`, both in inches. The line's width is in points."""
    patch = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=13, shrinkA=0, shrinkB=0, color=FOREGROUND)
    patch.set_linewidth(linewidth)
    ax.add_patch(patch)

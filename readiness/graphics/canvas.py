"""Draw with positions in inches: axes that fill a figure, and boxes that can be highlighted.

The diagrams and the stories use this module. It knows none of them.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.charts import FOREGROUND


def canvas(figure: Figure) -> Axes:
    """Return axes that fill a figure: a position is in inches from the upper left corner, and y grows downward."""
    figure.set_layout_engine("none")  # the caller gives each part its position
    width, height = figure.get_size_inches()
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    return ax


def box(
    ax: Axes,
    corner: tuple[float, float],
    width: float,
    height: float,
    *,
    highlighted: bool = False,
    linewidth: float = 0.8,
) -> None:
    """Draw a rectangle.

    Args:
        ax: the axes of a `canvas`.
        corner: the position of the upper left corner, in inches.
        width: inches.
        height: inches.
        highlighted: draw it with a tint and a thick line.
        linewidth: the width of the line if it is not highlighted, in points.
    """
    ax.add_patch(
        Rectangle(
            corner,
            width,
            height,
            edgecolor=FOREGROUND,
            facecolor=(FOREGROUND, 0.16 if highlighted else 0),
            linewidth=2.2 if highlighted else linewidth,
        )
    )


def font_weight(highlighted: bool) -> str:
    """Return the weight of a text, for matplotlib: a highlighted text is bold."""
    return "bold" if highlighted else "normal"

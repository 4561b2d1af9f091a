"""Draw with positions in inches: axes that fill a figure, and rectangles that can be highlighted.

The diagrams and the stories use this module.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.charts import FOREGROUND


def canvas(figure: Figure) -> Axes:
    """Add axes that fill `figure`, and return them. Positions in these axes are in inches.

    The position (0, 0) is the upper left corner, and y grows downward.
    """
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
        ax: axes that `canvas` returned.
        corner: x and y of the upper left corner, in inches.
        width: the width in inches.
        height: the height in inches.
        highlighted: True to draw the rectangle with a tint and a thick line.
        linewidth: the width of the line in points, if `highlighted` is False.
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
    """Return the font weight of a text, as matplotlib takes it: "bold" for a highlighted text, otherwise "normal"."""
    return "bold" if highlighted else "normal"

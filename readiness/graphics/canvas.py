"""What the diagrams and the stories draw with: axes in inches, and boxes that can be highlighted.

It knows no diagram: every position and every text comes from the caller.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.charts import FOREGROUND


def canvas(figure: Figure) -> Axes:
    """Return axes that fill the figure: positions are inches from its upper left corner, y grows downward."""
    figure.set_layout_engine("none")  # each part has its own position
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
    """Draw a frame with its upper left corner at `corner`, in inches; a highlighted one has a tint and a thick line."""
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
    """Return the weight of a text: what is highlighted is bold."""
    return "bold" if highlighted else "normal"

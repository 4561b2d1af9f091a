"""A diagram of descriptor numbers, the open file that they lead to, and the entry of an epoll that belongs to the file.

It shows given texts. Several moments stand side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.messages import _
from readiness.graphics.canvas import arrow, box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.styles import CASE, FOREGROUND, PLAIN, READY, Look

WIDTH, LEFT = 7.2, 1.2  # inches: of the figure, and where its first moment begins
HEADS, NUMBERS, FILE, ENTRY, RESULT = 0.2, 0.55, 1.3, 2.05, 2.65  # inches: the middle of each row
BOX = 0.34  # inches: the height of a box
GONE = Look(linewidth=0.8, dash=(0, (2, 3)))


@dataclass(frozen=True)
class OpenFileState:
    """What the diagram shows of one moment.

    Attributes:
        name: what has happened, such as "700 closed".
        numbers: for each descriptor number whether it is open.
        entry: the text of the entry in the interest list; "" for none.
        result: what a wait returns.
        event: True if the wait returns an event.
    """

    name: str
    numbers: Mapping[str, bool]
    entry: str
    result: str
    event: bool


def open_file_diagram(
    moments: Sequence[OpenFileState], alt: str = "", *, title: str = "", case: int = -1
) -> StaticFigure:
    """Draw the moments side by side, each with its numbers at the top, and the open file that they lead to below.

    Args:
        moments: the moments, from left to right.
        alt: what the diagram shows besides its title, as text, for readers who can't see it.
        title: the claim of the diagram.
        case: the index of the moment that the claim is about; it gets a thick frame.
    """
    width = (WIDTH - LEFT) / len(moments)
    height = RESULT + BOX / 2 + 0.12

    def draw(figure: Figure) -> None:
        ax = canvas(figure)
        rows = (
            (NUMBERS, _("numbers")),
            (FILE, _("open file")),
            (ENTRY, _("interest list")),
            (RESULT, _("wait returns")),
        )
        for y, name in rows:
            ax.text(LEFT - 0.08, y, name, ha="right", va="center", fontsize=10)
        for index, moment in enumerate(moments):
            left = LEFT + index * width
            if index == case:
                box(ax, (left + 0.02, 0.03), width - 0.04, height - 0.06, CASE)
            _draw_moment(ax, moment, left, width)

    return StaticFigure(draw, alt, (WIDTH, height), title)


def _box(ax: Axes, middle: float, y: float, width: float, text: str, look: Look) -> None:
    box(ax, (middle - width / 2, y - BOX / 2), width, BOX, look)
    ax.text(middle, y, text, ha="center", va="center", fontsize=10, fontweight=look.weight)


def _draw_moment(ax: Axes, moment: OpenFileState, left: float, width: float) -> None:
    middle, inner = left + width / 2, width - 0.24
    ax.text(middle, HEADS, moment.name, ha="center", va="center", fontweight="bold")
    each = inner / len(moment.numbers)
    for index, (number, is_open) in enumerate(moment.numbers.items()):
        x = left + 0.12 + (index + 0.5) * each
        _box(ax, x, NUMBERS, each - 0.1, number, PLAIN if is_open else GONE)
        if not is_open:  # crossed out
            ends = [x - each / 2 + 0.05, x + each / 2 - 0.05]
            ax.plot(ends, [NUMBERS + BOX / 2, NUMBERS - BOX / 2], color=FOREGROUND, linewidth=1.2)
        else:
            target = middle + (x - middle) * 0.4
            arrow(ax, (x, NUMBERS + BOX / 2), (target, FILE - BOX / 2 - 0.01), 1.2)
    file = any(moment.numbers.values())
    _box(ax, middle, FILE, inner * 0.75, _("one open file") if file else _("gone"), PLAIN if file else GONE)
    _box(ax, middle, ENTRY, inner * 0.75, moment.entry or _("empty"), PLAIN if moment.entry else GONE)
    if moment.entry:
        arrow(ax, (middle, ENTRY - BOX / 2), (middle, FILE + BOX / 2 + 0.01), 1.2)
    _box(ax, middle, RESULT, inner * 0.75, moment.result, READY if moment.event else PLAIN)

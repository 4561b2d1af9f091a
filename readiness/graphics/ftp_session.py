"""The picture of one FTP session: how a line becomes a reply, and how data flows. Each FTP lab marks its own boxes.

A box with a solid frame is a method of `readiness.servers.ftp`. A box with a dashed frame holds data, or waits.
"""

import itertools
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.messages import UserError, _
from readiness.graphics.canvas import arrow, box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.styles import CASE, FOREGROUND, PLAIN, SMALLEST_SIZE, Look

WIDTH, HEIGHT = 7.2, 5.25  # inches
COLUMN_WIDTH, BOX_WIDTH, BOX_HEIGHT = 1.205, 1.09, 0.38  # inches
LEFT = 0.05  # inches: where the first column begins
LINE_TOP, DATA_TOP, COMMAND_TOP = 0.32, 2.38, 3.95  # inches: where the boxes of each part begin
ROW_HEIGHT = 0.58  # inches
DATA = Look(dash=(0, (3, 2)))
"""The look of a box that is no method: it holds data, or waits."""


@dataclass(frozen=True)
class Box:
    """One box: its column, the y of its upper edge in inches, and True if it holds data and is no method."""

    column: float
    top: float
    data: bool = False

    def edge(self, side: str) -> tuple[float, float]:
        """Return the middle of an edge, in inches. `side` is "left", "right", "top" or "bottom"."""
        left = LEFT + self.column * COLUMN_WIDTH
        x = left + {"left": 0.0, "right": BOX_WIDTH}.get(side, BOX_WIDTH / 2)
        y = self.top + {"top": 0.0, "bottom": BOX_HEIGHT}.get(side, BOX_HEIGHT / 2)
        return x, y


def _row(top: float, names: str, first_column: float = 0) -> dict[str, Box]:
    """Return the boxes with these names from left to right. A name in brackets is a box that holds data."""
    named = ((name.strip("[]"), name.startswith("[")) for name in names.split())
    return {name: Box(first_column + n, top, data) for n, (name, data) in enumerate(named)}


BOXES = {
    **_row(LINE_TOP, "accept start_session"),
    **_row(LINE_TOP, "can_dispatch authorize", 3),
    **_row(LINE_TOP + ROW_HEIGHT, "read feed [pending_commands] process_pending dispatch do_x"),
    **_row(LINE_TOP + 2 * ROW_HEIGHT, "[selector]"),
    **_row(LINE_TOP + 2 * ROW_HEIGHT, "wanted_events flush [write_buffer] reply", 2),
    **_row(DATA_TOP, "listen accept_data on_connected start_transfer on_data_ready end_transfer"),
    **_row(DATA_TOP + ROW_HEIGHT, "[connect_timer] on_data_connect_failed"),
    **_row(COMMAND_TOP, "do_pass on_password_checked"),
    **_row(COMMAND_TOP, "resolve open_directory", 3.4),
    **_row(COMMAND_TOP + ROW_HEIGHT, "do_rest consume_restart_offset choose_source prepare_for_write commit"),
}
METHODS = tuple(name for name, shown in BOXES.items() if not shown.data)
ARROWS = (  # a chain for each arrow from box to box; the letters are the sides where its arrows leave and arrive
    ("right left", "accept start_session"),
    ("right left", "read feed pending_commands process_pending dispatch do_x"),
    ("top bottom", "process_pending can_dispatch"),
    ("top bottom", "dispatch authorize"),
    ("bottom top", "do_x reply"),
    ("left right", "reply write_buffer flush wanted_events selector"),
    ("bottom top", "process_pending flush"),
    ("top bottom", "selector read"),
    ("right left", "listen accept_data on_connected start_transfer on_data_ready end_transfer"),
    ("bottom top", "listen connect_timer"),
    ("right left", "connect_timer on_data_connect_failed"),
    ("right bottom", "on_data_connect_failed end_transfer"),
    ("right left", "do_pass on_password_checked"),
    ("right left", "resolve open_directory"),
    ("right left", "do_rest consume_restart_offset choose_source prepare_for_write commit"),
)


def session_picture(*marked: str) -> StaticFigure:
    """Draw the methods of one FTP session, and the order in which they are called.

    Args:
        marked: the methods whose boxes have a thick frame, such as those that a lab asks for.

    Raises:
        UserError: The picture has no method of this name.
    """
    unknown = [name for name in marked if name not in METHODS]
    if unknown:
        text = _("The picture of a session has no method {name}. It has: {names}.")
        raise UserError(text.format(name=unknown[0], names=", ".join(METHODS)))

    def draw(figure: Figure) -> None:
        ax = canvas(figure)
        for top, title in (
            (LINE_TOP, _("From a line to its reply: the control connection")),
            (DATA_TOP, _("PASV and RETR: a data connection, and a transfer on it")),
            (COMMAND_TOP, _("PASS, a name of a file, REST and STOR")),
        ):
            ax.text(LEFT, top - 0.15, title, va="center", fontsize=9.5, fontweight="bold")
        for name, shown in BOXES.items():
            _draw_box(ax, name, shown, name in marked)
        for sides, chain in ARROWS:
            start, end = sides.split()
            names = chain.split()
            for first, second in itertools.pairwise(names):
                draw_arrow = _draw_bent_arrow if sides == "right bottom" else partial(arrow, linewidth=1.1)
                draw_arrow(ax, BOXES[first].edge(start), BOXES[second].edge(end))
        caption = _("An arrow leads to what comes next, or to what is asked. A dashed box holds data, or waits.")
        ax.text(LEFT, HEIGHT - 0.12, caption, va="center", fontsize=SMALLEST_SIZE)

    return StaticFigure(
        draw, _description(marked), (WIDTH, HEIGHT), _("How the methods of an FTP session work together")
    )


def _draw_box(ax: Axes, name: str, shown: Box, marked: bool) -> None:
    corner = (LEFT + shown.column * COLUMN_WIDTH, shown.top)
    look = DATA if shown.data else CASE if marked else PLAIN
    box(ax, corner, BOX_WIDTH, BOX_HEIGHT, look)
    ax.text(
        corner[0] + BOX_WIDTH / 2,
        corner[1] + BOX_HEIGHT / 2,
        in_two_lines(name),
        ha="center",
        va="center",
        fontsize=SMALLEST_SIZE,
        linespacing=1.0,
        fontweight=look.weight,
    )


def in_two_lines(name: str, longest: int = 12) -> str:
    """Return `name` with a line break after an underscore near its middle, if it is longer than `longest` letters."""
    cuts = [n + 1 for n, letter in enumerate(name) if letter == "_"]
    if len(name) <= longest or not cuts:
        return name
    cut = min(cuts, key=lambda n: abs(n - len(name) / 2))
    return f"{name[:cut]}\n{name[cut:]}"


def _draw_bent_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow that first goes to the right, and then up."""
    corner = (end[0], start[1])
    ax.plot([start[0], corner[0]], [start[1], corner[1]], color=FOREGROUND, linewidth=1.1)
    arrow(ax, corner, end, 1.1)


def _description(marked: tuple[str, ...]) -> str:
    """Return what the picture shows, as text."""
    chains = "; ".join(" to ".join(chain.split()) for _sides, chain in ARROWS)
    text = _("Arrows lead from {chains}.").format(chains=chains)
    if marked:
        text += " " + _("Marked: {names}.").format(names=", ".join(marked))
    return text

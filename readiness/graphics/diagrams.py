"""Diagrams: tables of cells, for the structures that the calls take and return, and sequence diagrams.

They show the text that they receive, and know nothing of the calls.
"""

from collections.abc import Collection, Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.charts import FOREGROUND, StaticFigure

WIDTH = 7.2  # inches: as wide as the charts


def cell_table(
    rows: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    alt: str,
    highlighted: Collection[tuple[str, int]] = (),
    corner: str = "",
) -> StaticFigure:
    """Draw a table of cells: a bit, a field of a structure. `rows`: the text of each cell, under the name of its row.

    `highlighted`: (row name, column index) of the cells with a tint and a thick frame. `corner`: what the columns are.
    """
    count = len(columns)
    margin = max([len(name) for name in rows] + [len(corner)]) * 0.085 + 0.15  # inches, for the names of the rows
    square = min(0.42, (WIDTH - margin) / count) if all(len(t) <= 2 for texts in rows.values() for t in texts) else None
    cell_width = square or (WIDTH - margin) / count
    row_height = 0.36
    size = (WIDTH, row_height * (len(rows) + 1) + 0.1)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")  # each cell has its position in inches
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, size[0])
        ax.set_ylim(size[1], 0)
        ax.text(margin - 0.12, 0.5 * row_height, corner, ha="right", va="center", fontsize=9)
        for column, name in enumerate(columns):
            ax.text(margin + (column + 0.5) * cell_width, 0.5 * row_height, name, ha="center", va="center", fontsize=9)
        for row, (name, texts) in enumerate(rows.items(), 1):
            ax.text(margin - 0.12, (row + 0.5) * row_height, name, ha="right", va="center")
            for column, text in enumerate(texts):
                highlight = (name, column) in highlighted
                style = {"facecolor": (FOREGROUND, 0.16 if highlight else 0), "linewidth": 2.2 if highlight else 0.7}
                corner_at = (margin + column * cell_width + 0.02, row * row_height + 0.03)
                ax.add_patch(Rectangle(corner_at, cell_width - 0.04, row_height - 0.06, edgecolor=FOREGROUND, **style))
                style = {"fontweight": "bold" if highlight else "normal", "fontsize": 10.0}
                if text:  # long words get smaller letters: a capital is 0.7 of their size wide, a bold one 0.78
                    style["fontsize"] = min(10.0, (cell_width - 0.16) * 72 / ((0.78 if highlight else 0.7) * len(text)))
                middle = (margin + (column + 0.5) * cell_width, (row + 0.5) * row_height)
                ax.text(*middle, text, ha="center", va="center", **style)

    return StaticFigure(draw, alt, size)


def sequence_diagram(
    participants: Sequence[str],
    steps: Sequence[tuple[str, str, str]],
    alt: str,
    blocked: Sequence[tuple[str, int, int]] = (),
) -> StaticFigure:
    """Draw who calls whom, one step below another: each participant is a vertical line with its name above.

    `steps`: (from participant, to participant, label); a step from a participant to itself is what it does alone.
    `blocked`: (participant, from which step, to which step), a hatched bar on the participant; steps count from 0.
    """
    row_height = 0.4
    size = (WIDTH, row_height * (len(steps) + 1.6))
    positions = {participant: (n + 0.5) * WIDTH / len(participants) for n, participant in enumerate(participants)}

    def is_blocked(participant: str, row: int) -> bool:
        return any(who == participant and first <= row <= last for who, first, last in blocked)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, size[0])
        ax.set_ylim(size[1], 0)
        for participant, x in positions.items():
            ax.text(x, 0.5 * row_height, participant, ha="center", va="center", fontweight="bold")
            from_y = row_height
            for _participant, first, last in sorted(interval for interval in blocked if interval[0] == participant):
                top, bottom = (first + 1.6) * row_height, (last + 1.6) * row_height
                style = {"facecolor": "none", "edgecolor": FOREGROUND, "hatch": "//////", "linewidth": 0.8}
                ax.add_patch(Rectangle((x - 0.1, top), 0.2, bottom - top, **style))
                ax.plot([x, x], [from_y, top], color=FOREGROUND, linewidth=0.8)
                from_y = bottom
            ax.plot([x, x], [from_y, size[1]], color=FOREGROUND, linewidth=0.8)
        for row, (start, end, label) in enumerate(steps):
            y = (row + 1.6) * row_height
            if start == end:
                ax.plot([positions[start]], [y], marker="o", color=FOREGROUND)
                ax.text(positions[start] + 0.15, y, label, va="center", fontsize=9)
                continue
            direction = 1 if positions[end] > positions[start] else -1
            from_x, to_x = (
                positions[participant] + 0.1 * side * is_blocked(participant, row)
                for participant, side in ((start, direction), (end, -direction))
            )
            style = {"arrowstyle": "->", "color": FOREGROUND, "linewidth": 1.4}
            ax.annotate("", (to_x, y), (from_x, y), arrowprops=style)
            ax.text((positions[start] + positions[end]) / 2, y - 0.05, label, ha="center", va="bottom", fontsize=9)

    return StaticFigure(draw, alt, size)

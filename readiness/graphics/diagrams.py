"""Diagrams: tables of cells, for the structures that system calls take and return, and sequence diagrams.

A diagram shows given texts. This module contains nothing about the calls.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.canvas import box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.styles import BLOCKED_HATCH, CHANGED, FOREGROUND, PLAIN, Look

WIDTH = 7.2  # inches: as wide as the charts
CELL_ROW, STEP_ROW = 0.36, 0.4  # inches: the height of a row of cells, of a step
GROUP_GAP = 0.35  # inches between two groups of columns


class CellTable(StaticFigure):
    """A table of cells, drawn. A saved notebook keeps the number of its cells, as metadata of the output."""

    cells = 0

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        made = super()._repr_mimebundle_(include, exclude)
        data, metadata = made if isinstance(made, tuple) else (made, dict[str, Any]())
        return data, metadata | {"readiness": {"cells": self.cells}}


def cell_table(
    rows: Mapping[str, Sequence[str | None]],
    columns: Sequence[str],
    alt: str = "",
    highlighted: Collection[tuple[str, int]] = (),
    corner: str = "",
    *,
    title: str = "",
    look: Look = CHANGED,
    groups: Mapping[str, int] | None = None,
) -> CellTable:
    """Draw a table of cells. A cell is, for example, one bit, or one field of a structure.

    Args:
        rows: a mapping from the name of each row to the texts of its cells. None stands for a cell that is one with the
            cell to its left.
        columns: the name of each column.
        alt: what the table shows besides its title, as text, for readers who can't see it.
        highlighted: (name of the row, index of the column) of each cell that looks like `look`.
        corner: the text in the upper left corner. It says what the names of the columns are.
        title: the claim of the table.
        look: what the highlighted cells mean.
        groups: a mapping from the name of each group of columns to their number. There is a gap between two groups.
    """
    margin = max(map(len, (*rows, corner))) * 0.093 + 0.15  # inches, for the names of the rows
    gaps = [number * GROUP_GAP for number, size in enumerate((groups or {}).values()) for _column in range(size)]
    gaps = gaps or [0.0] * len(columns)
    width = (WIDTH - margin - max(gaps)) / len(columns)
    if all(len(text or "") <= 2 for texts in rows.values() for text in texts):
        width = min(0.6, width)
    lefts = [margin + column * width + gap for column, gap in enumerate(gaps)]
    first = CELL_ROW if groups else 0.0  # the top of the row with the names of the columns

    def draw(figure: Figure) -> None:
        ax = canvas(figure)
        column = 0
        for name, count in (groups or {}).items():
            middle = (lefts[column] + lefts[column + count - 1] + width) / 2
            ax.text(middle, 0.5 * CELL_ROW, name, ha="center", va="center", fontweight="bold")
            column += count
        ax.text(margin - 0.12, first + 0.5 * CELL_ROW, corner, ha="right", va="center", fontsize=11)
        for left, name in zip(lefts, columns, strict=True):
            ax.text(left + width / 2, first + 0.5 * CELL_ROW, name, ha="center", va="center", fontsize=11)
        for top, (name, texts) in enumerate(rows.items(), 1):
            looks = [look if (name, column) in highlighted else PLAIN for column in range(len(texts))]
            _draw_row(ax, first + top * CELL_ROW, name, texts, lefts, width, looks)

    table = CellTable(draw, alt, (WIDTH, first + CELL_ROW * (len(rows) + 1) + 0.1), title)
    table.cells = sum(map(len, rows.values()))
    return table


def _draw_row(
    ax: Axes,
    top: float,
    name: str,
    texts: Sequence[str | None],
    lefts: Sequence[float],
    width: float,
    looks: Sequence[Look],
) -> None:
    """Draw the name of a row and its cells, whose left edges and width are in inches. None is one with its left."""
    ax.text(lefts[0] - 0.12, top + 0.5 * CELL_ROW, name, ha="right", va="center", fontsize=11)
    for column, (left, text, look) in enumerate(zip(lefts, texts, looks, strict=True)):
        if text is not None:
            more = len(list(takewhile(lambda other: other is None, texts[column + 1 :])))
            _draw_cell(ax, left, top, width * (1 + more), text, look)


def _draw_cell(ax: Axes, left: float, top: float, width: float, text: str, look: Look) -> None:
    box(ax, (left + 0.02, top + 0.03), width - 0.04, CELL_ROW - 0.06, look)
    letter_width = 0.78 if look.bold else 0.7  # of a capital, as a share of the font size
    # Long words get smaller letters.
    size = min(12.0, (width - 0.16) * 72 / (letter_width * max(1, len(text))))
    middle = (left + width / 2, top + CELL_ROW / 2)
    ax.text(*middle, text, ha="center", va="center", fontweight=look.weight, fontsize=size)


def sequence_diagram(
    participants: Sequence[str],
    steps: Sequence[tuple[str, str, str]],
    alt: str = "",
    blocked: Sequence[tuple[str, int, int]] = (),
    *,
    title: str = "",
) -> StaticFigure:
    """Draw a vertical line for each participant, and an arrow between two lines for each step, from top to bottom.

    Args:
        participants: their names, from left to right.
        steps: (from participant, to participant, label) of each step. If both participants are the same, a dot is
            drawn.
        alt: what the diagram shows besides its title, as text, for readers who can't see it.
        blocked: (participant, first step, last step) for each time when a participant is blocked. This is drawn as a
            hatched bar on the line of the participant. Steps are counted from 0.
        title: the claim of the diagram.
    """
    size = (WIDTH, STEP_ROW * (len(steps) + 1.6))
    positions = {participant: (n + 0.5) * WIDTH / len(participants) for n, participant in enumerate(participants)}

    def is_blocked(participant: str, row: int) -> bool:
        return any(name == participant and first <= row <= last for name, first, last in blocked)

    def draw(figure: Figure) -> None:
        ax = canvas(figure)
        for participant, x in positions.items():
            ax.text(x, 0.5 * STEP_ROW, participant, ha="center", va="center", fontweight="bold")
            bars = sorted((first, last) for name, first, last in blocked if name == participant)
            _draw_lifeline(ax, x, size[1], bars)
        for row, (start, end, label) in enumerate(steps):
            y = (row + 1.6) * STEP_ROW
            x, end_x = positions[start], positions[end]
            if start == end:
                ax.plot([x], [y], marker="o", color=FOREGROUND)
                ax.text(x + 0.15, y, label, va="center", fontsize=9)
                continue
            bar = 0.1 if end_x > x else -0.1  # half the width of a bar: the arrow goes from edge to edge
            tail, tip = x + bar * is_blocked(start, row), end_x - bar * is_blocked(end, row)
            ax.annotate("", (tip, y), (tail, y), arrowprops={"arrowstyle": "->", "color": FOREGROUND, "linewidth": 1.4})
            ax.text((x + end_x) / 2, y - 0.05, label, ha="center", va="bottom", fontsize=9)

    return StaticFigure(draw, alt, size, title)


def _draw_lifeline(ax: Axes, x: float, bottom: float, bars: Sequence[tuple[int, int]]) -> None:
    """Draw the vertical line of a participant, with a hatched bar for each (first step, last step) in `bars`."""
    y = STEP_ROW
    for first, last in bars:
        bar_top, bar_bottom = (first + 1.6) * STEP_ROW, (last + 1.6) * STEP_ROW
        bar = (x - 0.1, bar_top), 0.2, bar_bottom - bar_top
        ax.add_patch(Rectangle(*bar, facecolor="none", edgecolor=FOREGROUND, hatch=BLOCKED_HATCH, linewidth=0.8))
        ax.plot([x, x], [y, bar_top], color=FOREGROUND, linewidth=0.8)
        y = bar_bottom
    ax.plot([x, x], [y, bottom], color=FOREGROUND, linewidth=0.8)

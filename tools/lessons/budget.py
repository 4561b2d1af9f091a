"""Rules for the size of an episode: its minutes by the model, its predictions, and the length of its cells."""

import re
from statistics import median, quantiles

from nbformat import NotebookNode

from tools import minutes as model
from tools.lessons import episode
from tools.lessons.frame import CHECK_YOURSELF, Violations

MAX_MINUTES = 15
MAX_FIRST_MINUTES = 10  # of episode 00a
MAX_PREDICTIONS = 2
MAX_PROSE_WORDS = 120  # of one cell


def minutes(nb: NotebookNode, name: str) -> Violations:
    """Check that the episode states the minutes and seconds of the model, and takes at most 15 minutes."""
    parts = model.minutes(nb)
    stated = re.search(model.SECONDS_LINE, nb.cells[0].source)
    if stated and stated[0] != model.head_line(parts):
        yield (
            "title",
            (f"states “{stated[0]}”, the model says “{model.head_line(parts)}”: run python -m tools.minutes --write"),
        )
    most = MAX_FIRST_MINUTES if episode.number(name) == "00a" else MAX_MINUTES
    if parts.minutes > most:
        yield "", f"takes {parts.minutes:.1f} minutes by the model, more than {most}"


def predictions(nb: NotebookNode, name: str) -> Violations:
    """Check that the episode has at most two predictions."""
    if (count := model.minutes(nb).predictions) > MAX_PREDICTIONS:
        yield "", f"{count} predictions, more than {MAX_PREDICTIONS}"


def sizes(nb: NotebookNode, name: str) -> Violations:
    """Check that the cells are short, because each cell should have only one idea.

    A blank line or a line of brackets alone is not counted: the formatter puts it there. Collapsed cells count only
    for the longest cell, except a cell that only shows a prediction.
    """
    counts = {cell.id: _lines(cell) for cell in episode.code_cells(nb)}
    shown = [
        counts[cell.id]
        for cell in episode.code_cells(nb)
        if not episode.is_collapsed(cell) or episode.only_shows_a_prediction(cell)
    ]
    if not counts:
        yield "", "no code cell"
    if shown and median(shown) > 6:
        yield "", f"half of the code cells have more than 6 lines (median {median(shown):g})"
    tenth = quantiles(shown, n=10, method="inclusive")[-1] if len(shown) > 1 else sum(shown)
    if tenth > 18:
        yield "", f"a tenth of the code cells have more than 18 lines ({tenth:g})"
    for cell_id, count in counts.items():
        if count > 30:
            yield cell_id, f"{count} lines of code, more than 30"
    for piece in episode.pieces(nb):
        count = episode.words(model.without_map(piece.text)) if piece.cell.cell_type == "markdown" else 0
        if count > MAX_PROSE_WORDS and piece.section not in (CHECK_YOURSELF, *episode.CLOSING_PARTS):
            yield piece.cell.id, f"{count} words of prose, more than {MAX_PROSE_WORDS}"


def _lines(cell: NotebookNode) -> int:
    """Return the number of lines with a letter or a digit. A line that is only a comment is not counted."""
    return sum(bool(re.search(r"^[^#]*\w", line)) for line in cell.source.splitlines())


def neighbours(nb: NotebookNode, name: str) -> Violations:
    """Check that of three code cells in a row at least two are collapsed."""
    for first in range(len(nb.cells) - 2):
        three = nb.cells[first : first + 3]
        if (
            all(cell.cell_type == "code" for cell in three)
            and sum(not episode.is_collapsed(cell) for cell in three) > 1
        ):
            yield three[0].id, "three code cells in a row begin here, and more than one of them is open"

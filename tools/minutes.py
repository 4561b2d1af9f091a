"""Compute how many minutes an episode takes, and write that number into the episode.

    python -m tools.minutes [--write] [notebook ...]      all episodes if none is named

Without --write, the command prints a table. With --write, it writes the last line of the first cell of each episode,
and its last cell, which links to the episodes before and after it and to the labs.
"""

import argparse
import math
import re
from dataclasses import dataclass, fields
from pathlib import Path

from nbformat import NotebookNode

from tools.lessons import episode
from tools.lessons.next_cell import next_text
from tools.notebooks.normalize import to_text

SECONDS_LINE = r"\*\*\d+ minutes?\*\*; the cells run for \d+ seconds?\."
MAP = r"(?P<begin><!-- course map(?:: (?P<name>\w+))? -->)\n.*?(?P<end><!-- course map -->)"
"""A part of the map of the course, which `tools.course_map` writes between two marks."""
GRID_CELLS = 20  # a grid or a table with more cells takes as long to read as two charts


@dataclass(frozen=True)
class Parts:
    """What an episode holds, counted. The property `minutes` is the sum that the model makes of it.

    Attributes:
        words: words of prose.
        open_lines: lines of code that JupyterLab shows.
        collapsed_lines: lines of code in cells with collapsed input.
        predictions: calls of `Prediction`.
        charts: outputs with a chart, a drawing or a widget; a grid or table of more than 20 cells counts twice.
        presses: presses that the text asks for, as the cells' metadata declare them.
        outputs: printed outputs, and one more for each ten lines of each.
        cells: code cells.
        seconds: seconds that the cells run, as freezing stored them.
        decisions: regions of a lab that a learner writes.
    """

    words: int = 0
    open_lines: int = 0
    collapsed_lines: int = 0
    predictions: int = 0
    charts: int = 0
    presses: int = 0
    outputs: int = 0
    cells: int = 0
    seconds: float = 0.0
    decisions: int = 0

    @property
    def minutes(self) -> float:
        """The minutes that reading, predicting, pressing and running take."""
        return sum(getattr(self, name) * weight for name, weight in WEIGHTS.items())

    @property
    def stated_minutes(self) -> int:
        """The minutes, rounded up to a whole number, as the episode states them."""
        return math.ceil(round(self.minutes, 6))

    @property
    def stated_seconds(self) -> int:
        """The seconds, rounded up to a whole number; at least 1."""
        return max(1, math.ceil(round(self.seconds, 6)))

    def __add__(self, other: "Parts") -> "Parts":
        """Return the sum of each part."""
        return Parts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Parts)))


WEIGHTS = {
    "words": 1 / 180,
    "open_lines": 1 / 12,
    "collapsed_lines": 1 / 48,
    "predictions": 0.5,
    "charts": 0.5,
    "presses": 0.25,
    "outputs": 0.2,
    "cells": 0.05,
    "seconds": 1 / 60,
    "decisions": 3.5,
}
"""The model: how many minutes one of each part takes."""


def minutes(nb: NotebookNode) -> Parts:
    """Count what an episode or a lab holds.

    The sections of `episode.CLOSING_PARTS` and the cell `next` are not counted. The map of the course is counted as a
    table, because no reader reads it word by word.
    """
    return sum((parts for section, parts in sections(nb) if section not in episode.CLOSING_PARTS), Parts())


def sections(nb: NotebookNode) -> list[tuple[str, Parts]]:
    """Return what each section holds: (heading, parts) in their order. Before the first one the heading is empty."""
    totals: dict[str, Parts] = {}
    for piece in episode.pieces(nb):
        if piece.cell.cell_type == "markdown":
            text = without_map(piece.text)
            own = Parts(words=episode.words(text), charts=0 if text == piece.text else _weight_of_grid(GRID_CELLS + 1))
        else:
            own = _code_parts(piece.cell)
        totals[piece.section] = totals.get(piece.section, Parts()) + own
    return list(totals.items())


def without_map(text: str) -> str:
    """Return a Markdown text without the parts that `tools.course_map` writes."""
    return re.sub(MAP, "", text, flags=re.S)


def _code_parts(cell: NotebookNode) -> Parts:
    """Count what one code cell holds."""
    lines, collapsed = episode.code_lines(cell), episode.is_collapsed(cell)
    ours = cell.metadata.get("readiness", {})
    predictions = episode.calls(cell).count("Prediction")
    outputs = [_output_parts(output, cell.source, predictions > 0) for output in cell.get("outputs", [])]
    own = Parts(
        open_lines=0 if collapsed else lines,
        collapsed_lines=lines if collapsed else 0,
        predictions=predictions,
        presses=len(ours.get("presses", [])),
        cells=1,
        seconds=ours.get("seconds", 0.0),
        decisions=cell.source.count("### BEGIN SOLUTION"),
    )
    return sum(outputs, own)


def _output_parts(output: NotebookNode, source: str, has_prediction: bool) -> Parts:
    """Count one output: a chart, a printed output, or the panel of a prediction, which is counted as a prediction.

    The bar of a lab's progress is not counted, because it is read with the sentence above it.
    """
    data, ours = output.get("data", {}), output.get("metadata", {}).get("readiness", {})
    if "image/png" in data or "image/svg+xml" in data:
        return Parts(charts=_weight_of_grid(ours.get("cells", 0)))
    text = data.get("text/plain", "")
    if has_prediction and data and "text/html" not in data:
        return Parts()
    if "<progress" in data.get("text/html", ""):  # the bar below the sentence of a check
        return Parts()
    if "text/html" in data:
        return Parts(charts=_weight_of_grid(len(re.findall(r"<t[dh]\b", data["text/html"]))))
    if "ClaimCards(" in source and data:
        return Parts(charts=_weight_of_grid(3 * len(re.findall(r"^ *\d+\. ", text, flags=re.M))))
    if "[ ] [ ]" in text:
        return Parts(charts=_weight_of_grid(text.count("[ ]")))
    if ours.get("widget"):
        return Parts(charts=1)
    printed = output.get("text", "") or text or "\n".join(output.get("traceback", []))
    return Parts(outputs=1 + len(printed.splitlines()) // 10) if printed.strip() else Parts()


def _weight_of_grid(cells: int) -> int:
    return 2 if cells > GRID_CELLS else 1


def head_line(parts: Parts) -> str:
    """Return the last line of an episode's first cell: its minutes and the seconds that its cells run."""
    count, seconds = parts.stated_minutes, parts.stated_seconds
    return f"**{count} minute{'s' * (count != 1)}**; the cells run for {seconds} second{'s' * (seconds != 1)}."


def write(path: Path) -> bool:
    """Write the minutes and the cell `next` of the episode in the file `path`. Return whether that changed the file.

    Raises:
        ValueError: The first cell has no line for the minutes, or the last cell is not `next`.
    """
    nb = episode.read(path)
    head, last = nb.cells[0], nb.cells[-1]
    if not re.search(SECONDS_LINE, head.source):
        raise ValueError(f"{path.name}: the first cell has no line “**0 minutes**; the cells run for 0 seconds.”")
    if last.get("id") != episode.NEXT:
        raise ValueError(f"{path.name}: the last cell does not have the id {episode.NEXT}")
    head.source = re.sub(SECONDS_LINE, head_line(minutes(nb)), head.source)
    last.source = next_text(path.name)
    before, after = path.read_text(encoding="utf-8"), to_text(nb)
    path.write_text(after, encoding="utf-8", newline="\n")
    return before != after


def table(paths: list[Path]) -> str:
    """Return a table with a line for each notebook: its parts, and its minutes by the model."""
    names = ("words", "open", "coll.", "pred.", "charts", "presses", "outputs", "cells", "seconds", "minutes")
    lines = ["".join([f"{'':42}", *(f"{name:>9}" for name in names)])]
    figures = []
    for path in paths:
        parts = minutes(episode.read(path))
        counts = [getattr(parts, field.name) for field in fields(Parts)][:8]
        shown = [f"{count:>9}" for count in counts] + [f"{parts.seconds:>9.1f}", f"{parts.minutes:>9.1f}"]
        lines.append("".join([f"{path.stem[:41]:42}", *shown]))
        figures.append(parts.minutes)
    if len(figures) > 1:
        lines.append(
            f"{len(figures)} notebooks: {sum(figures):.1f} minutes, {sum(figures) / len(figures):.1f} in the mean"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the minutes of the episodes that the command line names, or write them into the episodes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook")
    parser.add_argument("--write", action="store_true", help="write the minutes and the last cell of each episode")
    options = parser.parse_args()
    paths = options.notebooks or episode.episode_paths()
    if options.write:
        for path in paths:
            if write(path):
                print(f"{path}: written")
    print(table(paths))


if __name__ == "__main__":
    main()

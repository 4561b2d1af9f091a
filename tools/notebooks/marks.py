"""Mark the code cells of a solution for nbgrader: what a student writes, what is graded, and what is read-only.

nbgrader restores a read-only cell before it grades, so a student who edits the setup gains nothing. `make labs` writes
the marks. The points of a check are the author's: a new check has one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from readiness.course.labs import BEGIN
from tools.notebooks.normalize import to_text

CHECK = "@lab.check("
SCHEMA = 3  # of nbgrader's metadata, since its version 0.6


def is_check(cell: NotebookNode) -> bool:
    """Return whether a cell is a check of a lab."""
    return cell.cell_type == "code" and any(line.startswith(CHECK) for line in cell.source.splitlines())


def marks_of(cell: NotebookNode) -> dict[str, Any]:
    """Return the metadata that nbgrader needs for a code cell."""
    check, answer = is_check(cell), BEGIN in cell.source
    marks = {"grade": check, "grade_id": cell.id, "locked": not answer, "solution": answer, "task": False}
    if check:
        marks["points"] = cell.metadata.get("nbgrader", {}).get("points", 1)
    return marks | {"schema_version": SCHEMA}


def unmarked(nb: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells of a solution whose metadata for nbgrader are not what they should be. A text has none."""
    for cell in nb.cells:
        wanted = marks_of(cell) if cell.cell_type == "code" else None
        if cell.metadata.get("nbgrader") != wanted:
            yield cell


def write(path: Path) -> None:
    """Mark the cells of the solution `path`. The file is not written if they are marked."""
    nb = nbformat.read(path, as_version=4)
    cells = list(unmarked(nb))
    for cell in cells:
        if cell.cell_type == "code":
            cell.metadata["nbgrader"] = nbformat.from_dict(marks_of(cell))
        else:
            del cell.metadata["nbgrader"]
    if cells:
        path.write_text(to_text(nb), encoding="utf-8", newline="\n")

"""Collapse the checks and the helpers of a lab's solution, so that a learner reads the tasks and the answers.

    python -m tools.labs.collapse NUMBER [--open CELL ...]

A check begins with a comment `# Check: …`, the first sentence of its docstring; a collapsed helper begins with a
comment that says what it does. JupyterLab shows that line. The command writes comments where there is none. They are a
beginning: a person words them. With --open, code that a learner should read stays open.
"""

import argparse
import re
import sys

from nbformat import NotebookNode

from readiness.base.messages import UserError
from readiness.course import labs
from readiness.course.labs import BEGIN
from tools.labs.answers import check_docstring, is_check
from tools.lessons import episode
from tools.notebooks.normalize import to_text

CHECK_COMMENT = "# Check: "
COLUMNS = 88  # of what a page of 1,280 pixels shows beside the file browser


def first_sentence(text: str) -> str:
    """Return the first sentence of a text as one line, without its full stop."""
    line = " ".join(text.split())
    return re.split(r"(?<=[.?:;]) (?=[A-Z`])", line, maxsplit=1)[0].rstrip(".")


def shortened(text: str, length: int) -> str:
    """Return a text with at most `length` characters: words at its end are left out, and the text says so by `…`."""
    if len(text) <= length:
        return text
    return text[: length - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def comment_for(cell: NotebookNode) -> str:
    """Return a comment for the first line of a cell that is not an answer."""
    if is_check(cell):
        return CHECK_COMMENT + shortened(first_sentence(check_docstring(cell)), COLUMNS - len(CHECK_COMMENT))
    names = re.findall(r"^(?:def|class) (\w+)", cell.source, flags=re.MULTILINE)
    what = "the modules and the lab" if "= Lab(" in cell.source else cell.id.replace("-", " ")
    return shortened(f"# Given: {', '.join([what, *names])}", COLUMNS)


def collapse(nb: NotebookNode, opened: tuple[str, ...] = ()) -> list[str]:
    """Collapse each code cell of a solution that is not an answer. Return the ids of those that have changed.

    Args:
        nb: the solution.
        opened: the ids of the cells that are open.

    Raises:
        UserError: There is no code cell with such an id.
    """
    cells = {cell.id: cell for cell in nb.cells if cell.cell_type == "code"}
    if missing := set(opened) - set(cells):
        raise UserError(f"There is no code cell {', '.join(sorted(missing))}.")
    changed = []
    for name, cell in cells.items():
        before = (cell.source, dict(cell.metadata.get("jupyter", {})))
        if name in opened or BEGIN in cell.source:
            cell.metadata.pop("jupyter", None)
        else:
            cell.metadata["jupyter"] = {"source_hidden": True}
            if not cell.source.startswith(CHECK_COMMENT if is_check(cell) else "# "):
                cell.source = f"{comment_for(cell)}\n{cell.source}"
        if before != (cell.source, dict(cell.metadata.get("jupyter", {}))):
            changed.append(name)
    return changed


def main() -> int:
    """Collapse the cells of the solution that the command line names, and print their ids. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.labs.collapse", description=__doc__.splitlines()[0])
    parser.add_argument("number", help='number of the lab, such as "05" or "12-3"')
    parser.add_argument("--open", nargs="+", default=[], metavar="CELL", help="code that a learner should read")
    options = parser.parse_args()
    try:
        path = labs.find_notebook(episode.SOLUTIONS, options.number)
        nb = episode.read(path)
        changed = collapse(nb, tuple(options.open))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    path.write_text(to_text(nb), encoding="utf-8", newline="\n")
    print(f"solutions/{path.name}: {', '.join(changed) or 'nothing'} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Rules for cells whose input is collapsed: they hold plumbing, and nothing that the episode teaches.

A program sees the names that the prose writes in backticks. What a lab uses, it cannot know.
"""

import ast
import builtins
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.lessons import episode
from tools.lessons.frame import Violations


def share(nb: NotebookNode, name: str) -> Violations:
    """Check that at most half of the code lines are collapsed. Cells that only show a prediction are not counted."""
    cells = [cell for cell in episode.code_cells(nb) if not episode.only_shows_a_prediction(cell)]
    total = sum(map(episode.code_lines, cells))
    hidden = sum(episode.code_lines(cell) for cell in cells if episode.is_collapsed(cell))
    if hidden * 2 > total:
        yield "", f"{hidden} of {total} code lines are collapsed, more than half"


def first_lines(nb: NotebookNode, name: str) -> Violations:
    """Check that a collapsed cell begins with a comment, the line that JupyterLab shows of it."""
    for cell in episode.code_cells(nb):
        if episode.is_collapsed(cell) and not re.match(r"# \w", cell.source):
            yield cell.id, "is collapsed, and its first line is not a comment that says what it does"


def taught_names(nb: NotebookNode) -> set[str]:
    """Return each name that stands in backticks in the prose, except the names that are built into Python."""
    text = "\n".join(re.sub(r"^```.*?^```", "", cell.source, flags=re.S | re.M) for cell in episode.prose_cells(nb))
    quoted = " ".join(re.findall(r"`([^`\n]+)`", text))
    return set(re.findall(r"[A-Za-z_]\w*", quoted)) - set(dir(builtins))


def names(nb: NotebookNode, name: str) -> Violations:
    """Check that no collapsed cell assigns a name of the prose, or holds the only calls of such a name."""
    taught = taught_names(nb)
    hidden = [cell for cell in episode.code_cells(nb) if episode.is_collapsed(cell)]
    shown = {call for cell in episode.code_cells(nb) if not episode.is_collapsed(cell) for call in episode.calls(cell)}
    for cell in hidden:
        for assigned in sorted(set(_assigned(episode.parse(cell) or ast.Module([], []))) & taught):
            yield cell.id, f"is collapsed, and assigns `{assigned}`, which the prose uses"
        for called in sorted((set(episode.calls(cell)) & taught) - shown):
            yield cell.id, f"is collapsed, and calls `{called}`, which the prose uses and no open cell calls"


def _assigned(node: ast.AST) -> Iterator[str]:
    """Yield each name that the code of a cell binds, except by an import. Names inside functions are not visible."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        else:
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            yield from _assigned(child)


def reveals(nb: NotebookNode, name: str) -> Violations:
    """Check that a cell that reveals a prediction holds no assert, which would show the answer above it."""
    for cell in episode.code_cells(nb):
        tree = episode.parse(cell) or ast.Module([], [])
        if "reveal" in episode.calls(cell) and any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
            yield cell.id, "reveals a prediction and holds an assert: move the assert into a collapsed cell below"


def checks(nb: NotebookNode, name: str) -> Violations:
    """Check that no open cell holds an assert, which would show the result before the cell has run."""
    for cell in episode.code_cells(nb):
        tree = episode.parse(cell) or ast.Module([], [])
        if not episode.is_collapsed(cell) and any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
            yield cell.id, "is open and holds an assert: move the assert into a collapsed cell below"


def leads(nb: NotebookNode, name: str) -> Violations:
    """Check that no prose says of a collapsed cell what comes out of its check: the cell below has not run yet."""
    for cell in episode.prose_cells(nb):
        if re.search(r"collapsed cell checks that\b", cell.source):
            yield cell.id, "says what comes out of a collapsed check: name only what is checked"

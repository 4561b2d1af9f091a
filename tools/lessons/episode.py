"""The parts of an episode: its title, question, sections and cells. This module judges nothing and writes nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from readiness.course import labs
from tools import COURSE

NOTEBOOKS, LABS, SOLUTIONS = (COURSE / name for name in ("notebooks", "labs", "solutions"))

CLOSING_PARTS = ("On your own", "In practice", "Further reading")
"""The optional sections at the end of an episode, in their order. The model of minutes does not count them."""
NEXT = "next"
"""The id of the last cell of an episode. `tools.minutes` writes it."""


class Piece(NamedTuple):
    """A code cell, or the part of a Markdown cell that belongs to one section.

    Attributes:
        section: the heading of the section (## …), or an empty string before the first one.
        cell: the cell.
        text: the code of the cell, or the text of the part.
    """

    section: str
    cell: NotebookNode
    text: str


def episode_paths() -> list[Path]:
    """Return the paths of all episodes in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read the notebook in the file `path`."""
    return nbformat.read(path, as_version=4)


def number(name: str) -> str:
    """Return the number of an episode or a lab from the name or the path of its file: "04b" or "12-3"."""
    return labs.number_of(Path(name).name)


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that are not empty."""
    return [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]


def prose_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the Markdown cells, without the cell `next`, which a tool writes."""
    return [cell for cell in nb.cells if cell.cell_type == "markdown" and cell.get("id") != NEXT]


def is_collapsed(cell: NotebookNode) -> bool:
    """Return whether JupyterLab shows the cell with its input collapsed."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def code_lines(cell: NotebookNode) -> int:
    """Return the number of lines of a code cell that are not blank."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def plain_text(text: str) -> str:
    """Return the words of a Markdown text, without comments, link targets, table rules and markup."""
    text = re.sub(r"<!--.*?-->|<[^>]+>", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    return re.sub(r"(?<!\w)[^\w\s]+(?!\w)", " ", text)


def words(text: str) -> int:
    """Return the number of words of a Markdown text."""
    return len(plain_text(text).split())


def pieces(nb: NotebookNode) -> Iterator[Piece]:
    """Yield the code cells that are not empty, and the parts of the Markdown cells, with the section of each."""
    section = ""
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.strip():
            yield Piece(section, cell, cell.source)
        elif cell.cell_type == "markdown" and cell.get("id") != NEXT:
            for part in _parts(cell.source):
                if heading := re.match(r"## (.+)", part):
                    section = heading[1].strip()
                yield Piece(section, cell, part)


def _parts(text: str) -> list[str]:
    """Split a Markdown text before each line that begins with "## ". Such lines in a code block are no headings."""
    parts, inside = [""], False
    for line in text.splitlines(keepends=True):
        inside ^= line.startswith("```")
        if line.startswith("## ") and not inside:
            parts.append("")
        parts[-1] += line
    return [part for part in parts if part.strip()]


def sections(nb: NotebookNode) -> list[str]:
    """Return the headings of the sections (## …) in their order."""
    return [match[1].strip() for piece in pieces(nb) if (match := re.match(r"## (.+)", piece.text))]


def title(nb: NotebookNode) -> str:
    """Return the text of the first heading, without "Lab 03:", or an empty string if there is no heading."""
    match = re.match(r"# (?:(?:Lab )?\d\d[a-z]?(?:-\d)? *[·:] *)?(.+)", nb.cells[0].source if nb.cells else "")
    text = match[1].strip() if match else ""
    return text[:1].upper() + text[1:]


def question(nb: NotebookNode) -> str:
    """Return the question of an episode, or an empty string if its first cell has none."""
    match = re.search(r"^\*\*The question:\*\* (.+)", nb.cells[0].source if nb.cells else "", flags=re.M)
    return match[1].strip() if match else ""


def parse(cell: NotebookNode) -> ast.Module | None:
    """Return the syntax tree of a code cell, or None if the cell is not plain Python.

    The magic ``%matplotlib inline`` is allowed, and is not in the tree.
    """
    source = re.sub(r"^%matplotlib inline$", "", cell.source, flags=re.M)
    try:
        return compile(source, cell.get("id", ""), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return None


def called(node: ast.AST) -> str:
    """Return the last name of what a call calls, such as "poll" for ``select.poll()``; empty if `node` is no call."""
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


def calls(cell: NotebookNode) -> list[str]:
    """Return the last name of each call in a code cell."""
    return [name for node in ast.walk(parse(cell) or ast.Module([], [])) if (name := called(node))]


def only_shows_a_prediction(cell: NotebookNode) -> bool:
    """Return whether a cell does nothing but make a `Prediction` and show it."""
    if "Prediction" not in calls(cell):
        return False
    for statement in (parse(cell) or ast.Module([], [])).body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Name() | ast.Attribute()):
                continue
            case ast.Assign(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call) if (
                called(call) == "Prediction"
            ):
                continue
        return False
    return True

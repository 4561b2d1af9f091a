"""Put another answer into a cell of a solution, and run the cells of a lab in this process.

An answer is the whole text of a cell, or a list of replacements (old, new) in the solution's cell. This module does not
know whether an answer is right.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

Answer = str | Sequence[tuple[str, str]]
"""The text of a cell, or replacements in the solution's cell. Each `old` stands in the cell exactly once."""

CHECK = re.compile(r"(?:#[^\n]*\n)?@lab\.check\(")
"""How a check cell begins: with its decorator, or with a comment and the decorator."""


class AnswerError(ValueError):
    """An answer does not fit the solution: a cell is missing, or a text to replace does not stand in it once."""


def is_check(cell: NotebookNode) -> bool:
    """Return whether a cell is a check, to which nbgrader gives points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade", False))


def check_name(cell: NotebookNode) -> str:
    """Return the name of the function in a check cell.

    Raises:
        AnswerError: The cell does not begin as a check does, or it has no function.
    """
    match = re.search(r"^def (\w+)", cell.source, re.MULTILINE)
    if not match or not CHECK.match(cell.source):
        raise AnswerError(f"{cell.id}: a check is a function below @lab.check(…), with one comment above it at most")
    return match[1]


def check_docstring(cell: NotebookNode) -> str:
    """Return the docstring of the function in a check cell."""
    functions = [node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    return (ast.get_docstring(functions[0]) if functions else None) or ""


def apply(source: str, answer: Answer, where: str = "") -> str:
    """Return the text of a cell with an answer in it.

    Args:
        source: the text of the solution's cell.
        answer: the new text of the cell, or a list of replacements. Each one is made in the result of those before it.
        where: how an error names the answer.

    Raises:
        AnswerError: The text to replace does not stand in the cell exactly once.
    """
    if isinstance(answer, str):
        return answer
    for old, new in answer:
        if (count := source.count(old)) != 1:
            raise AnswerError(f"{where}: {old!r} stands in the cell {count} times, expected once")
        source = source.replace(old, new)
    return source


def by_cell(*answer: Any) -> dict[str, Answer]:
    """Return {cell: answer} of an answer to one cell (cell, answer), or to several cells ({cell: answer},)."""
    return dict(answer[0]) if isinstance(answer[0], Mapping) else {answer[0]: answer[1]}


def sources(nb: NotebookNode, answers: Mapping[str, Answer]) -> dict[str, str]:
    """Return the new text of each cell that `answers` names.

    Args:
        nb: the solution.
        answers: {cell: answer}.

    Raises:
        AnswerError: The solution has no such cell, or an answer does not fit its cell.
    """
    cells = {cell.id: cell.source for cell in nb.cells if cell.cell_type == "code"}
    for name in answers:
        if name not in cells:
            raise AnswerError(f"There is no code cell {name!r}")
    return {name: apply(cells[name], answer, name) for name, answer in answers.items()}


def run(
    nb: NotebookNode, answers: Mapping[str, Answer] | None = None, names: dict[str, Any] | None = None
) -> dict[str, BaseException | None]:
    """Run the code cells of a lab from the top, in this process, as IPython would run them.

    Args:
        nb: the lab or the solution.
        answers: {cell: answer}. With answers, the run ends at the first check that fails, and leaves out the checks
            above the first answer, because they judge the solution.
        names: the global names of the cells; a new namespace by default.

    Returns:
        {name of the check: None, or what it raised}.

    Raises:
        AnswerError: An answer does not fit.
        Exception: A cell that is no check raised it.
    """
    names = {"__name__": "__main__"} if names is None else names
    other = sources(nb, answers or {})
    raised: dict[str, BaseException | None] = {}
    changed = not other
    for cell in nb.cells:
        changed = changed or cell.id in other
        if cell.cell_type != "code" or (is_check(cell) and not changed):
            continue
        code = compile(other.get(cell.id, cell.source), f"<{cell.id}>", "exec")
        if not is_check(cell):
            exec(code, names)
            continue
        name = check_name(cell)
        try:
            exec(code, names)
            raised[name] = None
        except Exception as error:
            raised[name] = error
            if answers:
                break
    return raised


def first_failure(raised: Mapping[str, BaseException | None]) -> str | None:
    """Return the name of the first check that failed, or None."""
    return next((name for name, error in raised.items() if error is not None), None)

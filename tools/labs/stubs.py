"""Make answers that are no answers: a function that is not there, is misspelt, or calls the one of its base class."""

import ast
from typing import NamedTuple

from nbformat import NotebookNode

from readiness.course.labs import BEGIN, END
from tools.labs.answers import check_name, is_check


class Function(NamedTuple):
    """A function that a learner writes.

    Attributes:
        cell: the id of its cell.
        owner: the name of its class, or an empty string.
        node: its syntax tree, with the solution in it.
    """

    cell: str
    owner: str
    node: ast.FunctionDef

    @property
    def name(self) -> str:
        """Its name as a check's `answer` names it: "function" or "Class.method"."""
        return f"{self.owner}.{self.node.name}" if self.owner else self.node.name


def functions(cell: NotebookNode) -> list[Function]:
    """Return the functions of a cell with a region between `BEGIN` and `END` in them, in their order."""
    lines = [number for number, line in enumerate(cell.source.splitlines(), 1) if line.strip() == BEGIN]
    tree = ast.parse(cell.source) if lines else ast.Module([], [])
    owners = [("", tree), *((node.name, node) for node in tree.body if isinstance(node, ast.ClassDef))]
    found = [
        Function(cell.id, owner, node)
        for owner, parent in owners
        for node in parent.body
        if isinstance(node, ast.FunctionDef) and any(node.lineno <= line <= (node.end_lineno or 0) for line in lines)
    ]
    return sorted(found, key=lambda function: function.node.lineno)


def misspelt(name: str) -> str:
    """Return a name with two neighbouring letters swapped, such as "reda" for "read"."""
    swaps = (name[:n] + name[n + 1] + name[n] + name[n + 2 :] for n in range(len(name) - 2, -1, -1))
    return next(other for other in swaps if other != name)


def last_line(lines: list[str], node: ast.FunctionDef) -> int:
    """Return the number of the last line of a function; the mark `END` at its end belongs to it."""
    last = node.end_lineno or 0
    return last + (last < len(lines) and lines[last].strip() == END)


def deleted(source: str, function: Function) -> str:
    """Return the text of a cell without a function. `pass` stands in its place."""
    lines, node = source.splitlines(), function.node
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join([*lines[: first - 1], " " * node.col_offset + "pass", *lines[last_line(lines, node) :]])


def renamed(source: str, function: Function) -> str:
    """Return the text of a cell in which the name of a function is misspelt."""
    lines, name = source.splitlines(), function.node.name
    line = function.node.lineno - 1
    lines[line] = lines[line].replace(f"def {name}(", f"def {misspelt(name)}(")
    return "\n".join(lines)


def inherited(source: str, function: Function) -> str:
    """Return the text of a cell in which a method only calls the method of its base class."""
    lines, node = source.splitlines(), function.node
    indent = " " * node.body[0].col_offset
    body = f"{indent}return super().{node.name}(*args, **kwargs)"
    head = f"{' ' * node.col_offset}def {node.name}(self, *args, **kwargs):"
    return "\n".join([*lines[: node.lineno - 1], head, body, *lines[last_line(lines, node) :]])


def stubs(cell: NotebookNode) -> dict[str, str]:
    """Return {what was done to which function: the text of the cell}, for each function that a learner writes."""
    made = {}
    for function in functions(cell):
        for what, change in (("deleted", deleted), ("misspelt", renamed), ("super", inherited)):
            if function.owner or what != "super":
                made[f"{function.name}-{what}"] = change(cell.source, function)
    return made


def own_checks(nb: NotebookNode, cell: str, name: str) -> list[str]:
    """Return the checks of which the first to fail must be one if an answer is missing.

    They are the first check whose `answer` names the function; if no check names it, the checks between the answer's
    cell and the next answer.

    Args:
        nb: the solution.
        cell: the id of the cell that the function is in.
        name: the function, as `Function.name` has it.
    """
    checks = [other for other in nb.cells if other.cell_type == "code" and is_check(other)]
    if named := [check_name(check) for check in checks if name in answer_names(check)]:
        return named[:1]
    found: list[str] = []
    after = False
    for other in nb.cells:
        if other.cell_type == "code" and BEGIN in other.source:
            after = other.id == cell or (after and not found)
        elif after and other in checks:
            found.append(check_name(other))
    return found


def answer_names(check: NotebookNode) -> list[str]:
    """Return the functions that a check cell names as its `answer`."""
    for node in ast.walk(ast.parse(check.source)):
        if isinstance(node, ast.keyword) and node.arg == "answer":
            value = ast.literal_eval(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []

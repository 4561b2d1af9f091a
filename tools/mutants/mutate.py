"""Make the mutants of a solution: apply each operator to each node between BEGIN and END SOLUTION.

This module runs no mutant.
"""

import ast
import difflib
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from nbformat import NotebookNode

from readiness.course.labs import BEGIN, END
from tools.mutants.operators import EXPRESSIONS
from tools.mutants.statements import STATEMENTS, neighbours

CONSUMERS = ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
"""Functions that take any iterable, and keep no reference to it."""
LONGEST_LINE = 70  # characters of a line of the solution in the id of a mutant


class Mutant(NamedTuple):
    """A cell of the solution with one change.

    Attributes:
        id: "cell:what was changed:line of the solution", and "#2" for the second one of these.
        cell: the id of the cell.
        source: the text of the changed cell.
        diff: the lines that differ, as in a unified diff.
    """

    id: str
    cell: str
    source: str
    diff: str


class Edit(NamedTuple):
    """A change in a tree: `new` takes the place of `length` nodes from `place` on in a field, or of its only node."""

    what: str
    line: int
    parent: ast.AST
    field: str
    place: int | None
    length: int
    new: Sequence[ast.AST]


def mutants(nb: NotebookNode) -> list[Mutant]:
    """Return the mutants of all answer cells of a solution. Each is different from the solution and the others."""
    cells = [cell for cell in nb.cells if cell.cell_type == "code" and BEGIN in cell.source]
    return [mutant for cell in cells for mutant in of_cell(cell.id, cell.source)]


def of_cell(cell: str, source: str) -> Iterator[Mutant]:
    """Yield the mutants of a cell with the text `source`, in the order of its lines."""
    tree = ast.parse(source)
    mark(tree)
    original = ast.unparse(tree)
    seen, ids, lines = {original}, Counter[str](), source.splitlines()
    for edit in sorted(edits(tree, regions(source)), key=lambda edit: edit.line):
        text = applied(tree, edit)
        if text is None or text in seen:
            continue
        seen.add(text)
        line = lines[edit.line - 1].partition("  # ")[0].strip()[:LONGEST_LINE]
        name = f"{cell}:{edit.what}:{line}"
        ids[name] += 1
        yield Mutant(name if ids[name] == 1 else f"{name} #{ids[name]}", cell, text, difference(original, text))


def mark(tree: ast.Module) -> None:
    """Set `of_caller`, `consumed` and `beside`, which `assignment`, `container` and `mixed_up` need, on nodes."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            parameters = {parameter.arg for parameter in function.args.args}
            beside = _names(function, parameters)
            for node in ast.walk(function):
                if isinstance(node, ast.AugAssign):
                    is_own = isinstance(node.target, ast.Name) and node.target.id not in parameters
                    item = isinstance(node.target, ast.Subscript)
                    node.of_caller = not (is_own or item)  # type: ignore[attr-defined]
                elif isinstance(node, ast.Starred) or getattr(getattr(node, "func", None), "id", "") in CONSUMERS:
                    for child in ast.iter_child_nodes(node):
                        child.consumed = True  # type: ignore[attr-defined]
                elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    name = _last(node)
                    names = [other for other in beside[_base(node)] if other.isupper() == name.isupper()]
                    if name in names and len(names) > 1:
                        node.beside = names[(names.index(name) + 1) % len(names)]  # type: ignore[union-attr]


def _names(function: ast.FunctionDef, parameters: set[str]) -> dict[str, list[str]]:
    """Return the names that a function uses, by what stands before their dot; those before no dot by "".

    Left out are names that are called or have a dot behind them, and names of other functions and modules.
    """
    nodes = list(ast.walk(function))
    own = parameters | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    other = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    other |= {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    found: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in other:
            continue
        if isinstance(node, ast.Attribute) or node.id in own or node.id.isupper():
            found[_base(node)].add(_last(node))
    return defaultdict(list, {base: sorted(names) for base, names in found.items()})


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _base(node: ast.Name | ast.Attribute) -> str:
    return ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""


def regions(source: str) -> set[int]:
    """Return the numbers of the lines between BEGIN and END SOLUTION."""
    inside, found = False, set()
    for number, line in enumerate(source.splitlines(), 1):
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
        elif inside:
            found.add(number)
    return found


def edits(node: ast.AST, region: set[int]) -> Iterator[Edit]:
    """Yield each change that an operator makes below `node`, of nodes whose lines are in the region."""
    for field, value in ast.iter_fields(node):
        nodes = value if isinstance(value, list) else [value]
        for index, child in enumerate(nodes):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            place = (node, field, index if isinstance(value, list) else None)
            first, last = getattr(child, "lineno", 0), getattr(child, "end_lineno", 0)
            if region.issuperset(range(first, last + 1)):
                for what, new in changes(child):
                    yield Edit(what, first, *place, 1, new)
                if isinstance(child, ast.stmt) and index + 1 < len(nodes):
                    for what, new in neighbours(child, nodes[index + 1]):
                        yield Edit(what, first, *place, 2, new)
            yield from edits(child, region)


def changes(node: ast.AST) -> Iterator[tuple[str, Sequence[ast.AST]]]:
    """Yield what each operator makes of a node: (what was changed, the nodes instead of it)."""
    if isinstance(node, ast.stmt):
        for change in STATEMENTS:
            yield from change(node)
    elif isinstance(node, ast.expr):
        for operator in EXPRESSIONS:
            for what, other in operator(node):
                yield what, [other]


def applied(tree: ast.Module, edit: Edit) -> str | None:
    """Return the text of the tree with an edit in it, or None if that is not valid Python. The tree stays as it is."""
    before = getattr(edit.parent, edit.field)
    after: Any
    if edit.place is None:
        after = edit.new[0]
    else:
        after = [*before[: edit.place], *edit.new, *before[edit.place + edit.length :]]
        if not after and edit.field == "body":
            after = [ast.Pass()]
    setattr(edit.parent, edit.field, after)
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as `x is 1`
            compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    finally:
        setattr(edit.parent, edit.field, before)
    return text


def difference(before: str, after: str) -> str:
    """Return the lines that differ, with - and +, without the lines around them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

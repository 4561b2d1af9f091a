"""What a learner writes in labs 12-1 to 12-5 is what the package has: the same methods, to the same text."""

import ast
import inspect
import re
from pathlib import Path

import nbformat
import pytest

from readiness.course.labs import BEGIN
from readiness.servers.ftp import FtpServer, Session
from tests import ROOT

SOLUTIONS = sorted((ROOT / "solutions").glob("12-*.ipynb"))


def methods(source: str, where: str = "") -> dict[str, ast.FunctionDef]:
    """The methods of the classes in `source`, or of the one named `where`."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    chosen = [node for node in classes if where in ("", node.name)]
    return {node.name: node for owner in chosen for node in owner.body if isinstance(node, ast.FunctionDef)}


class WithoutTypes(ast.NodeTransformer):
    """What the package has for the type checker alone goes: annotations, and asserts that something is not None."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign:
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Assert(self, node: ast.Assert) -> ast.Assert | None:
        return None if ast.unparse(node).endswith("is not None") else node


def text(method: ast.FunctionDef) -> str:
    """Its parameters' names, the words of its docstring, and its body: comments, types and blank lines aside."""
    names = ", ".join(parameter.arg for parameter in method.args.args)
    words, body = (ast.get_docstring(method) or "").split(), WithoutTypes().visit(method).body
    return "\n".join([f"{method.name}({names})", " ".join(words), *map(ast.unparse, body[bool(words) :])])


def in_package(name: str) -> str:
    owner = next(kind for kind in (*Session.__mro__, FtpServer) if name in vars(kind))
    return text(methods(Path(inspect.getsourcefile(owner)).read_text(encoding="utf-8"), owner.__name__)[name])


def overridden(path: Path) -> dict[str, ast.FunctionDef]:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if BEGIN in cell.source]
    return {name: node for source in cells for name, node in methods(source).items()}


def test_there_are_labs_of_the_ftp_server():
    assert SOLUTIONS


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.name[:4])
def test_a_solution_has_the_methods_of_the_package(path):
    found = overridden(path)
    assert 2 <= len(found) <= 5
    for name, method in found.items():
        assert text(method) == in_package(name)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.name[:4])
def test_what_is_blanked_has_at_most_ten_lines_and_a_task_at_least_three(path):
    for cell in nbformat.read(path, as_version=4).cells:
        regions = re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", cell.source, re.DOTALL)
        # The formatter puts a bracket alone on its line: such a line is not counted.
        lines = [sum(bool(re.search(r"\w", line)) for line in region.splitlines()) for region in regions]
        assert not lines or (max(lines) <= 10 and sum(lines) >= 3), cell.source

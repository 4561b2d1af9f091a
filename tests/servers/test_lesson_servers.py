"""The classes that an episode writes in its cells are, word for word but for types, those that later ones import."""

import ast
from pathlib import Path

import nbformat
import pytest

from readiness.servers import lesson_servers
from tests import ROOT

EPISODES = {
    "Loop": "09a-freeze-it-kill-it",
    "EchoServer": "09a-freeze-it-kill-it",
    "Connection": "09c-keep-what-was-not-sent",
    "Buffered": "09c-keep-what-was-not-sent",
    "BoundedConnection": "09c-keep-what-was-not-sent",
    "Bounded": "09c-keep-what-was-not-sent",
}


class WithoutTypes(ast.NodeTransformer):
    """Docstrings and annotations go, and so does a declaration without a value."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns, node.body = None, _without_docstring(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        return ast.Assign([node.target], node.value, lineno=node.lineno) if node.value else None


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    described = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if described else body


def classes(source: str) -> dict[str, str]:
    """The text of each class in `source`, without types and docstrings, by its name."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: ast.unparse(WithoutTypes().visit(node)) for node in nodes}


def in_package() -> dict[str, str]:
    return classes(Path(lesson_servers.__file__).read_text(encoding="utf-8"))


def in_episode(name: str) -> dict[str, str]:
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    return classes("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


def test_each_class_of_the_module_stands_in_an_episode():
    assert set(in_package()) == {*EPISODES, "WithTimers"}


@pytest.mark.parametrize(("name", "episode"), EPISODES.items(), ids=EPISODES)
def test_the_module_has_the_text_of_the_episode(name, episode):
    assert in_package()[name] == in_episode(episode)[name]

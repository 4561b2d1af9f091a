"""The rules for the package's modules: a docstring, 300 lines, no assert that judges, messages that can be translated.

These rules read the modules, and do not import them. Import-linter checks the layers: see pyproject.toml.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import COURSE

MAX_LINES = 300


def violations(package: Path) -> Iterator[str]:
    """Yield every violation in the modules under `package` as a sentence."""
    for file in sorted(package.rglob("*.py")):
        module = file.relative_to(package)
        for sentence in module_violations(file.read_text(encoding="utf-8")):
            yield f"{package.name}/{module.as_posix()}: {sentence}"


def module_violations(source: str) -> Iterator[str]:
    """Yield the violations in the source of one module."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "no docstring says what it is and is not"
    if (count := source.count("\n")) > MAX_LINES:
        yield f"{count} lines, more than {MAX_LINES}: does it have one duty?"
    yield from _asserts(tree)
    yield from _messages(tree)


def _asserts(tree: ast.Module) -> Iterator[str]:
    """Allow asserts that only tell mypy a type (``is not None``, ``isinstance``): ``python -O`` leaves asserts out."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]), msg=None):
                pass
            case ast.Assert(test=ast.Call(func=ast.Name(id="isinstance")), msg=None):
                pass
            case ast.Assert():
                yield f"line {node.lineno}: an assert, which python -O leaves out: raise the error instead"


def _messages(tree: ast.Module) -> Iterator[str]:
    """Yield the messages that gettext can't extract from the source, because they are not literals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            match node.args:
                case [ast.Constant(value=str(text))]:
                    if re.search(r"!(?![rsa][:}])", text):  # {name!r} is a conversion
                        yield f"line {node.lineno}: an exclamation mark in what is shown"
                case _:
                    yield f"line {node.lineno}: _() needs one string literal, or it can't be translated"


def main() -> int:
    """Print every violation in the package; return 1 if there is one."""
    found = list(violations(COURSE / "readiness"))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

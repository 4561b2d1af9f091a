"""The rules for the modules of the package `readiness`: docstring, length, asserts, and messages to be translated.

A module has a docstring and at most 300 lines. It uses assert only to tell mypy a type. Each message is one string
literal. A violation is a place where a module breaks a rule. This tool reads the modules, and does not import them.
Import-linter checks the layers: see pyproject.toml.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import COURSE

MAX_LINES = 300


def violations(package: Path) -> Iterator[str]:
    """Check all modules in the folder `package`. Yield a sentence for each violation."""
    for file in sorted(package.rglob("*.py")):
        module = file.relative_to(package)
        for sentence in module_violations(file.read_text(encoding="utf-8")):
            yield f"{package.name}/{module.as_posix()}: {sentence}"


def module_violations(source: str) -> Iterator[str]:
    """Yield a sentence for each violation in the source of one module."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "no docstring says what it is and is not"
    if (count := source.count("\n")) > MAX_LINES:
        yield f"{count} lines, more than {MAX_LINES}: does it have one duty?"
    yield from _asserts(tree)
    yield from _messages(tree)


def _asserts(tree: ast.Module) -> Iterator[str]:
    """Yield a sentence for each assert that is not allowed.

    ``python -O`` ignores asserts. Only an assert that tells mypy a type (``is not None``, ``isinstance``) is allowed.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]), msg=None):
                pass
            case ast.Assert(test=ast.Call(func=ast.Name(id="isinstance")), msg=None):
                pass
            case ast.Assert():
                yield f"line {node.lineno}: an assert, which python -O leaves out: raise the error instead"


def _messages(tree: ast.Module) -> Iterator[str]:
    """Yield a sentence for each message `_(…)` that has an exclamation mark or is not one string literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            match node.args:
                case [ast.Constant(value=str(text))]:
                    if re.search(r"!(?![rsa][:}])", text):  # {name!r} is a conversion
                        yield f"line {node.lineno}: an exclamation mark in what is shown"
                case _:
                    yield f"line {node.lineno}: _() needs one string literal, or it can't be translated"


def main() -> int:
    """Print the violations in all modules of the package. Return the exit code: 1 if there are any, else 0."""
    found = list(violations(COURSE / "readiness"))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

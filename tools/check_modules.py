"""The rules for the package's modules: a docstring, at most 300 lines, and imports of lower layers only.

Each function yields the violations of one module as sentences. Nothing that is read is imported.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# From the ground up: a package imports only from itself and from packages that stand before it.
LAYERS = (
    "base",
    "system",
    "graphics",
    "servers",
    "ftp",
    "experiments",
    "clients",
    "course",
    "widgets",
    "__main__",
)
MAX_LINES = 300


def violations(package: Path) -> Iterator[str]:
    """Yield every violation in the modules under `package` as a sentence."""
    for file in sorted(package.rglob("*.py")):
        module = file.relative_to(package)
        for sentence in module_violations(module, file.read_text(encoding="utf-8")):
            yield f"{package.name}/{module.as_posix()}: {sentence}"


def module_violations(module: Path, source: str) -> Iterator[str]:
    """Yield the violations of one module; `module` is its path inside the package."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "no docstring says what it is and is not"
    if (count := source.count("\n")) > MAX_LINES:
        yield f"{count} lines, more than {MAX_LINES}: does it have one duty?"
    yield from _imports(module, tree)
    yield from _messages(tree)


def _imports(module: Path, tree: ast.Module) -> Iterator[str]:
    layer = module.parts[0].removesuffix(".py")
    if layer != "__init__" and layer not in LAYERS:
        yield f"{layer} has no layer yet: give it its place in tools/check_modules.py"
        return
    allowed = LAYERS[: LAYERS.index(layer) + 1] if layer in LAYERS else ()
    for node in ast.walk(tree):
        for name in _imported(module, node):
            top, *rest = name.split(".")
            if top == "ipywidgets" and layer != "widgets":
                yield "imports ipywidgets, which only the package widgets does"
            if top == "readiness" and rest and rest[0] in LAYERS and rest[0] not in allowed:
                yield f"imports {rest[0]}, which stands above {layer}"


def _imported(module: Path, node: ast.AST) -> Iterator[str]:
    """Yield the full names that a statement imports; `from readiness import x` imports readiness.x."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parents = ("readiness", *module.parent.parts)
            base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _messages(tree: ast.Module) -> Iterator[str]:
    """Messages go through gettext as literals, since their extraction reads the source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            match node.args:
                case [ast.Constant(value=str(text))]:
                    if re.search(r"!(?![rsa][:}])", text):  # {name!r} is a conversion
                        yield f"line {node.lineno}: an exclamation mark in what is shown"
                case _:
                    yield f"line {node.lineno}: _() needs one string literal, or it can't be translated"

"""The rules that the package is held to: one noun, one room, and imports that only go down.

Each function yields the faults of one module as sentences. It imports nothing of what it reads.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# From the ground up: a room imports only from rooms that stand before it.
FLOORS = (
    "words",
    "commandline",
    "worker",
    "limits",
    "asleep",
    "bitmap",
    "descriptors",
    "triggers",
    "states",
    "kernel",
    "meter",
    "recorded",
    "experiment",
    "trace",
    "threadcost",
    "cases",
    "scancost",
    "scanworker",
    "herd",
    "trials",
    "background",
    "apart",
    "loops",
    "servers",
    "ftp",
    "crowd",
    "firehose",
    "breakers",
    "rig",
    "clients",
    "ftpwatch",
    "ftphand",
    "ftptrials",
    "suite",
    "charts",
    "livechart",
    "drawings",
    "stories",
    "panels",
    "labs",
    "checks",
    "pages",
    "__main__",
)
LINES = 300


def faults(package: Path) -> Iterator[str]:
    """Everything that is wrong with the modules under `package`, a sentence for each."""
    for file in sorted(package.rglob("*.py")):
        module = file.relative_to(package)
        for sentence in module_faults(module, file.read_text(encoding="utf-8")):
            yield f"{package.name}/{module.as_posix()}: {sentence}"


def module_faults(module: Path, source: str) -> Iterator[str]:
    """The faults of one module: `module` is its path inside the package."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "no docstring says what it is and is not"
    if (count := source.count("\n")) > LINES:
        yield f"{count} lines, more than {LINES}: is it still one room?"
    yield from _imports(module, tree)
    yield from _words(tree)


def _imports(module: Path, tree: ast.Module) -> Iterator[str]:
    room = module.parts[0].removesuffix(".py")
    if room != "__init__" and room not in FLOORS:
        yield f"{room} has no floor yet: give it its place in tools/check_modules.py"
        return
    below = FLOORS[: FLOORS.index(room) + 1] if room in FLOORS else ()
    for node in ast.walk(tree):
        for name in _imported(module, node):
            top, *rest = name.split(".")
            if top == "ipywidgets" and room != "panels":
                yield "imports ipywidgets, which only panels.py does"
            if top == "readiness" and rest and rest[0] in FLOORS and rest[0] not in below:
                yield f"imports {rest[0]}, which stands above {room}"


def _imported(module: Path, node: ast.AST) -> Iterator[str]:
    """Full names of what an import statement brings; `from readiness import x` brings readiness.x."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parents = ("readiness", *module.parent.parts)
            base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _words(tree: ast.Module) -> Iterator[str]:
    """What is shown goes through gettext as a literal, since its extraction reads the source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            match node.args:
                case [ast.Constant(value=str(text))]:
                    if re.search(r"!(?![rsa][:}])", text):  # {name!r} is a conversion
                        yield f"line {node.lineno}: an exclamation mark in what is shown"
                case _:
                    yield f"line {node.lineno}: _() needs one string literal, or it can't be translated"

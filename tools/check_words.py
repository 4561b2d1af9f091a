"""Check the words of the project: names that the code no longer uses, and phrases that are hard to read.

    python -m tools.check_words

Names are checked in all code, also in the cells of notebooks, and in backticks in lessons, labs and documents. Phrases
are checked in docstrings, comments, messages (`_("…")`) and documents. A violation is a place where an old name or a
hard phrase stands.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("readiness", "tools", "bench", "tests", "notebooks", "solutions")
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "bench/README.md",
    "labs/README.md",
    "solutions/README.md",
)

PHRASES = {
    r"\bdear(er|est)\b": "more expensive",
    r"\bdeeds?\b": "callback",
    r"\bowed\b": "unsent",
    r"\banew\b": "again",
    r"\bfor ever\b": "without a time limit",
    r"\bwhoever\b": "a client that, a server that",
    r"\bin (the )?place of\b": "instead of",
    r"\bset beside\b": "compared with",
    r"(?:^|[.:;,] )so (many|much)\b(?! (as|that|more|less|time))": "that number of",
    r"'s business\b": "name the module that does it",
    r"\b(nobody|everybody)\b": "no client, every client",
}
"""Regular expressions for phrases that no text may contain, and what to write instead (CONTRIBUTING.md, "Words")."""

GIVEN_UP = Path(__file__).with_name("given_up_names.txt")
IDENTIFIERS: dict[str, str] = dict(
    line.split() for line in GIVEN_UP.read_text("utf-8").splitlines() if line and not line.startswith("#")
)
"""Each name that the code no longer uses, and the name that replaces it."""


def identifiers(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, name) for each name in the source: definitions, variables, attributes, arguments and imports."""
    for node in ast.walk(ast.parse(source)):
        names: Iterable[str | None] = ()
        match node:
            case ast.Name(id=name):
                names = [name]
            case ast.Attribute(attr=name):
                names = [name]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.arg(arg=name) | ast.keyword(arg=name):
                names = [name]
            case ast.alias(name=name, asname=other):
                names = [*name.split("."), other]
            case ast.ImportFrom(module=name):
                names = (name or "").split(".")
        for name in filter(None, names):
            yield getattr(node, "lineno", 0), name


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) for each docstring, each other string that is a statement, each comment and each message."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text
            case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                yield node.lineno, text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def phrases(text: str) -> Iterator[str]:
    """Yield a sentence for each place in `text` that matches a pattern of `PHRASES`. It says what to write instead."""
    # The rules hold for the text's own words, without code, quotations and the titles of notebooks.
    plain = re.sub(r"`[^`]*`|“[^”]*”|\[[^]]*\]\([^)]*\.ipynb\)", "", text).replace("’", "'")
    for pattern, instead in PHRASES.items():
        for match in re.finditer(pattern, plain, flags=re.IGNORECASE | re.MULTILINE):
            yield f"“{match[0].strip()}”: write “{instead}”"


def code_violations(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, sentence) for each violation in the source of one module."""
    for line, name in identifiers(source):
        if name in IDENTIFIERS:
            yield line, f"{name} is called {IDENTIFIERS[name]} now"
    for line, text in texts(source):
        for sentence in phrases(text):
            yield line, sentence


def quoted_names(text: str) -> Iterator[str]:
    """Yield a sentence for each name in backticks in `text` that the code no longer uses."""
    for code in re.findall(r"`([^`\n]+)`", text):
        for name in re.findall(r"[A-Za-z_]\w*", code):
            if name in IDENTIFIERS:
                yield f"`{code}`: {name} is called {IDENTIFIERS[name]} now"


def notebook_violations(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (cell id, sentence) for each name in a notebook that the code no longer uses.

    The names in code cells are checked, and the names in backticks in Markdown cells.
    """
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for sentence in quoted_names(cell.source):
                yield cell.id, sentence
        if cell.cell_type == "code":
            code = re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)  # the one magic that is allowed
            for _line, name in identifiers(code):
                if name in IDENTIFIERS:
                    yield cell.id, f"{name} is called {IDENTIFIERS[name]} now"


def violations(root: Path = ROOT) -> Iterator[str]:
    """Check the project's files in the folder `root`. Yield a sentence, with the place, for each violation."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix == ".py" and path != Path(__file__).resolve():
                for line, sentence in code_violations(path.read_text("utf-8")):
                    yield f"{name}:{line}: {sentence}"
            elif path.suffix == ".ipynb" and ".ipynb_checkpoints" not in path.parts:
                for cell, sentence in notebook_violations(path):
                    yield f"{name}: cell {cell}: {sentence}"
    for document in DOCUMENTS:
        for number, text in enumerate((root / document).read_text("utf-8").splitlines(), 1):
            for sentence in (*phrases(text), *quoted_names(text)):
                yield f"{document}:{number}: {sentence}"


def main() -> int:
    """Print all violations. Return the exit code: 1 if there are any, else 0."""
    found = list(violations())
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

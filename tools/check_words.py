"""Check the words of the project: names that the code no longer uses, and texts that are hard to read.

    python -m tools.check_words [notebook ...]      the whole project if none is named

Names are checked in all code, also in the cells of notebooks, and in backticks in lessons, labs and documents. Phrases
are checked in docstrings, comments, messages (`_("…")`), documents and episodes. In the prose of episodes, and in the
documents of `PLAIN_DOCUMENTS`, a sentence is not too long and each word is known (`tools/words`). A violation is a
place that breaks one of these rules.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools import COURSE
from tools.lessons import episode
from tools.minutes import without_map
from tools.words import limits

ROOT = COURSE
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
    "docs/teachers.md",
)
PLAIN_DOCUMENTS = ("README.md", "docs/teachers.md", "labs/README.md", "solutions/README.md")
"""The documents whose sentences are counted and whose words are looked up, as those of episodes are.

Exempt, until they are rewritten by these rules: labs and solutions, the other documents, docstrings, comments and
messages. Their phrases are checked.
"""

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
    for cell in episode.read(path).cells:
        if cell.cell_type == "markdown":
            for sentence in quoted_names(cell.source):
                yield cell.id, sentence
        if cell.cell_type == "code":
            for _line, name in identifiers(_plain_code(cell.source)):
                if name in IDENTIFIERS:
                    yield cell.id, f"{name} is called {IDENTIFIERS[name]} now"


def episode_violations(path: Path, exempt: list[limits.Exempt]) -> Iterator[tuple[str, str]]:
    """Yield (cell id, sentence) for each phrase, sentence and word of an episode that is hard to read.

    The phrases are also checked in the texts of code cells: comments, docstrings, questions, alternative texts. The
    cell `next`, which consists of titles, is left out.
    """
    for cell in episode.read(path).cells:
        if cell.cell_type == "code":
            source = _plain_code(cell.source)
            for text in [*(text for _line, text in texts(source)), *_strings(source)]:
                for sentence in phrases(text):
                    yield cell.id, sentence
        elif cell.get("id") != episode.NEXT:
            for sentence in text_violations(without_map(cell.source), path.name, exempt):
                yield cell.id, sentence


def text_violations(text: str, file: str, exempt: list[limits.Exempt]) -> Iterator[str]:
    """Yield a sentence for each phrase, sentence and word of a Markdown text that is hard to read."""
    yield from phrases(text)
    yield from limits.long_sentences(text, file, exempt)
    yield from limits.unknown_words(text)


def _plain_code(source: str) -> str:
    """Return the code of a cell without the one magic that is allowed."""
    return re.sub(r"^%.*$", "", source, flags=re.MULTILINE)


def _strings(source: str) -> Iterator[str]:
    """Yield each string in the source that has a space, and so may be a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


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


def prose_violations(paths: list[Path] | None = None) -> Iterator[str]:
    """Check the prose of episodes and of `PLAIN_DOCUMENTS`. Yield a sentence, with the place, for each violation.

    Args:
        paths: the episodes to check; None for all episodes and documents.
    """
    exempt = limits.exceptions()
    for path in episode.episode_paths() if paths is None else paths:
        for cell, sentence in episode_violations(path, exempt):
            yield f"{path.name}: cell {cell}: {sentence}"
    for document in PLAIN_DOCUMENTS if paths is None else ():
        text = without_map((ROOT / document).read_text("utf-8"))
        for sentence in (*limits.long_sentences(text, document, exempt), *limits.unknown_words(text)):
            yield f"{document}: {sentence}"


def main() -> int:
    """Print the violations in the project, or in the named episodes. Return the exit code, 1 if there are any."""
    parser = argparse.ArgumentParser(description="Check the words of the project.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook")
    paths = parser.parse_args().notebooks
    found = list(prose_violations(paths)) if paths else [*violations(), *prose_violations()]
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

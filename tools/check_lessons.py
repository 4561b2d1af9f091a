"""The rules for lessons. Each rule is a function that yields violations: the places where a lesson breaks the rule.

A violation is a tuple (cell id, sentence). The cell id is empty if the violation is about the whole lesson. A rule has
two parameters: the notebook `nb`, and the `name` of its file. The rules run no notebook and change nothing.
`notebooks/freeze.py` checks whether a notebook is saved as readers get it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import nbformat
from nbformat import NotebookNode

from tools import COURSE

Violations = Iterator[tuple[str, str]]

WORDS_PER_MINUTE = 200
MAX_MINUTES = 15
ALLOWED_TAGS = {"nbval-ignore-output", "raises-exception"}
OPENING_PARTS = ("What you'll do", "What you'll learn", "What you'll need")
CLOSING_PARTS = ("On your own", "In practice", "Further reading")
SOCKET_CALLS = {"bind", "connect", "connect_ex"}
SOCKET_CALLS |= {"create_connection", "create_server", "open_connection", "start_server"}
SYSTEM_FILES = ("/proc/", "/dev/", "/sys/", "/etc/")  # these are the subject, and the same on every Linux


def violations(nb: NotebookNode, name: str) -> Iterator[str]:
    """Check a lesson by all rules. Yield each violation as a sentence that names the file and the cell id."""
    rules = (ids, frame, minutes, sizes, neighbours, word_count, prose, plain_python, paths_and_ports, tags, measured)
    for rule in rules:
        for cell, sentence in rule(nb, name):
            yield ": ".join(filter(None, (name, cell, sentence)))


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that are not empty."""
    return [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]


def prose_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the Markdown cells."""
    return [cell for cell in nb.cells if cell.cell_type == "markdown"]


def opening(nb: NotebookNode) -> str:
    """Return the text of all Markdown cells before the first code cell."""
    text = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            break
        text.append(cell.source)
    return "\n".join(text).replace("’", "'")


def title(nb: NotebookNode) -> str:
    """Return the text of the first heading without the lesson's number, or an empty string if there is no heading."""
    match = re.match(r"# (?:\d\d\W+)?(.+)", nb.cells[0].source if nb.cells else "")
    return match[1].strip() if match else ""


def stated_minutes(nb: NotebookNode) -> int | None:
    """Return the number of minutes that the opening says the lesson takes, or None if it names no number."""
    match = re.search(r"\b(\d+) minutes\b", opening(nb))
    return int(match[1]) if match else None


def count_words(nb: NotebookNode) -> int:
    """Return the number of words in the Markdown cells."""
    return sum(len(_plain_text(cell.source).split()) for cell in prose_cells(nb))


def _plain_text(text: str) -> str:
    """Return the words of a Markdown text, without comments, link targets, table rules and markup."""
    text = re.sub(r"<!--.*?-->|<[^>]+>", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    return re.sub(r"(?<!\w)[^\w\s]+(?!\w)", " ", text)


def ids(nb: NotebookNode, name: str) -> Violations:
    """Check that each cell id is unique and consists of words. Translations and tests find a cell by its id."""
    seen: set[str] = set()
    for number, cell in enumerate(nb.cells, 1):
        cell_id = cell.get("id", "")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", cell_id) or re.match(r"[0-9a-f]{8}(-|$)", cell_id):
            yield cell_id, f"needs an id that speaks, such as the-lost-edge (cell {number})"
        if cell_id in seen:
            yield cell_id, "two cells have this id"
        seen.add(cell_id)


def frame(nb: NotebookNode, name: str) -> Violations:
    """Check that the lesson has a title, and that it begins and ends with the same parts as all lessons."""
    if not title(nb):
        yield "", "the first cell doesn't begin with a title (# …)"
    everything = "\n".join(cell.source for cell in prose_cells(nb)).replace("’", "'")
    for text, parts, position in (
        (opening(nb), OPENING_PARTS, "before the first code cell"),
        (everything, CLOSING_PARTS, "at the end"),
    ):
        matches = [re.search(rf"^(?:#+ |\*+){part}", text, flags=re.M) for part in parts]
        for part, match in zip(parts, matches, strict=True):
            if not match:
                yield "", f"no heading “{part}” {position}"
        starts = [match.start() for match in matches if match]
        if starts != sorted(starts):
            yield "", f"not in this order: {', '.join(parts)}"
    headings = re.findall(r"^##? .+", everything, flags=re.M)
    if headings and CLOSING_PARTS[-1] not in headings[-1] and CLOSING_PARTS[-1] in everything:
        yield "", f"a heading follows “{CLOSING_PARTS[-1]}”"


def minutes(nb: NotebookNode, name: str) -> Violations:
    """Check that the lesson takes no longer than the minutes that it states, and states at most `MAX_MINUTES`."""
    stated = stated_minutes(nb)
    runs = re.search(r"\b(\d+) seconds\b", opening(nb))
    if stated is None:
        yield "", "the opening doesn't say “N minutes”"
    if not runs:
        yield "", "the opening doesn't say for how many seconds the cells run (“N seconds”)"
    if stated is None or not runs:
        return
    needed = count_words(nb) / WORDS_PER_MINUTE + int(runs[1]) / 60
    if needed > stated:
        yield "", f"states {stated} minutes, but reading and running take {needed:.1f}"
    if stated > MAX_MINUTES:
        yield "", f"states {stated} minutes, more than {MAX_MINUTES}"


def sizes(nb: NotebookNode, name: str) -> Violations:
    """Check that the cells are short, because each cell should have only one idea.

    A blank line or a line of brackets alone is not counted: the formatter puts it there.
    """
    lines = [sum(bool(re.search(r"\w", line)) for line in cell.source.splitlines()) for cell in code_cells(nb)]
    if not lines:
        yield "", "no code cell"
        return
    if median(lines) > 5:
        yield "", f"half of the code cells have more than 5 lines (median {median(lines):g})"
    tenth = quantiles(lines, n=10, method="inclusive")[-1] if len(lines) > 1 else lines[0]
    if tenth > 18:
        yield "", f"a tenth of the code cells have more than 18 lines ({tenth:g})"
    for cell, count in zip(code_cells(nb), lines, strict=True):
        if count > 30:
            yield cell.id, f"{count} lines of code, more than 30"
    for cell in prose_cells(nb):
        if (count := len(_plain_text(cell.source).split())) > 120:
            yield cell.id, f"{count} words of prose, more than 120"


def neighbours(nb: NotebookNode, name: str) -> Violations:
    """Check that no three code cells follow one another without a Markdown cell between them."""
    kinds = [cell.cell_type for cell in nb.cells]
    for first in range(len(kinds) - 2):
        if kinds[first : first + 3] == ["code"] * 3:
            yield nb.cells[first].id, "three code cells in a row begin here"


def word_count(nb: NotebookNode, name: str) -> Violations:
    """Check that the lesson has at least 900 words (lesson 00: at least 300) and at most 1800."""
    count, minimum = count_words(nb), 300 if Path(name).name.startswith("00-") else 900
    if not minimum <= count <= 1800:
        yield "", f"{count} words, not {minimum} to 1800"


def prose(nb: NotebookNode, name: str) -> Violations:
    """Check that the Markdown has no exclamation mark, and that each picture has an alternative text."""
    for cell in prose_cells(nb):
        if re.search(r"!\[\s*\]\(", cell.source):
            yield cell.id, "an image without alt text"
        for tag in re.findall(r"<img\b[^>]*>", cell.source):
            if not re.search(r"""\balt=["'][^"']""", tag):
                yield cell.id, "an <img> without alt text"
        text = re.sub(r"```.*?```|`+[^`]*`+|<!--.*?-->|!\[", "", cell.source, flags=re.S)
        if "!" in text:
            yield cell.id, "an exclamation mark"


def parse(cell: NotebookNode) -> ast.Module | None:
    """Return the syntax tree of a code cell, or None if the cell is not plain Python.

    The magic ``%matplotlib inline`` is allowed, and is not in the tree.
    """
    source = re.sub(r"^%matplotlib inline$", "", cell.source, flags=re.M)
    try:
        return compile(source, cell.get("id", ""), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return None


def plain_python(nb: NotebookNode, name: str) -> Violations:
    """Check that code cells hold plain Python. Then a learner can save them to a file, and nbval can compare them."""
    for cell in code_cells(nb):
        tree = parse(cell)
        if tree is None:
            yield cell.id, "not plain Python: a magic other than %matplotlib inline, or a syntax error"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield cell.id, "a star import"
            if isinstance(node, ast.Call) and _called(node) in ("clear_output", "get_ipython"):
                yield cell.id, f"calls {_called(node)}"
        if cell.source.rstrip().endswith(";"):
            yield cell.id, "ends with a semicolon: assign the value to _ instead"


def paths_and_ports(nb: NotebookNode, name: str) -> Violations:
    """Check that no code cell contains an absolute path or a port number, because these differ between machines."""
    for cell in code_cells(nb):
        for node in ast.walk(parse(cell) or ast.Module([], [])):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if re.match(r"(/\w[\w.-]*/|[A-Za-z]:[\\/]|~[\\/])", text) and not text.startswith(SYSTEM_FILES):
                    yield cell.id, f"an absolute path, {text!r}"
            for port in _ports(node):
                yield cell.id, f"port {port}: let the system choose one (0)"


def _ports(node: ast.AST) -> Iterator[int]:
    """Yield each port number other than 0 that a node of a syntax tree contains."""
    match node:
        case ast.Call(args=args) if _called(node) in SOCKET_CALLS:
            for arg in args:
                if isinstance(arg, ast.Tuple):
                    yield from filter(None, map(_number, arg.elts[1:2]))
                elif (n := _number(arg)) >= 1024:  # a smaller one is a time limit or a backlog
                    yield n
        case ast.keyword(arg="port", value=value) if n := _number(value):
            yield n
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target.lower().endswith("port"):
            if n := _number(value):
                yield n
        case ast.Assign(value=ast.Tuple(elts=[ast.Constant(value=str()), port])) if n := _number(port):
            yield n  # ADDRESS = "127.0.0.1", 6969


def _number(node: ast.AST) -> int:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else 0


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def tags(nb: NotebookNode, name: str) -> Violations:
    """Check that cells have only allowed tags, and that only a tag excludes a cell from nbval's comparison."""
    for cell in nb.cells:
        cell_tags = set(cell.metadata.get("tags", []))
        for tag in sorted(cell_tags - ALLOWED_TAGS):
            yield cell.id, f"tag {tag} isn't one of {', '.join(sorted(ALLOWED_TAGS))}"
        if cell.cell_type != "code":
            continue
        if "NBVAL_" in cell.source:
            yield cell.id, "speaks to nbval in a comment: use a tag, which the reader doesn't see"
        raised = any(output.output_type == "error" for output in cell.outputs)
        if "raises-exception" in cell_tags and (not raised or "nbval-ignore-output" in cell_tags):
            yield cell.id, "tagged raises-exception, but no error is saved and compared"


def measured(nb: NotebookNode, name: str) -> Violations:
    """Check that an assert follows each output that nbval ignores: in the same cell or in the next two code cells."""
    cells = code_cells(nb)
    for index, cell in enumerate(cells):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            near = (parse(other) for other in cells[index : index + 3])
            if not any(isinstance(node, ast.Assert) for tree in near if tree for node in ast.walk(tree)):
                yield cell.id, "its output is ignored, and no assertion of its shape follows within two code cells"


def table_violations(readme: str, lessons: dict[str, NotebookNode]) -> Iterator[str]:
    """Yield a sentence for each file, title or duration that differs between README's table and the lessons.

    Args:
        readme: the text of README.md.
        lessons: the lessons, by the name of their file.
    """
    rows = re.findall(
        r"^\|\s*(\d\d\w?)\s*\|\s*\[(.+?)\]\(notebooks/([^)]+)\)\s*\|(?:.*\|)?\s*(\d+)\s*\|\s*$", readme, flags=re.M
    )
    listed = [file for _, _, file, _ in rows]
    if listed != sorted(lessons):
        yield f"README.md lists {listed}, but notebooks/ holds {sorted(lessons)}"
    for number, text, file, stated in rows:
        if not file.startswith(f"{number}-"):
            yield f"README.md: {file} stands as number {number}"
        if (nb := lessons.get(file)) is None:
            continue
        if text != title(nb):
            yield f"README.md: {file} is called “{text}”, its own title is “{title(nb)}”"
        if int(stated) != stated_minutes(nb):
            yield f"README.md: {file} takes {stated} minutes, it states {stated_minutes(nb)} itself"


def main() -> int:
    """Print the violations in all lessons and in README's table. Return the exit code: 1 if there are any, else 0."""
    lessons = {path.name: nbformat.read(path, as_version=4) for path in sorted((COURSE / "notebooks").glob("*.ipynb"))}
    found = [sentence for name, nb in lessons.items() for sentence in violations(nb, f"notebooks/{name}")]
    found += table_violations((COURSE / "README.md").read_text(encoding="utf-8"), lessons)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

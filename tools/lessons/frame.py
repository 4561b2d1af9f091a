"""Rules for the frame of an episode: cell ids, the head, and what stands at the end.

Each rule yields violations: tuples (cell id, sentence). The cell id is empty if the violation is about the whole
episode. `tools/check_lessons.py` lists the rules.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.lessons import episode
from tools.minutes import SECONDS_LINE

Violations = Iterator[tuple[str, str]]

KEY_POINTS, CHECK_YOURSELF = "Key points", "Check yourself"
ENDING = (KEY_POINTS, CHECK_YOURSELF, *episode.CLOSING_PARTS)
"""The sections at the end of an episode, in their order. Only the first one is in each episode."""
MAX_KEY_POINTS = 3
QUESTIONS = 3
MAX_CLOSING_WORDS = 250


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


def file_name(nb: NotebookNode, name: str) -> Violations:
    """Check that the name of the file begins with the chapter and a letter, such as "04b-"."""
    if not re.fullmatch(r"(?:.*/)?\d\d[a-z](?:-[a-z0-9]+)+\.ipynb", name):
        yield "", "the name of the file is not like 04b-when-the-peer-has-gone.ipynb"


def head(nb: NotebookNode, name: str) -> Violations:
    """Check the first cell: a title, one question, what the reader needs, and the line that a tool writes."""
    first = nb.cells[0]
    if first.get("id") != "title" or first.cell_type != "markdown":
        yield first.get("id", ""), "the first cell is not a Markdown cell with the id title"
    if not episode.title(nb):
        yield "title", "doesn't begin with a title (# …)"
    questions = re.findall(r"^\*\*The question:\*\* (.*)$", first.source, flags=re.M)
    if len(questions) != 1 or not questions[0].strip().endswith("?"):
        yield "title", "has no line “**The question:** … ?”"
    if not re.search(r"^\*You need:\* \S", first.source, flags=re.M):
        yield "title", "has no line “*You need:* …”"
    if not re.search(rf"^{SECONDS_LINE}$", first.source.rstrip().splitlines()[-1]):
        yield "title", "its last line is not “**N minutes**; the cells run for S seconds.”"


def ending(nb: NotebookNode, name: str) -> Violations:
    """Check the sections at the end: key points, self-check, closing parts, in this order, and the cell `next`."""
    headings = episode.sections(nb)
    if KEY_POINTS not in headings:
        yield "", f"no heading “## {KEY_POINTS}”"
    else:
        end = headings[headings.index(KEY_POINTS) :]
        for heading in end:
            if heading not in ENDING:
                yield "", f"the heading “{heading}” follows “{KEY_POINTS}”"
        known = [heading for heading in end if heading in ENDING]
        if known != sorted(set(known), key=ENDING.index):
            yield "", f"not in this order, each once: {', '.join(ENDING)}"
    for heading in headings[: headings.index(KEY_POINTS) if KEY_POINTS in headings else None]:
        if heading in ENDING:
            yield "", f"the heading “{heading}” stands before “{KEY_POINTS}”"
    last = nb.cells[-1]
    if last.get("id") != episode.NEXT or last.cell_type != "markdown":
        yield last.get("id", ""), f"the last cell is not a Markdown cell with the id {episode.NEXT}"


def key_points(nb: NotebookNode, name: str) -> Violations:
    """Check that the key points are a list of one to three sentences, in a cell of their own."""
    for piece in episode.pieces(nb):
        if piece.section == KEY_POINTS and piece.text.startswith("## "):
            if piece.cell.id != "key-points":
                yield piece.cell.id, f"the section “{KEY_POINTS}” stands in a cell whose id is not key-points"
            points = re.findall(r"^(?:[-*]|\d+\.) ", piece.text, flags=re.M)
            if not 1 <= len(points) <= MAX_KEY_POINTS:
                yield piece.cell.id, f"{len(points)} key points (- …), not 1 to {MAX_KEY_POINTS}"


def check_yourself(nb: NotebookNode, name: str) -> Violations:
    """Check that a self-check has three questions, whose answers are a click away."""
    for piece in episode.pieces(nb):
        if piece.section == CHECK_YOURSELF and piece.text.startswith("## "):
            if piece.cell.id != "check-yourself":
                yield piece.cell.id, f"the section “{CHECK_YOURSELF}” stands in a cell whose id is not check-yourself"
            found = re.findall(r"<details><summary>[^<]*\?</summary>\n\n.+?\n\n</details>", piece.text, flags=re.S)
            if len(found) != QUESTIONS or piece.text.count("<details>") != QUESTIONS:
                form = "“<details><summary>…?</summary>”, a blank line, the answer, a blank line, “</details>”"
                yield piece.cell.id, f"{len(found)} questions, not {QUESTIONS}, each written as {form}"


def closing_words(nb: NotebookNode, name: str) -> Violations:
    """Check that the closing parts, which the model of minutes does not count, are short."""
    texts = [
        piece.text
        for piece in episode.pieces(nb)
        if piece.section in episode.CLOSING_PARTS and piece.cell.cell_type == "markdown"
    ]
    if (count := sum(map(episode.words, texts))) > MAX_CLOSING_WORDS:
        parts = ", ".join(episode.CLOSING_PARTS)
        yield "", f"{count} words in {parts}, more than {MAX_CLOSING_WORDS}"

"""Rules for the form of a lab: what is open, what is announced, and where its checks lead.

A rule yields violations: tuples (cell id, sentence). The rules run nothing and change nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from nbformat import NotebookNode

from readiness.course.labs import BEGIN
from tools.labs.answers import check_docstring, check_name, is_check
from tools.labs.collapse import CHECK_COMMENT, COLUMNS, first_sentence
from tools.lessons import episode, plan
from tools.lessons.frame import Violations

MAX_OPEN_LINES = 30
"""Lines of an open cell: what a learner reads of given code, or writes, at a time."""
RUN_ABOVE = "*Run > Run All Above Selected Cell*"
"""What the second sitting of a long lab begins with after a restart of the kernel, as JupyterLab's menu names it."""
SECTION = re.compile(r'@lab\.check\(\s*"([\w-]+\.ipynb)#([^"]+)"')


def checks(nb: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the check cells."""
    yield from (cell for cell in episode.code_cells(nb) if is_check(cell))


def collapsed_checks(nb: NotebookNode) -> Violations:
    """Check that each check is collapsed, and begins with a comment that names what it judges."""
    for cell in checks(nb):
        if not episode.is_collapsed(cell):
            yield cell.id, "is a check, and its input is not collapsed"
        if not re.match(re.escape(CHECK_COMMENT) + r"\S.*\n@lab\.check\(", cell.source):
            yield cell.id, f"is a check, and does not begin with a comment “{CHECK_COMMENT}…” above @lab.check"


def helpers(nb: NotebookNode) -> Violations:
    """Check that given code is collapsed below a comment, or open and short; and that each answer is open and short."""
    for cell in episode.code_cells(nb):
        if is_check(cell):
            continue
        if BEGIN in cell.source and episode.is_collapsed(cell):
            yield cell.id, "is an answer, and its input is collapsed"
        elif episode.is_collapsed(cell):
            if not re.match(r"# \w", cell.source):
                yield cell.id, "is collapsed, and its first line is not a comment that says what it does"
        elif (lines := episode.code_lines(cell)) > MAX_OPEN_LINES:
            yield cell.id, f"is open, and has {lines} lines, more than {MAX_OPEN_LINES}"


def widths(nb: NotebookNode) -> Violations:
    """Check that no line which a learner sees is cut at the right, beside the open file browser.

    Args:
        nb: the lab, without its solution.
    """
    for cell in episode.code_cells(nb):
        lines = cell.source.splitlines()
        for line in lines[:1] if episode.is_collapsed(cell) else lines:
            if len(line) > COLUMNS:
                yield cell.id, f"has a line of {len(line)} columns, more than {COLUMNS}: {line.strip()[:40]}…"


def breaks(nb: NotebookNode, name: str) -> Violations:
    """Check that the second sitting of a long lab, and nothing else, begins with what to do after a restart.

    Args:
        nb: the solution.
        name: the name of its file.
    """
    section = plan.lab_break(nb, name)[0] if plan.lab_minutes(nb, name) > plan.MAX_LAB else None
    for cell in nb.cells:
        begins = section is not None and f"## {section}\n" in cell.source
        if begins != (RUN_ABOVE in cell.source):
            yield (
                cell.id,
                f"begins the second sitting, and does not say {RUN_ABOVE}"
                if begins
                else (f"says {RUN_ABOVE}, and does not begin the second sitting"),
            )


def announced(nb: NotebookNode) -> Violations:
    """Check that the first sentence of each check's docstring stands in the prose above the check."""
    above = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            above += f" {bare(cell.source)} "
        elif is_check(cell):
            sentence = first_sentence(check_docstring(cell))
            if bare(sentence) not in above:
                yield cell.id, f"the prose above it does not say: {sentence}."


def bare(text: str) -> str:
    """Return the words of a text in small letters, without markup and punctuation at the end of words."""
    text = re.sub(r"<[^>]+>|[*`“”\"]", "", text)
    return " ".join(re.sub(r"[.:;](?=\s|$)", "", text).lower().split())


def section_text(nb: NotebookNode, heading: str) -> str | None:
    """Return the prose below a heading up to the next heading of its level or a higher one, or None without it.

    Args:
        nb: an episode.
        heading: the heading as a link has it, with hyphens for spaces.
    """
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    parts = re.split(r"^(#+) (.+)$", text, flags=re.M)  # text, and then (marks, heading, text) again and again
    for index in range(1, len(parts), 3):
        if parts[index + 1].strip().replace(" ", "-") == heading:
            below = [parts[index + 1], parts[index + 2]]
            for other in range(index + 3, len(parts), 3):
                if len(parts[other]) <= len(parts[index]):
                    break
                below += parts[other + 1 : other + 3]
            return "\n".join(below)
    return None


def key_words(nb: NotebookNode, words: Mapping[str, str], read: Callable[[str], NotebookNode]) -> Violations:
    """Check that the section to which each check leads has the key word of the check, as the check itself has.

    Args:
        nb: the solution.
        words: {check: its key word}.
        read: returns the episode with this file name.
    """
    names = {check_name(cell) for cell in checks(nb)}
    for name in sorted(set(words) - names):
        yield "", f"CHECK_WORDS has {name}, which is no check"
    for cell in checks(nb):
        word, link = words.get(check_name(cell), ""), SECTION.search(cell.source)
        if not word:
            yield cell.id, f"CHECK_WORDS has no word for {check_name(cell)}"
        elif link is None:
            yield cell.id, "has no link to a section"
        else:
            own = cell.source.replace(link[0], "")
            text = section_text(read(link[1]), link[2])
            if word.lower() not in " ".join(own.split()).lower():
                yield cell.id, f"does not speak of “{word}” itself"
            if text is None or word.lower() not in " ".join(text.split()).lower():
                yield cell.id, f"leads to “{link[2]}” in {link[1]}, which does not speak of “{word}”"


def links(nb: NotebookNode, name: str) -> Violations:
    """Check that the lab links to each episode of its chapter, and the chapter's last one to the lab.

    Args:
        nb: the solution.
        name: the name of its file.
    """
    chapter = [path for path in episode.episode_paths() if path.name[:2] == name[:2]]
    for path in chapter:
        if f"](../notebooks/{path.name})" not in nb.cells[0].source:
            yield nb.cells[0].id, f"does not link to {path.name}"
    if not chapter or f"](../labs/{name})" not in episode.read(chapter[-1]).cells[-1].source:
        yield "", f"the last episode of chapter {name[:2]} does not link to the lab"

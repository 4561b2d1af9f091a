"""Build the course as a web page: ``python -m tools.book [folder]``, by default into ``site/``.

The page is made of the frozen notebooks by Sphinx and myst-nb; ``docs/book/conf.py`` configures them. What JupyterLab
collapses is collapsed, and a live panel is its saved picture.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from readiness.course import labs
from tools import COURSE
from tools.lessons import episode

CONFIGURATION = COURSE / "docs" / "book"
FOLDERS = ("notebooks", "labs")
LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)]*)\)")
PAGE = re.compile(r"[a-z]+:|#|(\.\./)?(notebooks/|labs/|docs/teachers\.md)|[\w-]+\.ipynb|(\.\./)?run\.md")
"""The beginning of a link that the book can keep: it leads to an address, to a section, or to a page of the book."""
PAGE_LINK = r'(href="(?![a-z]+:)[^"#]+)\.ipynb(#[^"]*)?"'
"""A link to a notebook in an HTML output, with what stands before and after its suffix as groups 1 and 2."""
HERE = "*This page is for reading. Press, type and run in JupyterLab: [Run it yourself](../run.md).*"
ANSWER_FIRST = "*Answer before you read on. In JupyterLab you press or type your answer here.*"
RUN_SECTIONS = ("Start", "Without installing anything", "Other places")  # of README.md
ANSWERS = {"reveal", "present"}  # a cell that calls one of these shows the answer to a prediction or to a card
PANEL = "panel"  # the tag of a cell that shows a panel, for book.js
JUPYTERLAB = "jupyterlab"  # the tag of prose about keys and menus


def slug(heading: str) -> str:
    """Return the anchor of a heading, as JupyterLab makes it: with a hyphen for each space."""
    return heading.strip().replace(" ", "-")


def page(nb: NotebookNode, number: str, solution: NotebookNode | None = None) -> NotebookNode:
    """Change a notebook of the course into a page, and return it.

    Its title begins with its number. A line below the title says where the notebook can be run. Above a panel's picture
    stands what moves in it. A lab shows the pictures that its given cells draw.

    Args:
        nb: an episode or a lab.
        number: its number, such as "04b" or "12-3".
        solution: the frozen solution of a lab.
    """
    pictures = {cell.id: cell for cell in solution.cells if _has_picture(cell)} if solution else {}
    kind = "Lab " if nb.cells[0].source.startswith("# Lab ") else ""
    _, _, rest = nb.cells[0].source.partition("\n")
    nb.cells[0].source = f"# {kind}{number} · {episode.title(nb)}\n\n{HERE}\n{rest}"
    cells = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = _page_prose(cell)
        else:
            given = pictures.get(cell.id)
            if given and given.source == cell.source:
                cell.outputs = given.outputs
            _change_code(cell)
        if caption := _caption(cell):
            cells.append(nbformat.v4.new_markdown_cell(caption, id=f"{cell.id}-moves"))
            cell.metadata.setdefault("tags", []).append(PANEL)
        cells.append(cell)
    nb.cells = cells
    return nb


def _has_picture(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def _without_files(text: str) -> str:
    """Return a Markdown text in which a link to a file that is no page of the book is plain text."""
    return LINK.sub(lambda link: link[0] if PAGE.match(link["target"]) else link["text"], text)


def _page_prose(cell: NotebookNode) -> str:
    """Return the text of a Markdown cell for the page. What speaks of keys and menus is in a box that says so."""
    text = _without_files(cell.source)
    if JUPYTERLAB not in cell.metadata.get("tags", []):
        return text
    heading = "".join(re.findall(r"\A#+ [^\n]+\n", text))
    return f"{heading}\n````{{admonition}} In JupyterLab\n{text.removeprefix(heading).strip()}\n````"


def _change_code(cell: NotebookNode) -> None:
    """Change a code cell for the page.

    A cell whose code is collapsed is named by its first line, as in JupyterLab. The answer to a prediction is closed.
    Links in an output lead to pages. The comment that names a lab's solution is for those who edit the lab.
    """
    cell.source = re.sub(r"^# Derived from solutions/.*\n", "", cell.source, flags=re.M)
    collapsed, answer = episode.is_collapsed(cell), not ANSWERS.isdisjoint(episode.calls(cell))
    if collapsed or answer:
        # Tags of myst-nb. It gives both parts of a cell one name, so a cell with two closed parts is closed whole.
        tag = "hide-cell" if collapsed and answer else "hide-output" if answer else "hide-input"
        cell.metadata.setdefault("tags", []).append(tag)
        show = "Show what was measured" if answer else cell.source.split("\n", 1)[0].strip("# ")
        cell.metadata["mystnb"] = {"code_prompt_show": show, "code_prompt_hide": "Hide it" if answer else show}
    for html in [data for output in cell.get("outputs", []) if "text/html" in (data := output.get("data", {}))]:
        html["text/html"] = re.sub(PAGE_LINK, r'\1.html\2"', html["text/html"])


def _caption(cell: NotebookNode) -> str:
    """Return a sentence on the panel of a cell, or an empty string if the cell shows no panel."""
    widgets = [o for o in cell.get("outputs", []) if o.get("metadata", {}).get("readiness", {}).get("widget")]
    calls = episode.calls(cell) if widgets else []
    if not widgets or not ANSWERS.isdisjoint(calls):
        return ""
    if "Prediction" in calls:
        return ANSWER_FIRST
    kind = "picture" if "image/png" in widgets[-1].data else "text"
    presses = list(dict.fromkeys(cell.metadata.get("readiness", {}).get("presses", [])))
    if "ClaimCards" in calls:  # its presses are the answers
        presses = []
    moves = f" There you press: {', '.join(presses)}." if presses else ""
    sentence = "The picture below moves" if kind == "picture" else "The text below is a panel that moves"
    return f"*{sentence} in JupyterLab.*{moves}"


def run_page(readme: str, repository: str = "") -> str:
    """Return the page that says how the course is run: sections of README.md.

    Args:
        readme: the text of README.md.
        repository: the owner and the name of the repository on GitHub, such as "owner/name", if they are known.
    """
    sections = {part.partition("\n")[0]: part for part in readme.split("\n## ")}
    text = "# Run it yourself\n\n" + "\n".join(f"## {sections[name]}" for name in RUN_SECTIONS)
    if repository:
        text = re.sub(r"Put the owner [^.]*\.\s", "", text.replace("OWNER/REPO", repository))
    return _without_files(text)


def write_pages(folder: Path) -> None:
    """Write the pages, and the page of contents, into `folder`, for Sphinx."""
    shutil.copy(CONFIGURATION / "index.md", folder)
    readme = (COURSE / "README.md").read_text("utf-8")
    (folder / "run.md").write_text(run_page(readme, os.environ.get("GITHUB_REPOSITORY", "")), "utf-8")
    (folder / "docs").mkdir()
    teachers = (COURSE / "docs" / "teachers.md").read_text("utf-8")
    (folder / "docs" / "teachers.md").write_text(_without_files(teachers), "utf-8")
    for name in FOLDERS:
        (folder / name).mkdir()
        for path in sorted((COURSE / name).glob("[0-9]*.ipynb")):
            if "-mine" not in path.name:  # a learner's own copy
                solution = episode.read(COURSE / "solutions" / path.name) if name == "labs" else None
                made = page(episode.read(path), labs.number_of(path.name), solution)
                nbformat.write(made, folder / name / path.name)


def build(folder: Path) -> int:
    """Build the web page in `folder`. Return the exit code of Sphinx; a warning of Sphinx is an error.

    Args:
        folder: the folder of the page. An older page in it is replaced.
    """
    with tempfile.TemporaryDirectory() as source:
        write_pages(Path(source))
        shutil.rmtree(folder, ignore_errors=True)
        sphinx = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
        return subprocess.run([*sphinx, "-c", CONFIGURATION, source, folder], check=False, cwd=COURSE).returncode


def main() -> int:
    """Build the page into the folder that the command line names. Return the exit code of Sphinx."""
    parser = argparse.ArgumentParser(description="Build the course as a web page.")
    parser.add_argument("folder", nargs="?", type=Path, default=COURSE / "site", help="where (default: site)")
    return build(parser.parse_args().folder.resolve())


if __name__ == "__main__":
    sys.exit(main())

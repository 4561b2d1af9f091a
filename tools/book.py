"""Build the course as a web page: ``python -m tools.book [folder]``, by default into ``site/``.

The page is made of the frozen notebooks by Sphinx and myst-nb; ``docs/book/conf.py`` configures them. What JupyterLab
collapses is collapsed, and a live panel is its saved picture.
"""

import argparse
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
FILE_LINK = r"\[([^\]]+)\]\(\.\./(?!notebooks/|labs/)[^)]*\)"
"""A link to a file of the course that is no page of the book, with its text as group 1."""
PAGE_LINK = r'(href="(?![a-z]+:)[^"#]+)\.ipynb(#[^"]*)?"'
"""A link to a notebook in an HTML output, with what stands before and after its suffix as groups 1 and 2."""
COLLAPSED, CLOSED = "hide-input", "hide-output"  # tags: myst-nb collapses the code of a cell, or what it shows


def slug(heading: str) -> str:
    """Return the anchor of a heading, as JupyterLab makes it: with a hyphen for each space."""
    return heading.strip().replace(" ", "-")


def page(nb: NotebookNode, number: str) -> NotebookNode:
    """Change a notebook of the course into a page, and return it.

    Its title begins with its number. A link to a file that is no page becomes plain text. A cell whose code is
    collapsed is named by its first line, as in JupyterLab. The answer to a prediction is closed. Above a panel's
    picture stands what moves in it.

    Args:
        nb: an episode or a lab.
        number: its number, such as "04b" or "12-3".
    """
    cells = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(FILE_LINK, r"\1", cell.source)
        elif episode.is_collapsed(cell):
            comment = cell.source.split("\n", 1)[0].strip("# ")
            cell.metadata.setdefault("tags", []).append(COLLAPSED)
            cell.metadata["mystnb"] = {"code_prompt_show": comment, "code_prompt_hide": comment}
        if cell.cell_type == "code" and ".reveal(" in cell.source:  # the answer to a prediction
            cell.metadata.setdefault("tags", []).append(CLOSED)
            prompts = {"code_prompt_show": "Show what was measured", "code_prompt_hide": "Hide it"}
            cell.metadata.setdefault("mystnb", prompts)
        for html in [data for output in cell.get("outputs", []) if "text/html" in (data := output.get("data", {}))]:
            html["text/html"] = re.sub(PAGE_LINK, r'\1.html\2"', html["text/html"])
        if caption := _caption(cell):
            cells.append(nbformat.v4.new_markdown_cell(caption, id=f"{cell.id}-moves"))
        cells.append(cell)
    cells[0].source = re.sub(r"^# (?:Lab [\d-]+: )?", f"# {number} · ", cells[0].source)
    nb.cells = cells
    return nb


def _caption(cell: NotebookNode) -> str:
    """Return a sentence on the panel of a cell, or an empty string if the cell shows no panel."""
    pictures = [
        output
        for output in cell.get("outputs", [])
        if output.get("metadata", {}).get("readiness", {}).get("widget") and "image/png" in output.data
    ]
    if not pictures:
        return ""
    presses = list(dict.fromkeys(cell.metadata.get("readiness", {}).get("presses", [])))
    moves = f" There you press: {', '.join(presses)}." if presses else ""
    return f"*The picture below moves in JupyterLab.*{moves}"


def write_pages(folder: Path) -> None:
    """Write the pages, and the page of contents, into `folder`, for Sphinx."""
    shutil.copy(CONFIGURATION / "index.md", folder)
    for name in FOLDERS:
        (folder / name).mkdir()
        for path in sorted((COURSE / name).glob("[0-9]*.ipynb")):
            if "-mine" not in path.name:  # a learner's own copy
                nbformat.write(page(episode.read(path), labs.number_of(path.name)), folder / name / path.name)


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

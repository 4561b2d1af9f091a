"""Each picture in a frozen episode says its claim in its title, with which its alternative text begins."""

import re

import nbformat
import pytest

from tools import COURSE

MAX_WORDS = 9
EPISODES = sorted((COURSE / "notebooks").glob("*.ipynb"))


def titles(path):
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield cell.id, output.metadata["image/png"]["alt"].partition(". ")[0]


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_a_title_has_at_most_nine_words(path):
    assert {cell: title for cell, title in titles(path) if not 3 <= len(title.split()) <= MAX_WORDS} == {}


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_a_picture_was_frozen_with_the_title_that_its_cell_gives(path):
    for cell in nbformat.read(path, as_version=4).cells:
        given = re.search(r'\btitle="([^"]+)"|^title = "([^"]+)"', cell.source, re.MULTILINE)
        if cell.cell_type == "code" and given:
            alts = [
                output.metadata.get("image/png", {}).get("alt", "") for output in cell.outputs if "metadata" in output
            ]
            assert any(alt.startswith(given[1] or given[2]) for alt in alts), f"{cell.id}: freeze it again"

"""Each picture in a frozen episode says its claim in its title, with which its alternative text begins."""

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

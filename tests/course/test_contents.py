"""A frozen lesson is handed out without its results; what a learner saved, and every other file, as it is."""

import asyncio

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from readiness.course.contents import FROZEN, Pages


@pytest.fixture
def pages(tmp_path):
    pages = Pages(root_dir=str(tmp_path))
    pages.notary.db_file = ":memory:"  # which pages are trusted is kept in the user's home otherwise
    yield pages
    pages.notary.store.close()


def saved(tmp_path, **metadata):
    cell = new_code_cell("1 + 1", execution_count=1, outputs=[new_output("stream", text="2")])
    nb = new_notebook(cells=[new_markdown_cell("# Add"), cell], metadata=metadata)
    nbformat.write(nb, tmp_path / "lesson.ipynb")
    return (tmp_path / "lesson.ipynb").read_bytes()


def cell_of(model):
    return model["content"]["cells"][1]


def test_a_frozen_lesson_comes_without_results_and_without_its_mark(pages, tmp_path):
    on_disk = saved(tmp_path, **{FROZEN: True})
    model = asyncio.run(pages.get("lesson.ipynb"))
    assert cell_of(model)["outputs"] == []
    assert cell_of(model)["execution_count"] is None
    assert cell_of(model)["source"] == "1 + 1"
    assert FROZEN not in model["content"]["metadata"]
    assert (tmp_path / "lesson.ipynb").read_bytes() == on_disk


def test_what_a_learner_ran_and_saved_comes_back_as_it_was(pages, tmp_path):
    saved(tmp_path)
    model = asyncio.run(pages.get("lesson.ipynb"))
    assert cell_of(model)["outputs"][0]["text"] == "2"
    assert cell_of(model)["execution_count"] == 1


def test_once_saved_from_a_page_it_is_the_learners(pages, tmp_path):
    saved(tmp_path, **{FROZEN: True})
    model = asyncio.run(pages.get("lesson.ipynb"))
    cell_of(model)["outputs"] = [new_output("stream", text="mine")]
    asyncio.run(pages.save({"type": "notebook", "format": "json", "content": model["content"]}, "lesson.ipynb"))
    assert cell_of(asyncio.run(pages.get("lesson.ipynb")))["outputs"][0]["text"] == "mine"


def test_other_files_and_folders_are_handed_out_as_ever(pages, tmp_path):
    saved(tmp_path, **{FROZEN: True})
    (tmp_path / "words.txt").write_text("hello")
    assert asyncio.run(pages.get("words.txt"))["content"] == "hello"
    assert {item["name"] for item in asyncio.run(pages.get(""))["content"]} == {"lesson.ipynb", "words.txt"}
    assert asyncio.run(pages.get("lesson.ipynb", content=False))["content"] is None

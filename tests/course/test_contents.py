"""A frozen lesson is opened without its results; what a learner saved, and every other file, as it is."""

import asyncio

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from readiness.course.contents import FROZEN_KEY, FrozenNotebookManager


@pytest.fixture
def manager(tmp_path):
    manager = FrozenNotebookManager(root_dir=str(tmp_path))
    manager.notary.db_file = ":memory:"  # which notebooks are trusted is kept in the user's home otherwise
    yield manager
    manager.notary.store.close()


def saved(tmp_path, **metadata):
    cell = new_code_cell("1 + 1", execution_count=1, outputs=[new_output("stream", text="2")])
    nb = new_notebook(cells=[new_markdown_cell("# Add"), cell], metadata=metadata)
    nbformat.write(nb, tmp_path / "lesson.ipynb")
    return (tmp_path / "lesson.ipynb").read_bytes()


def cell_of(model):
    return model["content"]["cells"][1]


def test_a_frozen_lesson_comes_without_results_and_without_its_key(manager, tmp_path):
    on_disk = saved(tmp_path, **{FROZEN_KEY: True})
    model = asyncio.run(manager.get("lesson.ipynb"))
    assert cell_of(model)["outputs"] == []
    assert cell_of(model)["execution_count"] is None
    assert cell_of(model)["source"] == "1 + 1"
    assert FROZEN_KEY not in model["content"]["metadata"]
    assert (tmp_path / "lesson.ipynb").read_bytes() == on_disk


def test_what_a_learner_ran_and_saved_comes_back_as_it_was(manager, tmp_path):
    saved(tmp_path)
    model = asyncio.run(manager.get("lesson.ipynb"))
    assert cell_of(model)["outputs"][0]["text"] == "2"
    assert cell_of(model)["execution_count"] == 1


def test_once_saved_by_a_learner_it_keeps_its_results(manager, tmp_path):
    saved(tmp_path, **{FROZEN_KEY: True})
    model = asyncio.run(manager.get("lesson.ipynb"))
    cell_of(model)["outputs"] = [new_output("stream", text="mine")]
    asyncio.run(manager.save({"type": "notebook", "format": "json", "content": model["content"]}, "lesson.ipynb"))
    assert cell_of(asyncio.run(manager.get("lesson.ipynb")))["outputs"][0]["text"] == "mine"


def test_other_files_and_folders_are_opened_as_they_are(manager, tmp_path):
    saved(tmp_path, **{FROZEN_KEY: True})
    (tmp_path / "words.txt").write_text("hello")
    assert asyncio.run(manager.get("words.txt"))["content"] == "hello"
    assert {item["name"] for item in asyncio.run(manager.get(""))["content"]} == {"lesson.ipynb", "words.txt"}
    assert asyncio.run(manager.get("lesson.ipynb", content=False))["content"] is None

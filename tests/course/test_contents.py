"""A frozen lesson is opened without its results, and not saved unchanged; every other file, as it is."""

import asyncio

import nbformat
import pytest
from ipykernel.ipkernel import IPythonKernel
from jupyter_server.services.contents.manager import ContentsManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from readiness.course.contents import FROZEN_KEY, WIDGET_MIME, FrozenNotebookManager


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


def save(manager, content, path="lesson.ipynb"):
    return asyncio.run(manager.save({"type": "notebook", "format": "json", "content": content}, path))


def opened(manager, path="lesson.ipynb"):
    return asyncio.run(manager.get(path))["content"]


def test_a_frozen_lesson_that_was_only_opened_is_not_saved(manager, tmp_path):
    on_disk = saved(tmp_path, **{FROZEN_KEY: True})
    saved_model = save(manager, opened(manager))
    assert (tmp_path / "lesson.ipynb").read_bytes() == on_disk
    assert saved_model["last_modified"] == asyncio.run(manager.get("lesson.ipynb", content=False))["last_modified"]
    assert saved_model["content"] is None


def unfold(content):
    content["cells"][1]["metadata"]["jupyter"] = {"source_hidden": False}


def fold_a_heading(content):
    content["cells"][0]["metadata"]["jp-MarkdownHeadingCollapsed"] = True


def run_the_last_cell(content):
    content["cells"].append(new_code_cell(""))


def choose_the_kernel(content):
    content["metadata"]["kernelspec"] = {"display_name": "Python 3", "name": "python3", "language": "python"}


@pytest.mark.parametrize("change", [unfold, fold_a_heading, run_the_last_cell, choose_the_kernel])
def test_a_trifle_does_not_change_a_frozen_lesson(manager, tmp_path, change):
    on_disk = saved(tmp_path, **{FROZEN_KEY: True})
    content = opened(manager)
    change(content)
    save(manager, content)
    assert (tmp_path / "lesson.ipynb").read_bytes() == on_disk


def edit(content):
    content["cells"][1]["source"] = "1 + 2"


def run_a_cell(content):
    content["cells"][1]["outputs"] = [new_output("stream", text="2")]


def write_a_note(content):
    content["cells"].append(new_markdown_cell("mine"))


def delete_a_cell(content):
    del content["cells"][0]


@pytest.mark.parametrize("change", [edit, run_a_cell, write_a_note, delete_a_cell])
def test_what_a_learner_changes_is_saved(manager, tmp_path, change):
    saved(tmp_path, **{FROZEN_KEY: True})
    content = opened(manager)
    change(content)
    expected = nbformat.from_dict(content)
    save(manager, content)
    nb = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    assert FROZEN_KEY not in nb.metadata
    assert [(cell.source, cell.get("outputs")) for cell in nb.cells] == [
        (cell.source, cell.get("outputs")) for cell in expected.cells
    ]


def test_an_empty_cell_at_the_end_is_not_saved(manager, tmp_path):
    saved(tmp_path)
    content = opened(manager)
    content["cells"][1:1] = [new_code_cell("")]
    content["cells"] += [new_code_cell(""), new_code_cell("\n")]
    save(manager, content)
    nb = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    assert [cell.source for cell in nb.cells] == ["# Add", "", "1 + 1"]
    save(manager, new_notebook(cells=[new_code_cell("")]), "new.ipynb")
    assert len(nbformat.read(tmp_path / "new.ipynb", as_version=4).cells) == 1


def test_a_new_notebook_and_other_files_are_saved(manager, tmp_path):
    save(manager, new_notebook(), "new.ipynb")
    assert nbformat.read(tmp_path / "new.ipynb", as_version=4).cells == []
    asyncio.run(manager.save({"type": "file", "format": "text", "content": "hello"}, "words.txt"))
    assert (tmp_path / "words.txt").read_text() == "hello"


def test_a_page_needs_no_metadata_of_its_kernel(manager, tmp_path):
    python = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    for metadata in (
        {FROZEN_KEY: True, "language_info": {"name": "python"}},
        {"language_info": {"name": "python", "version": "2.7.0"}},
    ):
        saved(tmp_path, kernelspec=python, **metadata)
        assert opened(manager)["metadata"]["language_info"] == IPythonKernel.language_info
    saved(tmp_path, kernelspec=python | {"name": "ir"}, language_info={"name": "R"})
    assert opened(manager)["metadata"]["language_info"] == {"name": "R"}


class Server(ContentsManager):
    """A stand-in for a server that has a session with a kernel for each path. It is its own session manager."""

    def __init__(self, *paths):
        super().__init__()
        self.session_manager, self.paths = self, paths

    async def list_sessions(self):
        return [{"path": path} for path in self.paths]


PANEL = {WIDGET_MIME: {"model_id": "1"}, "image/png": "aGk=", "text/plain": "a panel"}


@pytest.mark.parametrize(
    ("server", "shown"),
    [(None, False), (Server(), False), (Server("other.ipynb"), False), (Server("/lesson.ipynb"), True)],
)
def test_widgets_are_shown_only_where_a_kernel_runs(manager, tmp_path, server, shown):
    outputs = [new_output("display_data", data=dict(PANEL)), new_output("display_data", data={WIDGET_MIME: {}})]
    nbformat.write(new_notebook(cells=[new_code_cell("p", outputs=outputs)]), tmp_path / "lesson.ipynb")
    on_disk = (tmp_path / "lesson.ipynb").read_bytes()
    manager.parent = server
    panel, bare = (output["data"] for output in opened(manager)["cells"][0]["outputs"])
    assert (WIDGET_MIME in panel) == shown
    assert panel["text/plain"] == "a panel"
    assert bare == {WIDGET_MIME: {}}  # nothing else could be shown
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

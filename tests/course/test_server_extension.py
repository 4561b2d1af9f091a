"""A plain JupyterLab, without the course's launcher, opens episodes without results, and nothing else changes."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.contents.manager import AsyncContentsManager
from nbformat.v4 import new_code_cell, new_notebook, new_output

from readiness.course import server_extension
from readiness.course.contents import WIDGET_MIME, FrozenNotebookManager
from readiness.course.course_folder import FIRST_LESSON
from tests import ROOT
from tests.course.jupyter_api import Api
from tests.launched_jupyter import TOKEN, launched_jupyter

CONFIG = ROOT / "readiness" / "course"
"""Holds what the wheel installs into etc/jupyter of the environment."""
PANEL = {WIDGET_MIME: {"model_id": "1"}, "image/png": "aGk=", "text/plain": "a panel"}
RAN = "labs/ran.ipynb"  # a notebook that a learner has run, in the course's folder
OTHER = "other/mine.ipynb"  # a notebook that has nothing to do with the course


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with an episode and two notebooks that have a panel and an empty cell at the end."""
    folder = tmp_path_factory.mktemp("home")
    for name in (FIRST_LESSON, RAN, OTHER):
        (folder / name).parent.mkdir()
    shutil.copy(ROOT / FIRST_LESSON, folder / FIRST_LESSON)
    outputs = [new_output("display_data", data=dict(PANEL))]
    for name in (RAN, OTHER):
        cells = [new_code_cell("panel", outputs=outputs, execution_count=1), new_code_cell("")]
        nbformat.write(new_notebook(cells=cells), folder / name)
    return folder


@pytest.fixture(scope="module", params=["jupyterlab", "jupyter_server"])
def server(request, folder) -> Iterator[Api]:
    """A server as `jupyter lab` or `jupyter server` starts it in that folder."""
    home = {f"JUPYTER_{name}_DIR": str(folder / f".{name}") for name in ("CONFIG", "DATA", "RUNTIME")}
    env = os.environ | home | {"JUPYTER_CONFIG_PATH": str(CONFIG), "JUPYTER_TOKEN": TOKEN}
    with launched_jupyter([sys.executable, "-m", request.param], env, folder) as address:
        yield Api(f"{address}/", TOKEN)


def opened(server: Api, name: str) -> dict:
    return server.ask(f"api/contents/{name}")["content"]


def test_an_episode_is_opened_without_results_and_saved_only_if_it_changed(server, folder):
    shutil.copy(ROOT / FIRST_LESSON, folder / FIRST_LESSON)
    on_disk = (folder / FIRST_LESSON).read_bytes()
    assert any(cell.get("outputs") for cell in nbformat.reads(on_disk.decode(), 4).cells)

    page = opened(server, FIRST_LESSON)
    assert not any(cell.get("outputs") for cell in page["cells"])
    server.save(FIRST_LESSON, page)
    assert (folder / FIRST_LESSON).read_bytes() == on_disk

    page["cells"].append(new_code_cell("mine"))
    server.save(FIRST_LESSON, page)
    assert nbformat.read(folder / FIRST_LESSON, 4).cells[-1].source == "mine"
    assert opened(server, FIRST_LESSON)["cells"][-1]["source"] == "mine"


def test_a_panel_without_its_kernel_is_a_picture_in_the_course_and_untouched_elsewhere(server):
    for name, shown in ((RAN, PANEL.keys() - {WIDGET_MIME}), (OTHER, PANEL.keys())):
        assert opened(server, name)["cells"][0]["outputs"][0]["data"].keys() == shown


def test_other_notebooks_keep_their_bytes(server, folder):
    on_disk = (folder / OTHER).read_bytes()
    page = opened(server, OTHER)
    assert "language_info" not in page["metadata"]
    server.save(OTHER, page)
    assert (folder / OTHER).read_bytes() == on_disk


def manager_of(chosen: type) -> type:
    """The contents manager of a server whose user has chosen one."""
    app = ServerApp()
    app.contents_manager_class = chosen
    server_extension._link_jupyter_server_extension(app)
    return app.contents_manager_class


def test_a_users_own_manager_of_files_stays_the_parent():
    class Mine(AsyncLargeFileManager):
        pass

    for chosen in (Mine, AsyncLargeFileManager, AsyncFileContentsManager):
        made = manager_of(chosen)
        assert issubclass(made, chosen)
        assert made(root_dir=str(ROOT)).is_ours(FIRST_LESSON)
        assert not made(root_dir=str(ROOT)).is_ours("docs/mine.ipynb")


@pytest.mark.parametrize("chosen", [AsyncContentsManager, FrozenNotebookManager])
def test_a_manager_without_files_and_that_of_the_launcher_are_left_as_they_are(chosen):
    assert manager_of(chosen) is chosen

"""An episode counts as run when its last code cell has run without an error. The overview says where to go on."""

import asyncio
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from jupyter_client.utils import run_sync
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from readiness.course import progress, progress_store
from readiness.course.hints import NOTEBOOK_ENV
from tests import ROOT

STARTUP = ROOT / "readiness" / "course" / "kernel_startup.py"


@pytest.fixture(autouse=True)
def progress_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


def episode_file(folder, name="04b-when-the-peer-has-gone.ipynb"):
    cells = [
        new_code_cell("1", id="first"),
        new_code_cell("2", id="last"),
        new_markdown_cell("## Key points", id="key-points"),
        new_code_cell("3", id="optional"),
    ]
    nbformat.write(new_notebook(cells=cells), folder / name)
    return folder / name


def ran(cell_id, success=True):
    return SimpleNamespace(success=success, info=SimpleNamespace(cell_id=cell_id))


def test_only_the_last_code_cell_counts_and_only_without_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv(NOTEBOOK_ENV, str(episode_file(tmp_path)))
    for result in (
        ran("first"),
        ran("last", success=False),
        ran("key-points"),
        ran("optional"),
        ran(None),
        SimpleNamespace(info=None, success=True),
    ):
        progress._on_cell_run(result)
    assert progress_store.episodes_run() == []
    for _time in range(2):
        progress._on_cell_run(ran("last"))
    assert progress_store.episodes_run() == ["04b"]


@pytest.mark.parametrize("name", ["notes.ipynb", "03-select-any-descriptor.ipynb", "12-1-ftp-control-channel.ipynb"])
def test_other_notebooks_are_no_episodes(name, tmp_path, monkeypatch):
    monkeypatch.setenv(NOTEBOOK_ENV, str(episode_file(tmp_path, name)))
    progress._on_cell_run(ran("last"))
    assert progress_store.episodes_run() == []


def test_a_page_that_is_no_notebook_is_no_error(tmp_path, monkeypatch):
    for text in ("", "[]", '{"cells": []}'):
        (tmp_path / "04b-x.ipynb").write_text(text)
        monkeypatch.setenv(NOTEBOOK_ENV, str(tmp_path / "04b-x.ipynb"))
        progress._on_cell_run(ran("last"))
    monkeypatch.setenv(NOTEBOOK_ENV, str(tmp_path / "04b-missing.ipynb"))
    progress._on_cell_run(ran("last"))
    assert progress_store.episodes_run() == []


def test_episodes_are_no_labs(capsys):
    progress_store.record_episode("01a")
    assert progress_store.summary() == "No lab has been begun yet."
    progress_store.record_result("03", "a", True, 3)
    progress_store.record_episode("00b")
    assert progress_store.summary() == "Lab 03: 1 of 3 checks passed."
    assert progress_store.episodes_run() == ["00b", "01a"]


def overview(*run):
    paths = [
        ROOT / "notebooks" / name
        for name in ("00a-start-here.ipynb", "00b-fifteen-minutes.ipynb", "01a-one-client.ipynb")
    ]
    return progress.Overview({path.name[:3]: path for path in paths}, {"00a", *run})


def test_the_overview_says_where_to_go_on():
    assert repr(overview()).splitlines() == [
        "Episodes run to the end: 1 of 3: 00a.",
        "Go on with 00b: Ask the kernel who is ready.",
        "No lab has been begun yet.",
    ]
    assert "Go on with 01a: [01a-one-client](01a-one-client.ipynb)." in overview("00b")._repr_markdown_()
    assert "Go on" not in repr(overview("00b", "01a"))


def test_the_overview_knows_the_episodes_of_the_course():
    assert "00a" in progress.overview().episodes
    assert progress.overview().run == ["00a"]


async def running_loop():
    return asyncio.get_running_loop()


def test_a_kernel_of_the_course_records_its_episode(tmp_path, monkeypatch):
    monkeypatch.setenv(NOTEBOOK_ENV, str(episode_file(tmp_path)))
    monkeypatch.setenv("PYTHONSTARTUP", str(STARTUP))
    manager, client = start_new_kernel(kernel_name="python3")
    for cell_id in ("first", "last"):
        content = {"code": "1", "silent": False, "store_history": True, "stop_on_error": False}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        client.shell_channel.send(message)
        while client.get_shell_msg(timeout=60)["parent_header"]["msg_id"] != message["header"]["msg_id"]:
            pass
        assert progress_store.episodes_run() == ([] if cell_id == "first" else ["04b"])
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    run_sync(running_loop)().close()  # jupyter_client keeps one open

"""Episodes and a lab in Jupyter Notebook 7, another front end than JupyterLab: Run All, a press, no error.

Notebook lives in an environment of its own: it puts an extension into each JupyterLab beside it. It has none of the
course's own front end, which `python -m readiness` gives to JupyterLab.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests import ROOT
from tests.environments import environment
from tests.ipc_kernels import transport
from tests.launched_jupyter import TOKEN, clean_variables, launched_jupyter
from tests.project.test_project_files import PROJECT
from tools.notebooks.normalize import normalize

browser = pytest.importorskip("tools.browser.session", reason="install the test extra: pip install -e '.[test]'")
presses = pytest.importorskip("tools.browser.presses")

EPISODES = ("notebooks/00b-fifteen-minutes.ipynb", "notebooks/08b-the-cost-on-a-live-server.ipynb")
LAB = "solutions/03-select-any-descriptor.ipynb"
RUN_TIMEOUT = 60  # seconds that all cells may take, on a busy machine
PLAIN = "notebooks/plain.ipynb"  # nothing of the course: what its page brings to the console, Notebook causes itself


@pytest.fixture(scope="module")
def address(need) -> Iterator[str]:
    """The address of Notebook 7 for a copy of the course."""
    need(browser.find_chromium(), "the browser tests need Chromium: apt install chromium")
    pins = os.environ.get("PINS", "-c constraints.txt").split()
    packages = [[*pins, "notebook>=7.4,<8", *PROJECT["dependencies"]], ["--no-deps", "-e", str(ROOT)]]
    programs = environment("notebook", packages, need)
    with browser.scratch_course() as course, tempfile.TemporaryDirectory() as home:
        shutil.copytree(ROOT / "solutions", course / "solutions")
        nbformat.write(normalize(new_notebook(cells=[new_code_cell("1 + 1", id="sum")])), course / PLAIN)
        env = clean_variables(programs, Path(home))
        env |= {"PYTHONPATH": str(course), "READINESS_PROGRESS": str(Path(home) / "progress")}
        options = ["--JupyterNotebookApp.expose_app_in_browser=True"]
        options += [f"--KernelManager.{trait}={value}" for trait, value in transport(home).items() if trait != "ip"]
        with launched_jupyter([programs / "jupyter-notebook", *options], env, course) as address:
            yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator["browser.Browser"]:
    with browser.chromium() as chromium:
        yield chromium


class Notebook(browser.Lesson):
    """A notebook that is open in a page of Notebook 7.

    Attributes:
        messages: the errors in the console of the page.
    """

    def __init__(self, chromium: "browser.Browser", address: str, path: str) -> None:
        self.page = chromium.new_page(viewport={"width": 1200, "height": 1700})
        self.page.set_default_timeout(browser.JUPYTER_TIMEOUT * 1000)
        self.messages: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.goto(f"{address}/notebooks/{path}?token={TOKEN}")
        self.page.wait_for_function("path => window.jupyterapp?.shell.currentWidget?.context?.path === path", arg=path)
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
        self.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
        self.notebook = self.page.locator(".jp-NotebookPanel")

    def __exit__(self, *exc: object) -> None:
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()


@pytest.fixture(scope="module")
def known(chromium, address) -> set[str]:
    """The errors that Notebook itself brings to the console."""
    with Notebook(chromium, address, PLAIN) as notebook:
        notebook.run_all(RUN_TIMEOUT)
        return set(notebook.messages)


def run_and_press(chromium: "browser.Browser", address: str, path: str, known: set[str]) -> None:
    """Run all cells, make the presses that the text asks for, and see no error."""
    with Notebook(chromium, address, path) as notebook:
        notebook.run_all(RUN_TIMEOUT)
        assert notebook.errors() == []
        assert notebook.unexecuted_cells() == 0
        for cell_id, names in presses.declared(nbformat.read(ROOT / path, as_version=4)).items():
            presses.make(notebook, cell_id, names)
            assert presses.alerts(notebook, cell_id, expected=False) == []
        assert notebook.errors() == []
        assert set(notebook.messages) - known == set()


@pytest.mark.thorough
@pytest.mark.parametrize("path", [*EPISODES, LAB])
def test_it_runs_in_notebook_7(chromium, address, path, known):
    run_and_press(chromium, address, path, known)

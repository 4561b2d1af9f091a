"""The contents managers of the course. They decide what JupyterLab gets of a notebook, and what it may save.

A frozen episode is saved with its outputs, for readers on GitHub. JupyterLab gets it without the outputs, so
that a learner sees no answer before its question. If the learner changes nothing, the file stays frozen. If the learner
has run a cell, JupyterLab saves the notebook without the key that marks a frozen one, and with the learner's own
outputs. When the learner opens it again, those outputs are shown.

The launcher names `FrozenNotebookManager`. Every other Jupyter gets `FrozenNotebooks` from `server_extension`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from readiness.course.course_folder import FIRST_LESSON, FOLDERS

FROZEN_KEY = "frozen"
"""A key in the metadata of a notebook. It marks a frozen notebook, and `tools/notebooks/normalize.py` sets it."""
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
"""The type of an output that only a running kernel can show. It stands beside the output's picture and text."""
VIEW_METADATA = {"collapsed", "jp-MarkdownHeadingCollapsed", "jupyter", "scrolled", "trusted"}
"""Keys in the metadata of a cell that say how the cell is shown, and not what it is."""


class FrozenNotebooks(AsyncFileContentsManager):
    """A contents manager of notebooks in files, with four differences.

    - A frozen notebook is opened without its outputs.
    - If no kernel runs for a notebook, it is opened without its widgets: their pictures and texts are shown instead.
    - A frozen notebook that was not changed is not saved.
    - An empty cell at the end is not saved. JupyterLab adds one when a learner runs the last cell with Shift-Enter.

    A notebook that is neither frozen nor the course's (`is_ours`) is opened and saved as by the parent class.
    """

    def is_ours(self, path: str) -> bool:
        """Return whether a notebook stands in a folder of the course.

        Args:
            path: Jupyter's path of the notebook, from the folder that the server shows.
        """
        return is_in_course(Path(self._get_os_path(path)))

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> dict[str, Any]:
        model = await super().get(path, content, *args, **kwargs)
        if not content or model["type"] != "notebook":
            return model
        nb = model["content"]
        if nb["metadata"].pop(FROZEN_KEY, False):
            _remove_outputs(nb)
        elif not self.is_ours(path):
            return model
        elif not await self._has_kernel(path):
            _remove_widgets(nb)
        _name_the_kernel(nb)
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        if model.get("type") == "notebook" and "content" in model:
            if await self._is_frozen_and_equal(model, path):
                return await self.get(path, content=False)
            if self.is_ours(path):
                _remove_empty_end(model["content"])
        return await super().save(model, path)

    async def _is_frozen_and_equal(self, model: dict[str, Any], path: str) -> bool:
        """Return whether the file is a frozen notebook, and `model` has its cells and no output."""
        try:
            on_disk = await super().get(path, type="notebook")
        except Exception:  # there is no such file, or it is no notebook
            return False
        if not on_disk["content"]["metadata"].get(FROZEN_KEY):
            return False
        _remove_outputs(on_disk["content"])
        return _cells(on_disk["content"]) == _cells(model["content"])

    async def _has_kernel(self, path: str) -> bool:
        """Return whether the server has a kernel for the notebook `path`. Without a server, there is none."""
        if self.parent is None:
            return False
        sessions = await self.parent.session_manager.list_sessions()
        return any(session["path"].strip("/") == path.strip("/") for session in sessions)


class FrozenNotebookManager(FrozenNotebooks, AsyncLargeFileManager):  # type: ignore[misc]  # as Jupyter's own
    """JupyterLab's own contents manager, with the differences of `FrozenNotebooks` for every notebook."""

    def is_ours(self, path: str) -> bool:
        """Return True: the launcher shows only the course."""
        return True


def is_in_course(file: Path) -> bool:
    """Return whether a file stands in `notebooks`, `labs` or `solutions` of a folder that holds the course."""
    return file.parent.name in FOLDERS and (file.parents[1] / FIRST_LESSON).is_file()


def _remove_outputs(nb: dict[str, Any]) -> None:
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def _remove_empty_end(nb: dict[str, Any]) -> None:
    """Remove the code cells at the end that have neither text nor outputs, but not the only cell of a notebook."""
    cells = nb["cells"]
    while len(cells) > 1 and cells[-1]["cell_type"] == "code" and not (_source(cells[-1]) or cells[-1]["outputs"]):
        cells.pop()


def _source(cell: Mapping[str, Any]) -> str:
    """Return the text of a cell, without white space at its ends. JupyterLab may send it as a list of lines."""
    return "".join(cell["source"]).strip()


def _remove_widgets(nb: dict[str, Any]) -> None:
    """Remove the widgets that have another form, and note in the output's metadata that it was a widget.

    Without a kernel, JupyterLab shows only an error for a widget.
    """
    for cell in nb["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if len(data) > 1 and data.pop(WIDGET_MIME, None):
                output.setdefault("metadata", {}).setdefault("readiness", {})["widget"] = True


def _name_the_kernel(nb: dict[str, Any]) -> None:
    """Give a Python notebook the metadata that JupyterLab gives it when its kernel has started.

    Without this, JupyterLab takes a notebook that was only opened for changed, and saves it.
    """
    kernel = nb["metadata"].get("kernelspec", {})
    if kernel.get("name") == "python3":
        nb["metadata"]["language_info"] = dict(IPythonKernel.language_info)


def _cells(nb: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return what a learner can change in each cell. Empty cells are left out: Shift-Enter at the end adds one."""
    return [
        (
            cell.get("id"),
            cell["cell_type"],
            _source(cell),
            cell.get("attachments", {}),
            {key: value for key, value in cell["metadata"].items() if key not in VIEW_METADATA},
            cell.get("outputs", []),
        )
        for cell in nb["cells"]
        if _source(cell)
    ]

"""The contents manager of the course's JupyterLab. It opens a frozen lesson without the saved outputs.

A frozen lesson is one that is saved with its outputs, for readers on GitHub. Without the outputs, a learner sees no
answer before its question. JupyterLab then saves the notebook without the key that marks a frozen one. So when the
learner opens it again, the outputs of the learner's own run are shown.
"""

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FROZEN_KEY = "frozen"
"""A key in the metadata of a notebook. It marks a frozen notebook, and `tools/notebooks/normalize.py` sets it."""


class FrozenNotebookManager(AsyncLargeFileManager):
    """JupyterLab's own contents manager, except that a frozen notebook is opened without its outputs."""

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> dict[str, Any]:
        model = await super().get(path, content, *args, **kwargs)
        if content and model["type"] == "notebook" and model["content"]["metadata"].pop(FROZEN_KEY, False):
            for cell in model["content"]["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
        return model

"""The contents manager of the launcher's server, which opens a frozen lesson without its saved results.

So a learner sees no answer before its question. JupyterLab saves the notebook without the key that marks a frozen
one. So the results of a learner's own run are shown when the notebook is opened again.
"""

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FROZEN_KEY = "frozen"
"""The key in the metadata of a frozen notebook (`tools/notebooks/normalize.py` sets it)."""


class FrozenNotebookManager(AsyncLargeFileManager):
    """JupyterLab's own contents manager, but frozen notebooks are opened without outputs."""

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> dict[str, Any]:
        model = await super().get(path, content, *args, **kwargs)
        if content and model["type"] == "notebook" and model["content"]["metadata"].pop(FROZEN_KEY, False):
            for cell in model["content"]["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
        return model

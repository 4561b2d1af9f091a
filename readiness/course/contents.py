"""The contents manager of the launcher's server: it opens a frozen lesson without its saved results.

So no answer stands below a question before the learner has met it. What a learner has run and saved comes back
as it was: JupyterLab saves the notebook without the metadata key that freezing left in it.
"""

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FROZEN_KEY = "frozen"
"""The key in a notebook's metadata that freezing sets (`tools/notebooks/normalize.py`)."""


class FrozenNotebookManager(AsyncLargeFileManager):
    """JupyterLab's own contents manager, except that frozen notebooks are opened without outputs."""

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> dict[str, Any]:
        model = await super().get(path, content, *args, **kwargs)
        if content and model["type"] == "notebook" and model["content"]["metadata"].pop(FROZEN_KEY, False):
            for cell in model["content"]["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
        return model

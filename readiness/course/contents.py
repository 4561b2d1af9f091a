"""Pages: how the launcher's server hands out a lesson, without the results that were saved for readers elsewhere.

So no answer stands below its question before that was asked. What a learner has run and saved is theirs, and comes back
as it was: JupyterLab saves the page without the mark that freezing left in it.
"""

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FROZEN = "frozen"
"""The mark in a notebook's metadata (`tools/notebooks/freeze.py`)."""


class Pages(AsyncLargeFileManager):
    """JupyterLab's own way to files, but for lessons that nobody has run here yet."""

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> dict[str, Any]:
        model = await super().get(path, content, *args, **kwargs)
        if content and model["type"] == "notebook" and model["content"]["metadata"].pop(FROZEN, False):
            for cell in model["content"]["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
        return model

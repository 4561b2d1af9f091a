"""A server extension: each Jupyter of this environment opens the course's episodes without their results.

The wheel installs `etc/jupyter/jupyter_server_config.d/readiness.json`, which names this module. So it is loaded by
`jupyter lab`, by `jupyter notebook`, and by the servers of a JupyterHub. It changes nothing for notebooks that are not
the course's. `jupyter server extension disable readiness.course.server_extension` switches it off.
"""

from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager

from readiness.course.contents import FrozenNotebooks


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": __name__}]


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Give the server a contents manager that knows frozen notebooks. Jupyter calls this before it makes its own.

    The user's own choice of a manager stays, as the parent class. A manager that keeps no files is left as it is.
    """
    chosen = app.contents_manager_class
    if issubclass(chosen, AsyncFileContentsManager) and not issubclass(chosen, FrozenNotebooks):
        made: Any = type(chosen.__name__, (FrozenNotebooks, chosen), {})
        app.contents_manager_class = made


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Do nothing: Jupyter asks for this function, and all is done before."""

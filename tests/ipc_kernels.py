"""A pytest plugin: a kernel that a test starts is reached by Unix sockets, where this system has them.

By TCP its client chooses free ports, and the kernel binds them a second later. In this second a test in another process
may get one of these ports, and then the kernel ends before it has answered anything.
"""

import tempfile
import uuid
from pathlib import Path

import zmq
from jupyter_client.manager import KernelManager

plain_init = KernelManager.__init__


def transport(folder: str | Path) -> dict[str, str]:
    """The traits of a KernelManager whose kernel has its sockets in that folder. Their paths are short (unix(7))."""
    return {"transport": "ipc", "ip": f"{folder}/kernel-{uuid.uuid4().hex[:12]}"} if zmq.has("ipc") else {}


def init(self: KernelManager, *args, **traits) -> None:
    plain_init(self, *args, **{**transport(tempfile.gettempdir()), **traits})


def pytest_configure() -> None:
    KernelManager.__init__ = init

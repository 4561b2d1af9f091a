"""A Jupyter server as a program of any environment, on a port that the system chooses."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from readiness.base.launched_process import LaunchedProcess

START_TIMEOUT = 60  # seconds, on a busy machine
TOKEN = "only-for-this-test"
# A container's user is often root, and a test's kernels must not choose ports: see tests/ipc_kernels.py.
OPTIONS = ("--ip=127.0.0.1", "--port=0", "--no-browser", "--allow-root", "--log-level=WARN")


def clean_variables(programs: Path, home: Path) -> dict[str, str]:
    """The environment variables of a user who has just logged in, with what pip needs here."""
    own = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    path = os.pathsep.join([str(programs), os.defpath])
    return own | {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "JUPYTER_TOKEN": TOKEN}


@contextmanager
def launched_jupyter(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path) -> Iterator[str]:
    """Context manager: start a server, and yield its address, such as "http://127.0.0.1:8888".

    Args:
        command: the program with its arguments. `OPTIONS` are added.
        env: its environment variables.
        cwd: the folder that it shows.
    """
    with LaunchedProcess([*command, *OPTIONS], env=env, cwd=cwd) as server:
        port = _wait_for_port(server)
        if not port:
            raise RuntimeError(f"the server did not start:\n{server.rest_of_output()[-5000:]}")
        yield f"http://127.0.0.1:{port}"


def _wait_for_port(server: LaunchedProcess) -> int:
    """Return the port on which the server listens; 0 if it does not listen in time. Some servers print the port 0."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and not server.has_ended():
        for connection in psutil.Process(server.pid).net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                return connection.laddr.port
        time.sleep(0.05)  # between two looks, up to the deadline
    return 0

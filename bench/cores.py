"""Start a program on a processor core of its own: a server on the first core, its clients on the others."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from readiness.base.launched_process import LaunchedProcess

ROOT = Path(__file__).resolve().parent.parent


def server_core() -> int:
    """Return the number of the core for servers: the first that this process may use."""
    return min(os.sched_getaffinity(0))


def client_cores() -> set[int]:
    """Return the numbers of the cores for clients: all but the first, or the only one."""
    cores = os.sched_getaffinity(0)
    return cores - {min(cores)} or cores


def launch(command: Sequence[str | Path], cores: set[int], env: Mapping[str, str] | None = None) -> LaunchedProcess:
    """Start a program in the project's folder. All its threads run on `cores`.

    Args:
        command: the program and its arguments.
        cores: the numbers of the cores.
        env: environment variables that the program has besides those of this process.
    """
    return LaunchedProcess(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, prepare=lambda: os.sched_setaffinity(0, cores)
    )

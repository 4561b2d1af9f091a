"""Record what this Linux machine measures and shows, into readiness/experiments/recordings/.

    python -m tools.notebooks.record [name …]

A name is a key of `RECORDERS`, or the number of an episode, such as 04b. For a number, the command runs the episode and
records the episode's experiments. Without a name, it records everything. Run it on a quiet machine. Each list of
benchmark cases is timed three times, and the fastest sweep is kept. The command ends at the first recorder that fails.
"""

import argparse
import ast
import contextlib
import json
import math
import os
import platform
import re
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from readiness.experiments import claims, recordings, runner, strace, wait_cost, wait_cost_cases
from readiness.experiments.wait_cost_cases import CASE_LISTS, BenchmarkCase
from readiness.system import interest_list, limits, syscalls
from tools.lessons import episode
from tools.notebooks.execute import execute

FOLDER = Path(recordings.__file__).parent
EPISODES = {episode.number(path.name): path for path in episode.episode_paths()}
SWEEPS = 3


def fastest_sweep(cases: Iterable[BenchmarkCase]) -> list[dict[str, Any]]:
    """Time the benchmark cases `SWEEPS` times. Return the points of the fastest sweep, rounded to four digits."""
    cases = list(cases)
    sweeps = [list(wait_cost.sweep(cases)) for _sweep in range(SWEEPS)]
    best = min(sweeps, key=lambda points: sum(math.log(p.seconds) for p in points))
    return [
        {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in asdict(point).items()}
        for point in best
    ]


def sweep_of(name: str) -> list[dict[str, Any]]:
    """Time the list of benchmark cases with the name `name`, a key of `CASE_LISTS`. Return the points."""
    return fastest_sweep(CASE_LISTS[name]())


def interest_list_text() -> str:
    """Return what /proc/self/fdinfo shows of an epoll that watches three descriptors.

    They are a listening socket, a connected socket (edge-triggered) and a pipe (EPOLLONESHOT).
    """
    wanted = {"listener": select.EPOLLIN, "socket": select.EPOLLIN | select.EPOLLOUT | select.EPOLLET}
    wanted["pipe"] = select.EPOLLIN | select.EPOLLONESHOT
    with contextlib.ExitStack() as stack:
        opened = {"listener": stack.enter_context(socket.create_server(("127.0.0.1", 0))).fileno()}
        ends = [stack.enter_context(end) for end in socket.socketpair()]
        opened["socket"] = ends[0].fileno()
        opened["pipe"], writer = os.pipe()
        epfd = syscalls.epoll_create1()
        for fd in (opened["pipe"], writer, epfd):
            stack.callback(os.close, fd)
        for name, fd in opened.items():
            syscalls.epoll_ctl(epfd, "ADD", fd, wanted[name])
        interest_list.read(epfd)  # raises UserError if /proc does not show the list
        return limits.read_proc(f"/proc/self/fdinfo/{epfd}") or ""


def system_calls() -> dict[str, Any]:
    """Return the system calls that each of three selectors makes, counted by strace, by the name of the selector."""
    traces = {name: strace.system_calls(name) for name in ("SelectSelector", "PollSelector", "EpollSelector")}
    if any(calls.origin for calls in traces.values()):
        sys.exit("Recording the system calls needs strace, and the permission to use it.")
    return {name: asdict(calls) for name, calls in traces.items()}


def kernel_release() -> str:
    """Return the version of the kernel, without the suffix that a distribution adds."""
    return re.sub(r"[^\d.].*", "", platform.release()).rstrip(".")


RECORDERS: dict[str, Callable[[], Any]] = {
    **{name: partial(sweep_of, name) for name in CASE_LISTS},
    "fdinfo": interest_list_text,
    "system_calls": system_calls,
    "claims": claims.run_all,
    "limits": lambda: asdict(limits.report()) | {"release": kernel_release()},
}


def experiment_names(path: Path) -> list[str]:
    """Return the names of the functions that the cells of the episode `path` pass to `runner.run_or_replay`."""
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return [
        ast.unparse(node.args[0])
        for source in code
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "runner.run_or_replay" and node.args
    ]


def record_episode(path: Path) -> dict[str, Any]:
    """Run the episode `path` in its own kernel. Return the results of its experiments, by the experiment's name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results"
        os.environ[runner.RECORD_ENV] = str(file)
        try:
            execute(path, timeout=120)
        finally:
            del os.environ[runner.RECORD_ENV]
        found = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    results = {result["name"]: result["data"] for result in found}
    if missing := set(experiment_names(path)) - set(results):
        sys.exit(f"{path.name}: {', '.join(sorted(missing))} did not run on this machine, so nothing can be recorded.")
    return results


def machine() -> dict[str, Any]:
    """Return what a recording says about the machine and the month. The machine's name is left out."""
    now = time.localtime()
    return {
        "system": platform.system(),
        "release": ".".join(kernel_release().split(".")[:2]),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "cpus": os.cpu_count(),
        "month": now.tm_mon,
        "year": now.tm_year,
    }


def write(name: str, data: Any, folder: Path = FOLDER, number: str = "") -> Path:
    """Write a recording to its file. Return the path of the file.

    Args:
        name: the name of the recording.
        data: any value that JSON can hold. For a list, each item is on its own line, so that differences are easy to
            read.
        folder: the folder of the recordings.
        number: the number of the episode, with which the file's name begins. If it is empty, a recording that exists
            keeps its file's name.
    """
    body = json.dumps(data, indent=1)
    if isinstance(data, list):
        body = "[\n" + ",\n".join(json.dumps(item) for item in data) + "\n]"
    known = recordings.files(folder).get(name)
    path = folder / f"{number}-{name}.json" if number else known or folder / f"{name}.json"
    if known and known != path:
        known.unlink()
    path.write_text(f'{{\n"machine": {json.dumps(machine())},\n"data": {body}\n}}\n', encoding="utf-8")
    return path


def main() -> None:
    """Record what the command line names, and print the name of each file that was written."""
    parser = argparse.ArgumentParser(description="Record what this Linux machine measures and shows.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one or more of: {', '.join(RECORDERS)}; all if none")
    names = parser.parse_args().names or [*RECORDERS, *EPISODES]
    if unknown := [name for name in names if name not in RECORDERS and name not in EPISODES]:
        parser.error(
            f"there is no recorder {', '.join(unknown)}: choose among {', '.join(RECORDERS)}, "
            f"or the episodes {', '.join(EPISODES)}"
        )
    if wait_cost_cases.available_methods() != tuple(wait_cost_cases.METHOD_SYSCALLS):
        sys.exit("Recording needs a machine with Linux: this one can't time every method.")
    for name in names:
        results = record_episode(EPISODES[name]) if name in EPISODES else {name: RECORDERS[name]()}
        number = name if name in EPISODES else ""
        for result, data in results.items():
            print(write(result, data, number=number).name, f"(load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    main()

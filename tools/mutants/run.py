"""Run mutants through the checks of their lab, each in a process of its own.

The process is forked from one that has imported what the lab needs. A guard between the two ends everything that the
mutant has started, also after a time limit. This module does not know which survivors are as right as the solution.
"""

import contextlib
import ctypes
import io
import json
import os
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from readiness.course.checks import PROGRESS_ENV, CheckError, NotWrittenError
from tools.labs.answers import first_failure, is_check, run
from tools.mutants.mutate import Mutant

TIMEOUT = 60.0
"""Seconds that a mutant may take. A check's own deadline is far shorter."""
PR_SET_CHILD_SUBREAPER = 36
KILLED, SURVIVED, HUNG, DIED = "killed", "survived", "hung", "died"


class Result(NamedTuple):
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        outcome: KILLED: a check, or a cell of the lab, failed with an error. SURVIVED: all checks passed. HUNG: the
            time limit was over, and no check's deadline had spoken. DIED: the process ended without a result.
        check: the name of the check that failed, or the id of the cell, or an empty string.
        message: what was raised.
        seconds: how long it took.
    """

    mutant: Mutant
    outcome: str
    check: str
    message: str
    seconds: float


def after(nb: NotebookNode, cell: str) -> NotebookNode:
    """Return the notebook without the checks before a cell: they ran before it, and can't see what it does."""
    place = next(index for index, other in enumerate(nb.cells) if other.id == cell)
    cells = [other for index, other in enumerate(nb.cells) if index > place or not is_check(other)]
    return NotebookNode({**nb, "cells": cells})


def verdict(nb: NotebookNode, mutant: Mutant) -> dict[str, str]:
    """Run the lab with a mutant in this process. Return the outcome, the check and the message."""
    try:
        raised = run(after(nb, mutant.cell), {mutant.cell: mutant.source})
    except Exception as of_cell:  # of a cell that is no check: a learner sees it at once
        return {"outcome": KILLED, "check": "a cell", "message": repr(of_cell)}
    failed = first_failure(raised)
    if failed is None:
        return {"outcome": SURVIVED, "check": "", "message": ""}
    error = raised[failed]
    outcome = KILLED if isinstance(error, CheckError | NotWrittenError) else DIED
    return {"outcome": outcome, "check": failed, "message": str(error)}


def import_modules(nb: NotebookNode) -> None:
    """Run the cells of a solution that are no checks, so that the forked processes need not import the same again."""
    cells = [cell for cell in nb.cells if not is_check(cell)]
    with contextlib.redirect_stdout(io.StringIO()):
        run(NotebookNode({**nb, "cells": cells}))


def run_all(nb: NotebookNode, mutants: Iterable[Mutant], jobs: int = 1, timeout: float = TIMEOUT) -> Iterator[Result]:
    """Run mutants, at most `jobs` at a time. Yield each result when it is there.

    Args:
        nb: the solution.
        mutants: the mutants.
        jobs: how many run at the same time.
        timeout: seconds that each may take.
    """
    import_modules(nb)
    waiting = iter(mutants)
    with selectors.DefaultSelector() as running:
        while True:
            while len(running.get_map()) < jobs and (mutant := next(waiting, None)):
                reader, pid = start(nb, mutant, timeout)
                running.register(reader, selectors.EVENT_READ, (mutant, pid, time.monotonic()))
            if not running.get_map():
                return
            for key, _events in running.select():
                mutant, pid, started = key.data
                running.unregister(key.fd)
                yield finish(mutant, key.fd, pid, time.monotonic() - started)


def finish(mutant: Mutant, reader: int, pid: int, seconds: float) -> Result:
    """Read the result that the guard `pid` has written, and wait for its end."""
    with open(reader, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(pid, 0)
    found = json.loads(text) if text else {"outcome": DIED, "check": "", "message": "The guard ended."}
    return Result(mutant, found["outcome"], found["check"], found["message"], seconds)


def start(nb: NotebookNode, mutant: Mutant, timeout: float) -> tuple[int, int]:
    """Fork the guard of a mutant. Return the descriptor from which its result can be read, and its process id."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writer)
        return reader, pid
    os.close(reader)
    try:
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            found = guarded(nb, mutant, Path(folder), timeout)
        os.write(writer, json.dumps(found).encode())
    finally:
        os._exit(0)


def guarded(nb: NotebookNode, mutant: Mutant, folder: Path, timeout: float) -> dict[str, str]:
    """Run a mutant in a child process, whose folder is `folder`, and end all that it has started."""
    if sys.platform == "linux":  # orphans become children of the guard
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        in_child(nb, mutant, folder, writer)
    os.close(writer)
    text = read_until(reader, time.monotonic() + timeout)
    _kill_children(pid)
    if text is None:
        return {"outcome": HUNG, "check": "", "message": f"No end after {timeout:g} seconds."}
    return json.loads(text) if text else {"outcome": DIED, "check": "", "message": "The process ended."}


def in_child(nb: NotebookNode, mutant: Mutant, folder: Path, writer: int) -> None:
    """Run a mutant, write its verdict into the pipe, and end this process. What it prints is thrown away."""
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.update({PROGRESS_ENV: str(folder / "progress"), "TMPDIR": str(folder)})
        tempfile.tempdir = None
        os.set_inheritable(writer, False)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        sys.stdout = sys.stderr = os.fdopen(nothing, "w")  # also where a test has replaced them
        found = verdict(nb, mutant)
        os.write(writer, json.dumps({**found, "message": found["message"][:4000]}).encode())
    finally:
        os._exit(0)


def read_until(reader: int, deadline: float) -> str | None:
    """Read a result until the other end of the pipe is closed. Return None if the deadline comes first."""
    data = b""
    with selectors.DefaultSelector() as selector, open(reader, "rb", buffering=0) as file:
        selector.register(file, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            piece = file.read(65536)
            data += piece
            if not piece or data.endswith(b"}"):  # a process that the mutant has left over may hold the pipe open
                return data.decode()
    return None


def _kill_children(group: int) -> None:
    """Kill a process group, and then each child of this process until none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    while True:
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Return the process ids of the children of this process; on systems without /proc none is found."""
    numbers: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            numbers += map(int, file.read_text().split())
    return numbers


def counts(results: Sequence[Result]) -> dict[str, Any]:
    """Return how many results have each outcome."""
    return {outcome: sum(result.outcome == outcome for result in results) for outcome in (KILLED, SURVIVED, HUNG, DIED)}

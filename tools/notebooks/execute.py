"""Execute a notebook from top to bottom in its own kernel. This module saves nothing and judges nothing."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from readiness.course import progress_store
from readiness.widgets.panel import SETTLE_ENV, SETTLED_KEY


class ExecutionError(Exception):
    """A notebook did not run to its end. The message says why, in one sentence."""


def execute(path: Path, timeout: int, settle: bool = False) -> NotebookNode:
    """Run a notebook from top to bottom, in the folder that holds it. Return the notebook with the outputs of this run.

    The metadata `readiness` of each code cell gets `seconds`: how long the cell ran.

    Args:
        path: the notebook's file, which is not changed.
        timeout: seconds that each cell may take.
        settle: whether the panels settle before their pictures are taken. The metadata of a cell with such a panel
            then has the seconds that this took, under `SETTLED_KEY`.

    Raises:
        ExecutionError: A cell took too long, raised an error, or ended the kernel.
    """
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    started_cells, started = ["?"], [time.perf_counter()]

    def note_start(cell: NotebookNode, cell_index: int) -> None:
        started_cells.append(cell.id)
        started.append(time.perf_counter())

    def note_seconds(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        cell.metadata.setdefault("readiness", nbformat.from_dict({}))["seconds"] = time.perf_counter() - started[-1]

    client = NotebookClient(
        nb,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=note_start,
        on_cell_executed=note_seconds,
    )
    try:
        with tempfile.TemporaryDirectory() as folder:  # so that the maintainer's own progress stays as it is
            env = os.environ | {progress_store.PROGRESS_ENV: str(Path(folder) / "progress")}
            client.execute(env=env | ({SETTLE_ENV: "1"} if settle else {}))
    except CellTimeoutError:
        raise ExecutionError(f"{path}: cell {started_cells[-1]} takes more than {timeout} s") from None
    except DeadKernelError:
        raise ExecutionError(f"{path}: cell {started_cells[-1]} ends its kernel") from None
    except CellExecutionError as error:
        raise ExecutionError(f"{path}: cell {started_cells[-1]} ends in {error.ename}: {error.evalue}") from None
    for cell in nb.cells:
        seconds = [output.metadata.pop(SETTLED_KEY, 0) for output in cell.get("outputs", []) if "metadata" in output]
        if any(seconds):
            cell.metadata[SETTLED_KEY] = sum(seconds)
    return nb

"""Each lesson runs a second time from the top in the same kernel, as after Run > Run All Cells, without an error.

What the cells compute is not compared.
"""

import copy
import os
import shutil

import nbformat
import pytest

from tests.course.test_other_platforms import LESSONS, errors, run

pytestmark = pytest.mark.thorough


def twice(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with each of its cells once more, after the last one."""
    again = copy.deepcopy(nb.cells)
    for cell in again:
        cell.id += "-again"
    nb.cells += again
    return nb


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_again_in_the_same_kernel(path, tmp_path):
    shutil.copytree(path.parent, tmp_path / "notebooks")
    nb = run(twice(nbformat.read(path, as_version=4)), tmp_path / "notebooks", dict(os.environ))
    assert errors(nb) == []
    assert all(cell.execution_count for cell in nb.cells if cell.cell_type == "code")

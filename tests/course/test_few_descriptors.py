"""Each lesson runs where a process may open few descriptors."""

import os
import shutil

import nbformat
import pytest

from readiness.system import limits
from tests.course.test_other_platforms import LESSONS, errors, run

LIMITS = {"hard 256": (256, 256), "soft 256": (256, 20_000), "hard 1024": (1024, 1024)}

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(limits.fd_limits()[1] is None, reason="this system sets no such limit"),
]


def limited(nb: nbformat.NotebookNode, soft: int, hard: int) -> nbformat.NotebookNode:
    """Return the notebook with one more cell before the first, which lowers the limits of the kernel."""
    source = (
        "import resource\n"
        "_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "if _hard == resource.RLIM_INFINITY: _hard = 1 << 20\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, min(_hard, {hard})))"
    )
    nb.cells.insert(0, nbformat.v4.new_code_cell(source))
    return nb


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs(path, name, tmp_path):
    shutil.copytree(path.parent, tmp_path / "notebooks")
    nb = run(limited(nbformat.read(path, as_version=4), *LIMITS[name]), tmp_path / "notebooks", dict(os.environ))
    assert errors(nb) == []

"""nbgrader on the labs: full marks for each solution, and none for an untouched lab.

nbgrader lives in an environment of its own, made once, since it brings a whole Jupyter of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest

from readiness.course import labs
from tests import ROOT
from tests.ipc_kernels import transport

SOLUTIONS = sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))
REQUIREMENTS = ("nbgrader>=0.9.5,<1", "ipykernel>=7,<8", "ipywidgets>=8.1,<9", "matplotlib>=3.8", "hypothesis>=6.100")
INSTALL_TIMEOUT = 300  # seconds
GRADE_TIMEOUT = 600  # seconds for all the labs, on a busy machine
GRADE = """
import faulthandler, json, os, shutil, sys, time
from pathlib import Path
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

faulthandler.dump_traceback_later(float(sys.argv[1]), exit=True)  # a grading that hangs says where it is
course = Path.cwd()
grader = NbGraderAPI(config=Config(KernelManager=json.loads(sys.argv[2])))

def done(step):
    if not step["success"]:
        sys.exit(lab + ": " + step.get("error", "") + step.get("log", ""))

for lab in sorted(os.listdir("source")):
    done(grader.generate_assignment(lab))
    for student, folder in (("solver", "source"), ("untouched", "release")):
        shutil.copytree(course / folder / lab, course / "submitted" / student / lab)
        print(time.strftime("%X"), lab, student, flush=True)
        done(grader.autograde(lab, student))
with Gradebook("sqlite:///gradebook.db") as book:
    handed_in = [submission for assignment in book.assignments for submission in assignment.submissions]
    found = [(s.student.id, s.assignment.name, s.score, s.max_score) for s in handed_in]
Path("marks.json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def grader(need, tmp_path_factory) -> Path:
    """The Python of an environment with nbgrader and this course."""
    home = ROOT / ".venv" if (ROOT / ".venv").is_dir() else tmp_path_factory.mktemp("env")
    python = home / "nbgrader" / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    ready = home / "nbgrader" / ".ready"
    if not ready.exists() or ready.read_text() != "\n".join(REQUIREMENTS):
        venv.create(home / "nbgrader", clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        ran = [
            subprocess.run([*pip, *what], capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
            for what in (REQUIREMENTS, ("--no-deps", "-e", str(ROOT)))
        ]
        failed = next((r.stderr.strip().splitlines()[-1] for r in ran if r.returncode), "")
        need(not failed, f"nbgrader could not be installed, so grading is not tried: {failed}")
        ready.write_text("\n".join(REQUIREMENTS))
    return python


@pytest.fixture(scope="module")
def marks(grader, tmp_path_factory) -> dict[tuple[str, str], tuple[float, float]]:
    """{(student, lab): (score, maximum)}, for a student with the solution, and one with the untouched lab."""
    course = tmp_path_factory.mktemp("course")
    for path in SOLUTIONS:
        (course / "source" / path.stem).mkdir(parents=True)
        shutil.copy(path, course / "source" / path.stem)
    env = os.environ | {"READINESS_PROGRESS": str(course / "progress"), "JUPYTER_PREFER_ENV_PATH": "1"}
    env |= {"PATH": f"{grader.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [grader, "-c", GRADE, str(GRADE_TIMEOUT), json.dumps(transport(course))]
    # A file, not a pipe: what a lab has left running would hold a pipe open.
    with (course / "log.txt").open("w") as log:
        ran = subprocess.run(command, cwd=course, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    assert ran.returncode == 0, (course / "log.txt").read_text(errors="replace")[-10_000:]
    marks = json.loads((course / "marks.json").read_text())
    return {(student, lab): (score, maximum) for student, lab, score, maximum in marks}


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_full_marks_for_the_solution_and_none_for_the_untouched_lab(path, marks):
    score, maximum = marks["solver", path.stem]
    assert score == maximum == sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in read(path).cells) > 0
    assert marks["untouched", path.stem] == (0, maximum)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_cell_that_is_written_or_judged_is_marked_so(path):
    for cell in read(path).cells:
        marked = dict(cell.metadata.get("nbgrader", {}))
        if cell.cell_type == "markdown":  # the notes of a student are not marked
            assert not marked
            continue
        answer, check = labs.BEGIN in cell.source, "\n@lab.check(" in "\n" + cell.source
        assert marked.pop("points", 0) > 0 if check else "points" not in marked
        assert marked == {
            "grade": check,
            "grade_id": cell.id,
            "locked": not answer,  # setup and helpers, too: nbgrader restores what a student has edited there
            "schema_version": 3,
            "solution": answer,
            "task": False,
        }


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)

"""nbgrader on the labs: full marks for each solution, and none for an untouched lab.

nbgrader lives in an environment of its own, made once, since it brings a whole Jupyter of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from readiness.course import labs
from tests import ROOT
from tests.environments import environment
from tests.ipc_kernels import transport

SOLUTIONS = sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))
REQUIREMENTS = ("nbgrader>=0.9.5,<1", "ipykernel>=7,<8", "ipywidgets>=8.1,<9", "matplotlib>=3.8", "hypothesis>=6.100")
GRADE_TIMEOUT = 600  # seconds for all the labs, on a busy machine
CONFIG = "nbgrader_config.py"
LAB = "03-select-any-descriptor"  # what is tried with one lab only
GRADE = """
import faulthandler, json, os, shutil, sys, time
from pathlib import Path
import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config, PyFileConfigLoader

faulthandler.dump_traceback_later(float(sys.argv[1]), exit=True)  # a grading that hangs says where it is
one_lab = sys.argv[3]
course = Path.cwd()
config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
config.KernelManager = Config(json.loads(sys.argv[2]))
grader = NbGraderAPI(config=config)

def done(step):
    if not step["success"]:
        sys.exit(lab + ": " + step.get("error", "") + step.get("log", ""))

def handed_in(student, folder, edit=None):
    target = course / "submitted" / student / lab
    shutil.copytree(course / folder / lab, target)
    if edit:
        nb = nbformat.read(target / f"{lab}.ipynb", 4)
        edit(nb, {cell.id: cell for cell in nb.cells})
        nbformat.write(nb, target / f"{lab}.ipynb")
    print(time.strftime("%X"), lab, student, flush=True)
    done(grader.autograde(lab, student))

def with_a_wrong_answer(_nb, cells):
    for cell in nbformat.read(course / "source" / lab / f"{lab}.ipynb", 4).cells:
        if cell.id in ("to-bits", "to-fds"):
            cells[cell.id].source = cell.source
    cells["select-any"].source = "def select_any(*lists): return [], [], [], 0.0"

def with_another_setup(_nb, cells):
    cells["setup"].source += "\\nlab._failure = lambda *a, **k: None\\nlab.check = lambda *a, **k: lambda f: None"
    for cell in cells.values():
        cell.metadata.pop("editable", None)

def with_copied_cells(nb, cells):
    for cell_id in ("to-bits", "setup", "check-bits"):
        nb.cells.append(nbformat.from_dict(cells[cell_id] | {"id": cell_id + "-2"}))

for lab in sorted(os.listdir("source")):
    done(grader.generate_assignment(lab))
    handed_in("solver", "source")
    handed_in("untouched", "release")
    if lab == one_lab:
        handed_in("half", "release", with_a_wrong_answer)
        handed_in("cheat", "release", with_another_setup)
        handed_in("copier", "source", with_copied_cells)
        done(grader.generate_feedback(lab, "half"))
with Gradebook("sqlite:///gradebook.db") as book:
    handed_in = [submission for assignment in book.assignments for submission in assignment.submissions]
    found = [(s.student.id, s.assignment.name, s.score, s.max_score) for s in handed_in]
Path("marks.json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def grader(need) -> Path:
    """The Python of an environment with nbgrader and this course."""
    programs = environment("nbgrader", [REQUIREMENTS, ["--no-deps", "-e", str(ROOT)]], need)
    return programs / Path(sys.executable).name


@pytest.fixture(scope="module")
def course(grader, tmp_path_factory) -> Path:
    """The folder of a teacher who has graded all labs, with the settings that docs/teachers.md tells to copy."""
    course = tmp_path_factory.mktemp("course")
    for path in SOLUTIONS:
        (course / "source" / path.stem).mkdir(parents=True)
        shutil.copy(path, course / "source" / path.stem)
    shutil.copy(ROOT / "docs" / CONFIG, course)
    env = os.environ | {"READINESS_PROGRESS": str(course / "progress"), "JUPYTER_PREFER_ENV_PATH": "1"}
    env |= {"PATH": f"{grader.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = [grader, "-c", GRADE, str(GRADE_TIMEOUT), json.dumps(transport(course)), LAB]
    # A file, not a pipe: what a lab has left running would hold a pipe open.
    with (course / "log.txt").open("w") as log:
        ran = subprocess.run(command, cwd=course, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    assert ran.returncode == 0, (course / "log.txt").read_text(errors="replace")[-10_000:]
    return course


@pytest.fixture(scope="module")
def marks(course) -> dict[tuple[str, str], tuple[float, float]]:
    """{(student, lab): (score, maximum)}, for a student with the solution, and one with the untouched lab."""
    marks = json.loads((course / "marks.json").read_text())
    return {(student, lab): (score, maximum) for student, lab, score, maximum in marks}


@pytest.mark.thorough
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_full_marks_for_the_solution_and_none_for_the_untouched_lab(path, marks):
    score, maximum = marks["solver", path.stem]
    assert score == maximum == sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in read(path).cells) > 0
    assert marks["untouched", path.stem] == (0, maximum)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_cell_that_is_written_or_judged_is_marked_so(path):
    for cell in read(path).cells:
        marked = dict(cell.metadata.get("nbgrader", {}))
        if cell.cell_type == "markdown":  # what a student writes there stays
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


@pytest.mark.thorough
def test_a_setup_cell_that_a_student_has_edited_is_restored(marks):
    assert marks["cheat", LAB] == (0, marks["solver", LAB][1])


@pytest.mark.thorough
def test_a_lab_in_which_a_student_has_copied_marked_cells_is_graded(marks):
    assert marks["copier", LAB] == marks["solver", LAB]


@pytest.mark.thorough
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_released_lab_is_the_lab_without_the_discussion(path, course):
    released = read(course / "release" / path.stem / path.name)
    text = "\n".join(cell.source for cell in released.cells)
    assert "## Discussion" not in text
    assert labs.BEGIN not in text
    lab = nbformat.from_dict(labs.derive(read(path), path.name))
    derived_from = labs.DERIVED_COMMENT.format(name=path.name) + "\n"
    assert [(cell.id, cell.source) for cell in released.cells] == [
        (cell.id, cell.source.replace(derived_from, "", 1)) for cell in lab.cells
    ]


@pytest.mark.thorough
def test_each_student_has_a_tally_of_their_own(marks, course):
    """The one before had all checks passed, and the kernels of all run for the same user."""
    passed = []
    for cell in read(course / "autograded" / "half" / LAB / f"{LAB}.ipynb").cells:
        for output in cell.get("outputs", []):
            passed += re.findall(r"(\d+) of \d+ checks passed", output.get("data", {}).get("text/plain", ""))
    assert passed == ["1", "2"]
    assert marks["half", LAB][0] == 2
    assert not (course / "progress").exists()


@pytest.mark.thorough
def test_the_feedback_says_what_was_wrong_and_has_no_dead_link_there(course):
    page = (course / "feedback" / "half" / LAB / f"{LAB}.html").read_text(encoding="utf-8")
    assert "Not yet: " in page
    assert "Look again at episode 03a" in page
    assert not re.search("<a [^>]*>Look again", page)  # no episodes lie there
    assert "Discussion" not in page
    assert str(ROOT) not in page


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)

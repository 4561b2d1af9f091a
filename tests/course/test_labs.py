"""labs/ is what solutions/ makes, as committed; deriving overwrites no learner's work."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from readiness import __main__ as command_line
from readiness.base.messages import UserError
from readiness.course import course_folder, labs
from tools.notebooks import derive_labs

ANSWER = """def double(n):
    \"\"\"Twice n.\"\"\"
    ### BEGIN SOLUTION
    half = n
    return half + n
    ### END SOLUTION


print(double(2))"""
STUB = '''def double(n):
    """Twice n."""
    raise NotImplementedError("your code here")


print(double(2))'''


def solution(answer=ANSWER):
    cell = new_code_cell(answer, id="double", execution_count=1, outputs=[new_output("stream", text="4")])
    discussion = new_markdown_cell("## Discussion", id="why", metadata={"tags": ["solution"]})
    setup = new_code_cell("import math", id="setup")
    return new_notebook(cells=[new_markdown_cell("# Double", id="title"), setup, cell, discussion])


def test_the_labs_are_what_the_solutions_make():
    assert sorted((derive_labs.COURSE / "solutions").glob("[0-9]*.ipynb"))
    assert list(derive_labs.violations([])) == []


def test_the_readme_lists_each_lab_with_its_title():
    readme = (derive_labs.COURSE / "README.md").read_text(encoding="utf-8")
    for path in sorted((derive_labs.COURSE / "solutions").glob("[0-9]*.ipynb")):
        first = nbformat.read(path, as_version=4).cells[0].source
        number, title = re.match(r"# Lab (\d\d(?:-\d)?): (.+)", first).groups()
        assert number == labs.number_of(path.name)
        assert f"| {number} | [" in readme
        assert f"](labs/{path.name})" in readme
        assert title


def test_a_region_becomes_a_stub_and_nothing_else_changes():
    made = solution()
    lab = labs.derive(made, "01-double.ipynb")
    assert [cell["id"] for cell in lab["cells"]] == ["title", "setup", "double"]
    assert lab["cells"][2]["source"] == STUB
    assert lab["cells"][2]["outputs"] == []
    assert lab["cells"][2]["execution_count"] is None
    assert made.cells[2].source == ANSWER


def test_a_lab_names_its_solution_in_its_metadata_and_in_its_first_code_cell():
    lab = labs.derive(solution(), "01-double.ipynb")
    assert lab["metadata"]["readiness"] == {"derived_from": "solutions/01-double.ipynb"}
    comment = "# Derived from solutions/01-double.ipynb by make labs: edit the solution, not this file.\n"
    assert [cell["source"].startswith(comment) for cell in lab["cells"]] == [False, True, False]


def test_the_name_of_the_solution_stands_below_the_line_that_a_collapsed_cell_shows():
    made = solution()
    made.cells[1].source = "# Given: the modules\nimport math"
    setup = labs.derive(made, "01-double.ipynb")["cells"][1]
    assert re.fullmatch(r"# Given: the modules\n# Derived from .*\nimport math", setup["source"])


@pytest.mark.parametrize("path", sorted((derive_labs.COURSE / "labs").glob("*.ipynb")), ids=lambda path: path.stem)
def test_each_committed_lab_names_its_solution(path):
    lab = nbformat.reads(derive_labs.committed(path) or path.read_text(encoding="utf-8"), as_version=4)
    if "-mine-" not in path.name:
        assert lab.metadata.readiness == {"derived_from": f"solutions/{path.name}"}
        first = next(cell for cell in lab.cells if cell.cell_type == "code")
        lines = [line for line in first.source.splitlines()[:2] if line.startswith("# ")]
        assert lines[-1].startswith(f"# Derived from solutions/{path.name} by make labs: ")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("pass", "no region"),
        (ANSWER.replace("### END SOLUTION", ""), "not closed"),
        (ANSWER.replace("### BEGIN SOLUTION", ""), "none has begun"),
        (ANSWER.replace("### END SOLUTION", "### BEGIN SOLUTION"), "within another"),
    ],
)
def test_a_solution_whose_marks_are_wrong_is_refused(answer, message):
    with pytest.raises(UserError, match=message):
        labs.derive(solution(answer), "01-double.ipynb")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small course of its own, under git, with one lab."""
    for name in ("solutions", "labs", "notebooks"):
        (tmp_path / name).mkdir()
    (tmp_path / course_folder.FIRST_LESSON).write_text("{}")
    nbformat.write(solution(), tmp_path / "solutions" / "01-double.ipynb")
    monkeypatch.setattr(derive_labs, "COURSE", tmp_path)
    monkeypatch.setattr(course_folder, "PACKAGE", tmp_path / "readiness")
    monkeypatch.chdir(tmp_path)
    assert list(derive_labs.write([], force=False)) == []
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def edited(course: Path) -> Path:
    lab = course / "labs" / "01-double.ipynb"
    lab.write_text(lab.read_text().replace("raise NotImplementedError", "return 2 * n  # mine"))
    return lab


def test_a_lab_that_was_edited_is_left_as_it_is_and_named(course):
    lab = edited(course)
    mine = lab.read_text()
    assert list(derive_labs.violations([])) == []  # what was committed is judged, not what a learner wrote
    [sentence] = derive_labs.write([], force=False)
    assert "labs/01-double.ipynb was edited" in sentence
    assert lab.read_text() == mine
    assert list(derive_labs.write(["01"], force=True)) == []
    assert "# mine" not in lab.read_text()


def test_an_unedited_lab_follows_its_solution(course):
    nbformat.write(solution(ANSWER.replace("double", "twice")), course / "solutions" / "01-double.ipynb")
    assert ["is not what" in sentence for sentence in derive_labs.violations([])].count(True) == 1
    assert list(derive_labs.write([], force=False)) == []
    assert "def twice" in (course / "labs" / "01-double.ipynb").read_text()


def test_make_labs_marks_a_solution_for_nbgrader_and_keeps_the_points(course):
    check = new_code_cell("# Check: it doubles.\n@lab.check('03a-x.ipynb#y')\ndef doubles(): ...", id="check")
    heavy = new_code_cell(
        "@lab.check('03a-x.ipynb#y')\ndef twice(): ...", id="heavy", metadata={"nbgrader": {"points": 3}}
    )
    text = new_markdown_cell("Notes", id="notes", metadata={"nbgrader": {"grade": True}})
    path = course / "solutions" / "01-double.ipynb"
    made = solution()
    made.cells += [check, heavy, text]
    nbformat.write(made, path)
    found = [sentence for sentence in derive_labs.violations([]) if "is not marked for nbgrader" in sentence]
    assert [sentence.split()[3] for sentence in found] == ["setup", "double", "check", "heavy", "notes"]
    assert list(derive_labs.write([], force=False)) == []
    found = {cell.id: cell.metadata.get("nbgrader") for cell in nbformat.read(path, as_version=4).cells}
    common = {"schema_version": 3, "task": False}
    assert found == {
        "title": None,
        "why": None,
        "notes": None,
        "setup": common | {"grade": False, "grade_id": "setup", "locked": True, "solution": False},
        "double": common | {"grade": False, "grade_id": "double", "locked": False, "solution": True},
        "check": common | {"grade": True, "grade_id": "check", "locked": True, "solution": False, "points": 1},
        "heavy": common | {"grade": True, "grade_id": "heavy", "locked": True, "solution": False, "points": 3},
    }
    text = path.read_text()
    assert list(derive_labs.write([], force=False)) == []
    assert path.read_text() == text


def test_a_lab_without_a_solution_is_a_violation(course):
    (course / "labs" / "02-lost.ipynb").write_text("{}")
    (course / "labs" / "01-double-mine-1.ipynb").write_text("{}")
    assert list(derive_labs.violations([])) == ["labs/02-lost.ipynb has no solution"]


def test_reset_gives_a_fresh_lab_and_keeps_the_old_one_beside_it(course, capsys):
    lab = edited(course)
    mine = lab.read_text()
    for number in (1, 2):
        lab.write_text(mine)
        assert command_line.main(["reset", "01"]) == 0
        kept = f"Your version is kept as labs/01-double-mine-{number}.ipynb."
        shown = capsys.readouterr().out
        assert shown.startswith(f"labs/01-double.ipynb is a fresh copy now. {kept} ")
        assert "Reload Notebook from Disk" in shown
    assert list(derive_labs.write([], force=False)) == []  # it is the very text that is committed
    assert command_line.main(["reset", "01"]) == 0
    assert capsys.readouterr().out == "labs/01-double.ipynb has no changes, so there is nothing to reset.\n"
    assert not (course / "labs" / "01-double-mine-3.ipynb").exists()
    assert (course / "labs" / "01-double-mine-1.ipynb").read_text() == mine
    assert json.loads(lab.read_text())["cells"][2]["source"] in (STUB, STUB.splitlines(keepends=True))
    assert nbformat.read(lab, as_version=4).cells[2].source == STUB


def texts(course: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (course / "labs").iterdir()}


def test_reset_in_another_folder_names_the_whole_path(course, capsys, tmp_path_factory, monkeypatch):
    lab = edited(course)
    mine = lab.read_text()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert command_line.main(["reset", "01"]) == 0
    kept = lab.with_name("01-double-mine-1.ipynb")
    assert f"{lab} is a fresh copy now. Your version is kept as {kept}." in capsys.readouterr().out
    assert kept.read_text() == mine
    os.rmdir(os.getcwd())
    assert command_line.main(["reset", "01"]) == 0  # also where the current folder is gone


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permissions")
def test_reset_where_the_labs_cannot_be_written_says_what_to_do_and_changes_nothing(course, capsys):
    edited(course)
    before = texts(course)
    labs.render_lab(course / "solutions" / "01-double.ipynb")  # what is imported late may be in a folder of root's
    uid = os.geteuid()
    modes = {folder: folder.stat().st_mode for folder in (course, *course.parents)}
    closed = {folder: mode for folder, mode in modes.items() if not mode & 0o1}
    (course / "labs").chmod(0o555)
    try:
        if uid == 0:  # root may write anywhere
            for folder in closed:
                folder.chmod(0o711)
            os.seteuid(65534)
        assert command_line.main(["reset", "01"]) == 1
    finally:
        os.seteuid(uid)
        (course / "labs").chmod(0o755)
        for folder, mode in closed.items() if uid == 0 else ():
            folder.chmod(mode)
    message = capsys.readouterr().err
    assert f"The folder {course / 'labs'} can't be written (Permission denied), so the lab is as it was." in message
    assert "Make a copy of the course in a folder of your own" in message
    assert texts(course) == before


@pytest.mark.parametrize("call", [1, 2])
def test_reset_that_is_broken_off_in_any_step_changes_nothing(call, course, monkeypatch, capsys):
    edited(course)
    before = texts(course)
    real, calls = os.replace, []

    def fails(source, target):
        calls.append(target)
        if len(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", fails)
    assert command_line.main(["reset", "01"]) == 1
    assert "(No space left on device), so the lab is as it was" in capsys.readouterr().err
    assert texts(course) == before


def test_reset_keeps_a_lab_that_is_no_text(course):
    lab = course / "labs" / "01-double.ipynb"
    lab.write_bytes(b"\xff\x00")
    assert command_line.main(["reset", "01"]) == 0
    assert lab.with_name("01-double-mine-1.ipynb").read_bytes() == b"\xff\x00"


def test_two_resets_at_once_choose_two_names(course):
    lab = course / "labs" / "01-double.ipynb"
    assert [labs.backup_path(lab).name for _ in range(2)] == ["01-double-mine-1.ipynb", "01-double-mine-2.ipynb"]


def test_reset_makes_a_lab_that_is_missing(course, capsys):
    shutil.rmtree(course / "labs")
    assert command_line.main(["reset", "01"]) == 0
    assert capsys.readouterr().out == "labs/01-double.ipynb is a fresh copy now.\n"


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "{}", "\0", '{"cells": 1, "nbformat": 4, "nbformat_minor": 5}'])
def test_reset_with_a_solution_that_is_no_notebook_says_what_to_do(text, course, capsys):
    edited(course)
    before = texts(course)
    (course / "solutions" / "01-double.ipynb").write_text(text)
    assert command_line.main(["reset", "01"]) == 1
    [message] = capsys.readouterr().err.splitlines()
    assert "01-double.ipynb can't be read as a notebook (" in message
    assert "get the file again" in message
    assert texts(course) == before


def test_reset_without_the_solutions_says_what_to_do(course, capsys):
    edited(course)
    before = texts(course)
    shutil.rmtree(course / "solutions")
    assert command_line.main(["reset", "01"]) == 1
    message = capsys.readouterr().err
    assert f"there is no folder {course / 'solutions'}" in message
    assert "get the lab again where you got the course" in message
    assert texts(course) == before


def test_reset_without_the_episodes_says_what_to_do(course, capsys):
    (course / course_folder.FIRST_LESSON).unlink()
    assert command_line.main(["reset", "01"]) == 1
    assert "install the course again, from its wheel or its cloned folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("03-select-any-descriptor.ipynb", "03"),
        ("12-2-ftp-passive-data.ipynb", "12-2"),
        ("04b-when-the-peer-has-gone.ipynb", "04b"),
        ("12-a-concurrent-ftp.ipynb", "12"),
        ("03-5000-descriptors.ipynb", "03"),
        ("README.md", ""),
    ],
)
def test_the_number_of_a_notebook_ends_where_its_name_begins(name, number):
    assert labs.number_of(name) == number


def test_each_of_several_labs_of_a_chapter_is_found_by_its_number(tmp_path):
    for name in ("03-a.ipynb", "12-1-b.ipynb", "12-2-c.ipynb", "12-2-c-mine-1.ipynb", "README.md"):
        (tmp_path / name).touch()
    assert labs.find_notebook(tmp_path, "12-2").name == "12-2-c.ipynb"
    for number in ("12", "1", "", "2-c"):
        with pytest.raises(UserError, match="choose among 03, 12-1, 12-2"):
            labs.find_notebook(tmp_path, number)


@pytest.mark.parametrize(("arguments", "message"), [(["reset"], "Say which lab"), (["reset", "77"], "choose among 01")])
def test_reset_says_what_it_needs(course, arguments, message, capsys):
    assert command_line.main(arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["report", "05"], ["--port", "99999"]])
def test_what_makes_no_sense_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
    assert "only reset takes" in (message := capsys.readouterr().err) or "is no port" in message


def test_a_python_without_jupyterlab_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "zmq", None)
    assert command_line.main([]) == 1
    assert "`make lab`" in capsys.readouterr().err

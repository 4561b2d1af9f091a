"""`python -m readiness copy DIR` makes a learner's copy of the course, and brings it up to date without a loss."""

import errno
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from readiness import __main__ as command_line
from readiness.course import course_folder, course_update, labs, learner_copy, progress
from tests.course.test_notebook_merge import code, notebook, prose

EPISODE, SECOND, LAB, GUIDE = (
    course_folder.FIRST_LESSON,
    "notebooks/01a-second.ipynb",
    "labs/03-double.ipynb",
    "labs/README.md",
)
ANSWER = 'def double(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION'  # fmt: skip


def text(*cells: dict, **metadata) -> str:
    return json.dumps(notebook(*cells, **metadata))


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def source(path: Path) -> dict[str, str]:
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]}


def files(root: Path) -> dict[str, bytes]:
    """The files in a folder without the hidden ones."""
    found = {path.relative_to(root): path for path in root.rglob("*") if path.is_file() or path.is_symlink()}
    return {path.as_posix(): found[path].read_bytes() for path in found if not path.parts[0].startswith(".")}


class Wheel:
    """An installed package whose lessons a test changes, as a newer wheel would."""

    def __init__(self, package: Path) -> None:
        self.lessons = package / "lessons"
        self.version = "0.1.0"
        self.write(EPISODE, text(prose("title", "# Start"), code("run", "1"), frozen=True))
        self.write(SECOND, text(prose("title", "# Second"), code("run", "2"), code("more", "3"), frozen=True))
        self.write(
            "solutions/03-double.ipynb", text(prose("title", "# Lab"), code("setup", ""), code("double", ANSWER))
        )
        self.write(LAB, labs.render_lab(self.lessons / "solutions/03-double.ipynb"))
        self.write(GUIDE, "Labs.\n")
        self.write("notebooks/pictures/a.png", "a picture")

    def write(self, name: str, content: str) -> None:
        write(self.lessons / name, content)


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Wheel:
    monkeypatch.setattr(course_folder, "which", lambda _name: sys.executable)
    made = Wheel(tmp_path / "site-packages" / "readiness")
    monkeypatch.setattr(course_folder, "PACKAGE", tmp_path / "site-packages" / "readiness")
    monkeypatch.setattr(course_folder.metadata, "version", lambda _name: made.version)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return made


@pytest.fixture
def mine(wheel, tmp_path, capsys) -> Path:
    """A copy of version 0.1.0; the installed course is a newer one then."""
    assert command_line.main(["copy", str(tmp_path / "mine")]) == 0
    capsys.readouterr()
    wheel.version = "0.2.0"
    return tmp_path / "mine"


def run(capsys, *arguments: object) -> tuple[int, str]:
    """Run a command; return its exit code, and what it printed on either stream."""
    status = command_line.main([str(word) for word in arguments])
    shown = capsys.readouterr()
    assert not (shown.out and shown.err)
    assert "Traceback" not in shown.err
    return status, shown.out or shown.err


# A new copy


def test_a_copy_has_what_a_learner_needs_and_says_how_to_go_on(wheel, tmp_path, capsys):
    wheel.write("labs/.ruff.toml", "")
    wheel.write("labs/03-double-mine-1.ipynb", "an own one, in a cloned course")
    wheel.write("notebooks/.ipynb_checkpoints/01a-second-checkpoint.ipynb", "{}")
    root = tmp_path / "a b" / "mine"
    status, shown = run(capsys, "copy", root)
    assert (status, shown.splitlines()) == (
        0,
        [
            f"Your own copy of the course is in {root}: 2 episodes, 1 labs and 1 solutions.",
            "Go on with:",
            f"  cd {course_folder.quoted(str(root))}",
            "  python -m readiness",
        ],
    )
    names = {EPISODE, SECOND, LAB, GUIDE, "solutions/03-double.ipynb", "notebooks/pictures/a.png"}
    assert files(root) == {name: (wheel.lessons / name).read_bytes() for name in names}


@pytest.mark.skipif(os.name == "nt", reason="quotes differ")
def test_a_command_can_be_typed_as_it_is_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a b" / "python"))
    assert course_folder.command("copy", "a b") == f"'{tmp_path}/a b/python' -m readiness copy 'a b'"
    write(tmp_path / "a b" / "python", "#!/bin/sh")
    (tmp_path / "a b" / "python").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "a b"))
    assert course_folder.command("copy", "a b") == "python -m readiness copy 'a b'"


def test_a_copy_in_the_home_folder_or_in_the_current_one(wheel, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert run(capsys, "copy", "~/mine")[0] == 0
    assert (tmp_path / "mine" / EPISODE).is_file()
    (tmp_path / "elsewhere" / ".venv").mkdir()  # as `python -m venv .venv` makes it
    assert run(capsys, "copy", ".")[1].splitlines()[1:] == ["Go on with:", "  python -m readiness"]


# The same copy, and a newer course


def test_an_untouched_copy_becomes_the_new_version(wheel, mine, capsys):
    wheel.write(EPISODE, text(prose("title", "# Begin"), frozen=True))
    wheel.write("notebooks/02a-third.ipynb", text(prose("title", "# Third")))
    (wheel.lessons / SECOND).unlink()
    status, shown = run(capsys, "copy", mine)
    assert status == 0
    assert shown.splitlines() == [
        f"The copy in {mine} has version 0.2.0 now.",
        f"Taken from the course (2): {EPISODE}, notebooks/02a-third.ipynb",
        f"Removed, because the course has it no longer (1): {SECOND}",
        "If one of these is open in JupyterLab, choose File, then Reload Notebook from Disk.",
    ]
    assert files(mine) == files(wheel.lessons)
    assert run(capsys, "copy", mine)[1].splitlines()[1:] == ["Nothing has changed."]


def test_the_changes_of_both_sides_are_merged(wheel, mine, capsys):
    write(mine / LAB, (mine / LAB).read_text().replace("raise NotImplementedError", "return 2 * n  # mine"))
    wheel.write(LAB, (wheel.lessons / LAB).read_text().replace("# Lab", "# A lab"))
    before = (mine / LAB).stat().st_mode
    shown = run(capsys, "copy", mine)[1]
    assert f"Merged: the course's changes and yours (1): {LAB}" in shown
    assert source(mine / LAB)["title"] == "# A lab"
    assert "# mine" in source(mine / LAB)["double"]
    assert (mine / LAB).stat().st_mode == before
    merged = files(mine)
    shown = run(capsys, "copy", mine)[1]
    assert shown.splitlines()[1:] == [
        f"Kept with your changes or results, because the course has changed nothing there (1): {LAB}"
    ]
    assert files(mine) == merged


@pytest.mark.parametrize(("name", "word"), [(SECOND, "Second"), (GUIDE, "Labs")])
def test_a_conflict_keeps_both(name, word, wheel, mine, capsys):
    path = mine / name
    begun = path.read_text()
    for number in ("", "-2"):
        ours, theirs = begun.replace(word, f"Mine{number}"), begun.replace(word, f"New{number}")
        write(path, ours)
        wheel.write(name, theirs)
        shown = run(capsys, "copy", mine)[1]
        aside = path.with_name(f"{path.stem}.mine{number}{path.suffix}")
        expected = "In conflict: you and the course changed the same part. Yours has the name in brackets (1): "
        assert f"{expected}{name} ({aside.relative_to(mine).as_posix()})" in shown
        assert aside.read_text() == ours
        assert path.read_text() == theirs
    assert "In conflict" not in run(capsys, "copy", mine)[1]


@pytest.mark.parametrize("content", ["", "<<<<<<< mine", "[]"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_broken_notebook_is_kept_and_replaced(content, is_new, wheel, mine, capsys):
    write(mine / SECOND, content)
    if is_new:
        wheel.write(SECOND, text(prose("title", "# 2")))
    shown = run(capsys, "copy", mine)[1]
    assert (
        f"it was no notebook. Yours has the name in brackets (1): {SECOND} (notebooks/01a-second.mine.ipynb)" in shown
    )
    assert (mine / "notebooks/01a-second.mine.ipynb").read_text() == content
    assert (mine / SECOND).read_bytes() == (wheel.lessons / SECOND).read_bytes()


def test_a_missing_file_comes_back_and_the_learners_own_files_stay(wheel, mine, capsys):
    (mine / EPISODE).unlink()
    write(mine / "labs" / "notes.txt", "my notes")
    write(mine / "notebooks" / "09z-mine.ipynb", "my notebook")
    assert f"Taken from the course (1): {EPISODE}" in run(capsys, "copy", mine)[1]
    assert (mine / EPISODE).read_bytes() == (wheel.lessons / EPISODE).read_bytes()
    assert (mine / "labs" / "notes.txt").read_text() == "my notes"
    assert (mine / "notebooks" / "09z-mine.ipynb").read_text() == "my notebook"


def test_a_dropped_file_that_was_touched_stays(wheel, mine, capsys):
    write(mine / SECOND, "mine")
    (wheel.lessons / SECOND).unlink()
    shown = run(capsys, "copy", mine)[1]
    assert f"Kept with your changes or results, although the course has it no longer (1): {SECOND}" in shown
    assert (mine / SECOND).read_text() == "mine"
    assert run(capsys, "copy", mine)[1].splitlines()[1:] == ["Nothing has changed."]


def test_a_new_file_takes_no_name_from_a_learners_own_file(wheel, mine, capsys):
    write(mine / "notebooks/02a-third.ipynb", own := text(code("x", "mine")))
    wheel.write("notebooks/02a-third.ipynb", text(code("x", "new")))
    assert "In conflict" in run(capsys, "copy", mine)[1]
    assert (mine / "notebooks/02a-third.mine.ipynb").read_text() == own


def test_a_read_only_file_and_a_link_stay_until_they_are_neither(wheel, mine, capsys, tmp_path):
    (mine / SECOND).chmod(0o444)
    target = tmp_path / "target.ipynb"
    (mine / LAB).rename(target)
    (mine / LAB).symlink_to(target)
    before = files(mine)
    for name in (SECOND, LAB):
        wheel.write(name, (wheel.lessons / name).read_text().replace("# ", "# A "))
    text = f"Kept, because the file is read-only or a link, although the course has a new version (2): {SECOND}, {LAB}"
    for _time in range(2):
        assert text in run(capsys, "copy", mine)[1]
        assert files(mine) == before
        assert (mine / LAB).is_symlink()
    (mine / SECOND).chmod(0o644)
    (mine / LAB).unlink()
    assert f"Taken from the course (2): {SECOND}, {LAB}" in run(capsys, "copy", mine)[1]
    assert target.read_bytes() == before[LAB]


def test_a_copy_that_is_newer_than_the_installed_course_is_left_alone(wheel, mine, capsys):
    wheel.version = "0.0.9"
    wheel.write(EPISODE, text(prose("title", "# Old")))
    before = files(mine)
    status, shown = run(capsys, "copy", mine)
    assert status == 1
    assert shown == (
        f"The copy in {mine} has version 0.1.0, and the installed course is older: version 0.0.9. "
        "Nothing was changed. Install version 0.1.0 first.\n"
    )
    assert files(mine) == before
    write(mine / course_folder.VERSION_FILE, "no version")
    assert run(capsys, "copy", mine)[0] == 0


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_breaks_off_in_any_step_leaves_whole_files_and_is_finished_by_the_same_command(
    error, wheel, mine, capsys, monkeypatch
):
    ours = text(prose("title", "# Mine"), code("run", "2"), code("more", "3"), frozen=True)
    write(mine / SECOND, ours)
    write(mine / LAB, own_lab := (mine / LAB).read_text().replace("raise NotImplementedError", "return 2 * n  # mine"))
    wheel.write(SECOND, text(prose("title", "# New"), code("run", "2")))
    wheel.write(LAB, (wheel.lessons / LAB).read_text().replace("# Lab", "# A lab"))
    wheel.write(EPISODE, text(prose("title", "# Begin")))
    names = (EPISODE, SECOND, LAB)
    old = {name: (mine / name).read_text() for name in names}
    untouched = shutil.copytree(mine, mine.with_name("untouched"))
    assert run(capsys, "copy", mine)[0] == 0
    finished = files(mine)
    real, calls = os.replace, 0
    for step in range(1, 50):
        shutil.rmtree(mine)
        shutil.copytree(untouched, mine)
        calls = 0

        def fails(source, target, step=step):
            nonlocal calls
            calls += 1
            if calls == step:
                raise error
            real(source, target)

        monkeypatch.setattr(os, "replace", fails)
        status, shown = run(capsys, "copy", mine)
        monkeypatch.setattr(os, "replace", real)
        if status == 0:
            break
        assert f"The copy in {mine} is not complete" in shown
        assert {name: (mine / name).read_text() for name in names}.items() <= {
            (name, content) for name in names for content in (old[name], finished[name].decode())
        }
        assert ours in {path.read_text() for path in (mine / "notebooks").glob("*.ipynb")}
        assert list(mine.rglob("*.new")) == []
        assert run(capsys, "copy", mine)[0] == 0
        assert files(mine) == finished
    assert step > 7
    assert "# mine" in own_lab


# Where no copy can be


def test_a_file_a_full_folder_and_no_name_are_refused(wheel, tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    for name in "fedcbaghi":
        write(tmp_path / "full" / name, name)
    before = files(tmp_path)
    assert run(capsys, "copy", tmp_path / "file") == (
        1,
        f"{tmp_path / 'file'} is a file: name a folder that does not exist yet.\n",
    )
    assert run(capsys, "copy", tmp_path / "full") == (
        1,
        f"{tmp_path / 'full'} is no copy of the course, and is not empty. It holds a, b, c, d, e and 4 more. "
        "Name another folder.\n",
    )
    for words in (["copy"], ["copy", ""]):
        assert run(capsys, *words) == (1, "Say in which folder, as in: python -m readiness copy whos-ready\n")
    assert "can't be made or written (Not a directory)" in run(capsys, "copy", tmp_path / "file" / "mine")[1]
    assert "can't be made or written (File name too long)" in run(capsys, "copy", tmp_path / ("x" * 300))[1]
    assert files(tmp_path) == before


def test_the_package_a_cloned_course_and_another_copy_are_refused(wheel, mine, tmp_path, capsys):
    write(tmp_path / "clone" / EPISODE, "{}")
    before = files(tmp_path)
    package = course_folder.PACKAGE
    for folder in (package, package / "lessons", package / "lessons" / "new"):
        assert run(capsys, "copy", folder)[1].endswith("is inside the installed package: name a folder elsewhere.\n")
    for folder in (tmp_path / "clone", tmp_path / "clone" / "new"):
        expected = f"{folder} is in a cloned course, which is no copy: {tmp_path / 'clone'}. Name a folder elsewhere.\n"
        assert run(capsys, "copy", folder) == (1, expected)
    for folder in (mine / "labs", mine / "new"):
        command = f"python -m readiness copy {mine}"
        expected = f"{folder} is inside another copy: to bring that copy up to date, type {command}.\n"
        assert run(capsys, "copy", folder) == (1, expected)
    assert files(tmp_path) == before


def test_a_link_to_a_folder_is_followed_but_not_into_a_course(wheel, tmp_path, capsys):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run(capsys, "copy", tmp_path / "link")[0] == 0
    assert (tmp_path / "real" / EPISODE).is_file()
    shutil.rmtree(tmp_path / "real" / "labs")
    (tmp_path / "real" / "labs").symlink_to(wheel.lessons / "labs")
    before = files(wheel.lessons)
    assert "is inside the installed package" in run(capsys, "copy", tmp_path / "real")[1]
    assert files(wheel.lessons) == before
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    status, shown = run(capsys, "copy", tmp_path / "loop")
    assert status == 1
    assert "loop" in shown


def test_a_folder_in_the_place_of_a_file_is_named(wheel, mine, capsys):
    (mine / SECOND).unlink()
    (mine / SECOND).mkdir()
    status, shown = run(capsys, "copy", mine)
    assert status == 1
    assert f"{mine / SECOND} can't be read or written (Is a directory)" in shown


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permissions")
def test_a_folder_that_cannot_be_written_is_named(wheel, mine, tmp_path, capsys):
    wheel.write(LAB, text(prose("title", "# New")))
    (tmp_path / "closed").mkdir(mode=0o555)
    (mine / "labs").chmod(0o555)
    before, uid = files(mine), os.geteuid()
    closed = {folder: folder.stat().st_mode for folder in tmp_path.parents if not folder.stat().st_mode & 0o1}
    owned = [path for path in (mine, *mine.rglob("*")) if path.name != "labs"]
    try:
        if uid == 0:  # root may write anywhere
            for path in owned:
                os.chown(path, 65534, -1)
            for folder in (*closed, tmp_path):
                folder.chmod(0o711)
            os.seteuid(65534)
        status, new = run(capsys, "copy", tmp_path / "closed" / "mine")
        assert (status, "can't be made or written (Permission denied): name a folder in which you" in new) == (1, True)
        status, shown = run(capsys, "copy", mine)
    finally:
        os.seteuid(uid)
        (mine / "labs").chmod(0o755)
        for folder, mode in closed.items():
            folder.chmod(mode)
    assert status == 1
    assert f"The copy in {mine} is not complete, because {mine / 'labs'}" in shown
    assert "(Permission denied). All your files are whole." in shown
    assert files(mine) == before


# What works in a copy, and away from it


def test_away_from_a_course_each_command_says_what_to_do(wheel, capsys):
    advice = (
        f"There is no course in {os.getcwd()}. If you have a copy of the course, go to its folder first. If not, type "
        "`python -m readiness copy whos-ready`, then `cd whos-ready` and `python -m readiness`.\n"
    )
    assert run(capsys) == (1, advice)
    assert run(capsys, "reset", "03") == (1, advice)
    status, shown = run(capsys, "report")
    assert status == 0
    assert shown.endswith(advice)
    os.rmdir(os.getcwd())
    assert run(capsys)[1].startswith("There is no course in .")


@pytest.mark.parametrize("folder", [".", "labs", "notebooks/pictures"])
def test_in_a_copy_it_opens_that_copy_and_report_names_it(folder, wheel, mine, capsys, monkeypatch):
    monkeypatch.chdir(mine / folder)
    assert course_folder.course_root() == mine
    assert run(capsys, "report")[1].endswith(f"The course is in {mine}.\n")


def test_the_launcher_says_if_the_copy_has_another_version(wheel, mine):
    command = f"python -m readiness copy {mine}"
    expected = f"This copy has version 0.1.0, and version 0.2.0 is installed. To update the copy: {command}"
    assert learner_copy.version_note(mine) == expected
    wheel.version = "0.1.0"
    assert learner_copy.version_note(mine) == ""
    assert learner_copy.version_note(wheel.lessons) == ""


def test_reset_makes_a_fresh_lab_in_the_copy_and_the_next_update_knows_it(wheel, mine, capsys, monkeypatch):
    monkeypatch.chdir(mine)
    write(mine / LAB, own := (mine / LAB).read_text().replace("raise NotImplementedError", "return 2 * n  # mine"))
    solution = wheel.lessons / "solutions/03-double.ipynb"
    for change in ("# A lab", "# The lab"):
        write(solution, solution.read_text().replace("# Lab", change).replace("# A lab", change))
        wheel.write(LAB, labs.render_lab(solution))
        if change == "# A lab":
            assert run(capsys, "reset", "03")[1].startswith(f"{LAB} is a fresh copy now.")
            assert (mine / "labs/03-double-mine-1.ipynb").read_text() == own
    shown = run(capsys, "copy", ".")[1]
    assert "In conflict" not in shown
    assert source(mine / LAB)["title"] == "# The lab"


def test_the_overview_lists_the_episodes_of_the_copy_and_no_own_version(wheel, mine, monkeypatch):
    write(mine / "notebooks/01a-second.mine.ipynb", "{}")
    write(mine / "notebooks/02a-third.ipynb", "{}")
    monkeypatch.chdir(mine / "notebooks")
    names = [path.name for path in progress.overview().episodes.values()]
    assert names == ["00a-start-here.ipynb", "01a-second.ipynb", "02a-third.ipynb"]
    monkeypatch.chdir(mine.parent)
    assert len(progress.overview().episodes) == 2


def test_the_copy_is_the_courses_own_files(tmp_path, capsys):
    """From this cloned course: every link of a copied page leads to a page of the copy."""
    assert run(capsys, "copy", tmp_path / "mine")[0] == 0
    root = tmp_path / "mine"
    pages = [path for path in root.rglob("*") if path.suffix in (".ipynb", ".md") and ".readiness" not in path.parts]
    assert len(pages) > 60
    dead = [
        f"{page.relative_to(root)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "." in link and not (page.parent / link).exists()
    ]
    assert dead == []
    assert len(course_update.originals()) == len(files(root))

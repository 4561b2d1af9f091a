"""The progress is the learner's own. No note is lost: not when several kernels write, and not where nothing can be."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readiness.course import progress_files, progress_store
from readiness.course.checks import Lab
from readiness.system import limits
from tests import ROOT

SECTION = "03a-three-bitmaps.ipynb#Call-it-again"
ENTRY = {"of": 9, "checks": {"first": True, "second": False}}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """A user's data folder, and a course without old progress."""
    for name in (progress_store.PROGRESS_ENV, progress_store.GRADING_ENV):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(progress_store, "OLD_FILE", tmp_path / "course" / ".progress.json")
    monkeypatch.setattr(progress_store.platformdirs, "user_data_path", lambda *a, **k: tmp_path / "data" / "readiness")
    (tmp_path / "course").mkdir()
    progress_store._open.cache_clear()
    return tmp_path


@pytest.fixture
def folder(home) -> Path:
    return home / "data" / "readiness" / "progress"


def texts(folder: Path) -> dict[str, object]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def old_file(home: Path, notes: object) -> Path:
    path = home / "course" / ".progress.json"
    path.write_text(notes if isinstance(notes, str) else json.dumps(notes))
    return path


def another_kernel() -> None:
    """Forget what this process keeps, as a new one would."""
    progress_store._open.cache_clear()


def test_each_lab_and_the_episodes_have_a_file_of_their_own(folder):
    progress_store.record_result("03", "a", True, 3)
    progress_store.record_result("12-1", "b", False, 9)
    progress_store.record_episode("04b")
    assert texts(folder) == {
        "03": {"03": {"of": 3, "checks": {"a": True}}},
        "12-1": {"12-1": {"of": 9, "checks": {"b": False}}},
        "episodes": {"episodes": ["04b"]},
    }
    assert not list(folder.glob("*.new"))
    another_kernel()
    assert progress_store.summary() == "Lab 03: 1 of 3 checks passed.\nLab 12-1: 0 of 9 checks passed."
    assert progress_store.episodes_run() == ["04b"]


def test_to_read_the_progress_writes_nothing(home, folder):
    old_file(home, {"03": ENTRY})
    assert progress_store.checks_passed("03") == 1
    assert not folder.exists()


def test_the_default_is_the_users_data_folder(tmp_path):
    program = "from readiness.course import progress_store as p; p.record_episode('01a'); print(p._files().folder)"
    env = {k: v for k, v in os.environ.items() if k not in (progress_store.PROGRESS_ENV, "XDG_DATA_HOME")}
    env |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    shown = subprocess.check_output([sys.executable, "-c", program], text=True, env=env, cwd=tmp_path).strip()
    if sys.platform == "linux":
        assert shown == str(tmp_path / ".local" / "share" / "readiness" / "progress")
    assert texts(Path(shown)) == {"episodes": {"episodes": ["01a"]}}


WRITE = """
import sys
from readiness.course import progress_store
number = int(sys.argv[1])
for n in range(500):
    if n % 4 == 0:
        progress_store.record_episode(f"{number}-{n}")
    else:
        progress_store.record_result(("03", f"1{number}", f"2{number}", "05")[n % 4], f"check_{number}_{n}", True, 9999)
"""


def test_several_kernels_write_at_once_and_no_note_is_lost(folder, monkeypatch):
    env = os.environ | {progress_store.PROGRESS_ENV: str(folder), "PYTHONPATH": str(ROOT)}
    kernels = [subprocess.Popen([sys.executable, "-c", WRITE, str(n)], env=env) for n in range(4)]
    assert [kernel.wait(120) for kernel in kernels] == [0] * 4
    notes = progress_store.load_progress()
    found = len(notes.pop("episodes")) + sum(len(entry["checks"]) for entry in notes.values())
    assert found == 2000


def test_a_kernel_that_is_killed_leaves_whole_files_and_no_lock(folder):
    env = os.environ | {progress_store.PROGRESS_ENV: str(folder), "PYTHONPATH": str(ROOT)}
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITE, "1"], env=env) as kernel:
            while not (folder / "05.json").exists() or len(folder.joinpath("05.json").read_text()) < 200:
                assert kernel.poll() is None
            kernel.kill()
        another_kernel()
        before = len(progress_store.load_progress()["05"]["checks"])
        progress_store.record_result("05", "mine", True, 9999)
        assert len(progress_store.load_progress()["05"]["checks"]) == before + 1
        (folder / "05.json").unlink()


def copied_package(folder: Path) -> Path:
    """The package as an installed wheel has it: without the course's folders."""
    skipped = shutil.ignore_patterns("__pycache__", "recordings")
    shutil.copytree(ROOT / "readiness", folder / "readiness", ignore=skipped)
    return folder


@pytest.mark.skipif(not hasattr(os, "setuid") or os.name == "nt", reason="the home folder is set as on Linux")
def test_in_an_installed_wheel_and_for_two_users_nothing_is_written_beside_the_package(tmp_path):
    package = copied_package(tmp_path / "site-packages")
    before = sorted(package.rglob("*"))
    program = (
        "import sys; from readiness.course.checks import Lab; import readiness; print(readiness.__file__)\n"
        "Lab('03', 2).check('03a-x.ipynb#y')(exec('def passes(): \"It passes.\"') or locals()['passes'])\n"
        "print(Lab('03', 2))"
    )
    for user in ("ann", "bo"):
        env = {"HOME": str(tmp_path / user), "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, cwd=tmp_path)
        assert str(package) in done.stdout
        assert "1 of 2 checks passed." in done.stdout
        assert texts(tmp_path / user / ".local/share/readiness/progress").keys() == {"03"}
    assert sorted(package.rglob("*")) == before


# Progress from before version 0.2


def test_old_progress_beside_the_course_is_taken_over_once_and_stays_where_it_is(home, folder):
    path = old_file(home, {"12a": ENTRY, "12b": ENTRY, "12c": ENTRY, "03": ENTRY, "episodes": ["00b", "01a"]})
    text = path.read_text()
    assert set(progress_store.load_progress()) == {"03", "12-1", "12-2", "12-3", "episodes"}
    assert Lab("12-1", total_checks=9).passed() == 1
    progress_store.record_result("12-1", "second", True, 9)
    assert texts(folder) == {
        "12-1": {"12-1": {"of": 9, "checks": {"first": True, "second": True}}},
        "12-2": {"12-2": ENTRY},
        "12-3": {"12-3": ENTRY},
        "03": {"03": ENTRY},
        "episodes": {"episodes": ["00b", "01a"]},
    }
    assert path.read_text() == text
    (folder / "03.json").unlink()  # a learner begins again
    another_kernel()
    progress_store.record_episode("02a")
    assert "03" not in progress_store.load_progress()


def test_newer_notes_count_more_than_those_that_are_taken_over(home, folder):
    progress_store.record_result("03", "second", True, 3)
    progress_store.record_result("03", "third", True, 3)
    progress_store.record_episode("05c")
    old_file(home, {"03": ENTRY, "episodes": ["00b"]})
    progress_store.record_result("04", "other", True, 3)
    assert progress_store.load_progress()["03"] == {
        "of": 3,
        "checks": {"first": True, "second": True, "third": True},
    }
    assert progress_store.episodes_run() == ["00b", "05c"]


def test_a_file_with_the_old_and_the_new_number_of_a_lab_loses_neither(home):
    old_file(home, {"12a": ENTRY, "12-1": {"of": 9, "checks": {"third": True}}})
    assert progress_store.load_progress()["12-1"]["checks"] == {"first": True, "second": False, "third": True}


def test_two_courses_are_both_taken_over(home, monkeypatch):
    old_file(home, {"03": ENTRY})
    progress_store.record_episode("01a")
    second = home / "second.json"
    second.write_text(json.dumps({"05": ENTRY}))
    monkeypatch.setattr(progress_store, "OLD_FILE", second)
    progress_store.record_episode("01b")
    assert set(progress_store.load_progress()) == {"03", "05", "episodes"}


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no such owner here")
def test_the_old_progress_of_another_user_is_not_taken_over(home, monkeypatch):
    old_file(home, {"03": ENTRY})
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    progress_store.record_episode("01a")
    assert progress_store.summary() == "No lab has been begun yet."


def test_a_file_that_the_variable_names_is_still_read(home, monkeypatch):
    named = home / "mine.json"
    named.write_text(json.dumps({"12e": ENTRY}))
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(named))
    progress_store.record_result("12-5", "second", True, 9)
    assert progress_store.checks_passed("12-5") == 2
    assert json.loads(named.read_text()) == {"12e": ENTRY}
    assert texts(home / "mine.json.d").keys() == {"12-5"}


@pytest.mark.parametrize("text", ["not JSON", "", "[]", '{"03": 1}', '{"03": {"of": 3}}', "[" * 100_000, "\0"])
def test_an_old_file_with_something_else_in_it_is_left_alone_with_a_sentence(text, home, capsys):
    path = old_file(home, text)
    for number in ("01a", "01b"):
        progress_store.record_episode(number)
    assert capsys.readouterr().out == f"{path} is not a file with your progress, so it is left as it is.\n"
    assert path.read_text() == text
    assert progress_store.episodes_run() == ["01a", "01b"]


# What goes wrong


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "",
        "[]",
        "7",
        '{"03": 1}',
        '{"03": {"checks": {}}}',
        '{"03": {"of": 3, "checks": {"a": "yes"}}}',
        "\0",
    ],
)
def test_a_file_with_something_else_in_it_is_kept_and_a_new_one_is_begun(text, folder, capsys):
    progress_store.record_result("05", "b", True, 2)
    for number in (1, 2):
        (folder / "03.json").write_text(text)
        another_kernel()
        assert progress_store.summary() == "Lab 05: 1 of 2 checks passed."
        progress_store.record_result("03", "a", True, 3)
        progress_store.record_result("03", "b", True, 3)
        kept = f"03-kept-{number}.txt"
        sentence = (
            f"{folder / '03.json'} was not a file with your progress. It is kept as {kept}, and a new one is begun."
        )
        assert capsys.readouterr().out == sentence + "\n"
        assert (folder / kept).read_text() == text
        assert progress_store.checks_passed("03") == 2


def test_a_file_that_cannot_be_read_is_not_replaced(folder, capsys):
    (folder / "03.json").mkdir(parents=True)  # root could read a file without permissions
    (folder / "03.json" / "mine").touch()
    progress_store.record_result("03", "a", True, 3)
    assert progress_store.checks_passed("03") == 1
    assert "Your progress is not saved" in capsys.readouterr().out
    assert (folder / "03.json" / "mine").exists()


def test_a_copy_of_a_file_is_not_counted(folder):
    progress_store.record_result("03", "a", True, 3)
    shutil.copy(folder / "03.json", folder / "03_copy.json")
    progress_store.record_result("03", "a", False, 3)
    assert progress_store.checks_passed("03") == 0


def test_a_folder_that_cannot_be_written_is_one_sentence_and_the_result_of_the_check_stands(home, monkeypatch, capsys):
    (home / "data").touch()  # root could write to a folder without permissions
    lab = Lab("03", total_checks=3)
    for name in ("first", "second"):

        def passes():
            """It passes."""

        passes.__name__ = name
        lab.check(SECTION)(passes)
    progress_store.record_episode("03a")
    shown = capsys.readouterr().out
    assert shown.count("Your progress is not saved, because the folder") == 1
    assert str(home / "data" / "readiness" / "progress") in shown
    assert "set READINESS_PROGRESS to a folder of your own" in shown
    assert shown.count("Passed: It passes.") == 2
    assert "2 of 3 checks passed." in shown
    assert progress_store.summary() == "Lab 03: 2 of 3 checks passed."
    (home / "data").unlink()
    progress_store.record_result("03", "third", True, 3)  # what could not be saved before is saved with it
    another_kernel()
    assert progress_store.checks_passed("03") == 3
    assert progress_store.episodes_run() == ["03a"]


def test_old_progress_counts_where_nothing_can_be_written(home, capsys):
    old_file(home, {"03": ENTRY})
    (home / "data").touch()
    progress_store.record_result("03", "third", True, 9)
    assert progress_store.checks_passed("03") == 2


def test_a_user_without_a_home_folder_gets_the_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(progress_store.platformdirs, "user_data_path", lambda *a, **k: Path("~/.local/share/readiness"))
    monkeypatch.chdir(tmp_path)
    progress_store.record_episode("01a")
    assert "can't be written (it has no full path)" in capsys.readouterr().out
    assert not (tmp_path / "~").exists()


def test_a_full_disk_leaves_the_old_notes_whole(folder, monkeypatch, capsys):
    progress_store.record_result("03", "a", True, 3)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        progress_store.record_result("03", "b", True, 3)
    assert "No space left" in capsys.readouterr().out or os.name == "nt"
    assert [path.name for path in folder.iterdir() if path.name.endswith(".new")] == []
    assert progress_store.checks_passed("03") == 2
    another_kernel()
    assert progress_store.checks_passed("03") == 1


OPEN_ALL = """
import os, resource
from readiness.course import progress_store
progress_store.record_result("03", "a", True, 3)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
opened = []
try:
    while True:
        opened.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    progress_store.record_result("03", "b", True, 3)
    print(progress_store.summary())
    os.close(opened.pop())
    os.close(opened.pop())
    progress_store.record_result("03", "c", True, 3)
    print(progress_store.summary())
"""


@pytest.mark.skipif(limits.fd_limits()[1] is None, reason="this system sets no such limit")
def test_descriptors_that_an_answer_has_not_closed_are_not_blamed_on_the_folder(folder):
    """The check says what is wrong. What it noted is saved when there is a descriptor again."""
    env = os.environ | {progress_store.PROGRESS_ENV: str(folder), "PYTHONPATH": str(ROOT)}
    shown = subprocess.check_output([sys.executable, "-c", OPEN_ALL], text=True, env=env)
    assert shown.splitlines() == ["Lab 03: 2 of 3 checks passed.", "Lab 03: 3 of 3 checks passed."]
    assert texts(folder)["03"]["03"]["checks"] == {"a": True, "b": True, "c": True}


def test_a_check_that_has_another_name_now_does_not_count_twice():
    for name in ("old_a", "a", "b"):
        progress_store.record_result("03", name, True, 2)
    assert str(Lab("03", total_checks=2)) == "2 of 2 checks passed."
    assert progress_store.summary() == "Lab 03: 2 of 2 checks passed."


# nbgrader grades all submissions on one machine


def test_while_nbgrader_grades_the_notes_are_in_memory_and_start_empty(folder, monkeypatch):
    progress_store.record_result("03", "a", True, 3)
    before = texts(folder)
    monkeypatch.setenv(progress_store.GRADING_ENV, "autograde")
    assert progress_store.load_progress() == {}
    progress_store.record_result("03", "b", True, 3)
    progress_store.record_result("03", "c", False, 3)
    progress_store.record_episode("01a")
    assert str(Lab("03", total_checks=3)) == "1 of 3 checks passed."
    another_kernel()
    assert progress_store.load_progress() == {}
    assert texts(folder) == before


def test_the_lock_is_waited_for_and_then_done_without(folder, monkeypatch):
    progress_store.record_episode("01a")
    monkeypatch.setattr(progress_files, "LOCK_TIMEOUT", 0.05)
    with progress_files.file_lock(folder / ".lock", 1):
        progress_store.record_episode("01b")
    assert progress_store.episodes_run() == ["01a", "01b"]

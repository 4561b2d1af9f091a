"""Each lab: untouched, each of its checks fails with NotWrittenError; its solution passes twice, other right ones pass,
and each wrong answer is caught by the check that is there for it, before any other, with a message that helps.

The cells run in this process, as IPython would run them; `--nbval-lax` runs the solutions in a kernel.
"""

import contextlib
import importlib
import os
import re
import threading
import time
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from readiness.course import checks, labs, progress_store
from tests import ROOT
from tools.labs import stubs
from tools.labs.answers import by_cell, first_failure, is_check, run
from tools.lessons import episode

SOLUTIONS = sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))
ANSWER_TIMEOUT = 30  # seconds after which even a wrong answer that hangs has its message


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


@pytest.fixture
def other_files(tmp_path):
    """A thread that opens and closes a file and its directory, as IPython's does when it stores a cell in its history.

    SQLite opens the directory of its journal, and fsyncs it.
    """
    ended = threading.Event()

    def write():
        while not ended.is_set():
            with contextlib.suppress(OSError), (tmp_path / "other").open("w"):  # a check may leave no descriptor
                directory = os.open(tmp_path, os.O_RDONLY)
                ended.wait(0.002)
                os.close(directory)
            ended.wait(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    ended.set()
    thread.join()


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def lab_of(path: Path) -> nbformat.NotebookNode:
    """Derive the lab again: what stands in labs/ may be a learner's own."""
    return nbformat.from_dict(labs.derive(read(path), path.name))


def number_of(path: Path) -> str:
    """As in the file's name: 05, 12-1."""
    return labs.number_of(path.name)


def answers_of(path: Path) -> ModuleType:
    """The module with answers to a lab, such as lab_12_1."""
    return importlib.import_module(f"tests.course.wrong_answers.lab_{number_of(path).replace('-', '_')}")


def wrong_answers(path: Path) -> dict[str, list[tuple]]:
    """{check: [(cell, answer, words of the message)]}; an answer to several cells is ({cell: answer}, words)."""
    return answers_of(path).ANSWERS


def right_answers(path: Path) -> list[tuple]:
    """[(method in words, cell, answer)]; an answer to several cells is (method in words, {cell: answer})."""
    return getattr(answers_of(path), "RIGHT", [])


def often(number: int) -> list[pytest.MarkDecorator]:
    """The first answer of a kind runs with every make test, the others with make thorough."""
    return [pytest.mark.thorough] if number > 1 else []


WRONG_ANSWERS = [
    pytest.param(
        *(path, check, by_cell(*answer[:-1]), answer[-1]),
        id=f"{number_of(path)}-{check}-{number}",
        marks=often(number),
    )
    for path in SOLUTIONS
    for check, answers in wrong_answers(path).items()
    for number, answer in enumerate(answers, 1)
]

RIGHT_ANSWERS = [
    pytest.param(
        *(path, by_cell(*answer[1:])),
        id=f"{number_of(path)}-right-{number}-{answer[0].replace(' ', '-')}",
        marks=often(number),
    )
    for path in SOLUTIONS
    for number, answer in enumerate(right_answers(path), 1)
]

STUBS = [
    pytest.param(path, cell.id, what, source, id=f"{number_of(path)}-stub-{what}")
    for path in SOLUTIONS
    for cell in read(path).cells
    if cell.cell_type == "code"
    for what, source in stubs.stubs(cell).items()
]


def test_there_are_labs_and_wrong_answers():
    assert SOLUTIONS
    assert WRONG_ANSWERS


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
class TestLab:
    def test_it_has_the_checks_that_it_says(self, path):
        nb = read(path)
        source = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
        stated = int(re.search(r'Lab\("\d\d(?:-\d)?", total_checks=(\d+)\)', source)[1])
        assert sum(map(is_check, nb.cells)) == source.count("@lab.check(") == stated

    def test_untouched_each_check_says_that_its_code_is_not_written_and_nothing_else(self, path):
        raised = run(lab_of(path))
        assert raised
        assert {type(error) for error in raised.values()} == {checks.NotWrittenError}

    def test_the_solution_passes_twice(self, path):
        nb, names = read(path), {"__name__": "__main__"}
        for _ in range(2):
            raised = run(nb, names=names)
            assert set(raised.values()) == {None}, raised
        assert re.fullmatch(r"Lab \d\d(?:-\d)?: (\d+) of \1 checks passed\.", progress_store.summary())

    @pytest.mark.thorough
    def test_the_solution_passes_while_another_thread_opens_files(self, path, other_files):
        raised = run(read(path), names={"__name__": "__main__"})
        assert set(raised.values()) == {None}, raised

    def test_every_check_has_its_wrong_answers(self, path):
        assert set(wrong_answers(path)) == set(run(lab_of(path)))

    def test_it_opens_closes_and_helps_like_every_lab(self, path):
        prose = "\n".join(cell.source for cell in lab_of(path).cells if cell.cell_type == "markdown")
        for part in (" minutes", "What you'll write", "<details><summary>Hint", "## What you can now say"):
            assert part in prose
        assert "## Discussion" not in prose
        assert "## Discussion" in "\n".join(cell.source for cell in read(path).cells)
        assert "!" not in re.sub(r"`[^`]*`", "", prose)

    def test_every_check_sends_to_a_section_that_is_there(self, path):
        source = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
        for lesson, section in re.findall(r'@lab\.check\("([\w-]+\.ipynb)#([^"]+)"', source):
            prose = [c.source for c in read(ROOT / "notebooks" / lesson).cells if c.cell_type == "markdown"]
            heads = re.findall(r"^#+ (.+)$", "\n".join(prose), re.MULTILINE)
            assert section in [head.replace(" ", "-") for head in heads]
            closing = [part.replace(" ", "-") for part in episode.CLOSING_PARTS]
            assert section not in closing, "what a lab needs is not optional"


@pytest.mark.parametrize(("path", "answers"), RIGHT_ANSWERS)
def test_another_right_answer_passes(path, answers):
    raised = run(read(path), answers)
    assert set(raised.values()) == {None}, raised


@pytest.mark.parametrize(("path", "check", "answers", "pattern"), WRONG_ANSWERS)
def test_a_wrong_answer_is_caught_by_its_check(path, check, answers, pattern):
    started = time.monotonic()
    raised = run(read(path), answers)
    if first_failure(raised) != check:  # on a busy machine a check that measures may fail first
        raised = run(read(path), answers)
    assert first_failure(raised) == check, raised
    assert isinstance(raised[check], checks.CheckError)
    message = str(raised[check])
    assert re.search(pattern, message), message
    assert "Look again at episode" in message
    assert time.monotonic() - started < ANSWER_TIMEOUT


@pytest.mark.parametrize(("path", "cell", "what", "source"), STUBS)
def test_a_function_that_is_missing_or_misspelt_or_inherited_fails_in_its_own_check(path, cell, what, source):
    nb = read(path)
    own = stubs.own_checks(nb, cell, what.partition("-")[0])
    raised = run(nb, {cell: source})
    if first_failure(raised) not in own:  # on a busy machine a check may exceed its time limit before it
        raised = run(nb, {cell: source})
    failed = first_failure(raised)
    assert failed in own, f"{failed} fails first, and not one of {own}"
    assert isinstance(raised[failed], checks.CheckError | checks.NotWrittenError)

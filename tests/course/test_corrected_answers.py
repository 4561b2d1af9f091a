"""A correction counts: after a wrong answer, the right one passes when only its cell and the check run again.

So no cell with helpers keeps the learner's function or class from the moment when that cell ran.
"""

import nbformat
import pytest

from readiness.course import checks, labs, progress_store
from tests import ROOT
from tests.course.test_lab_answers import wrong_answers
from tools.labs.answers import by_cell, check_name, is_check, run, sources

SLOW = {"05", "07", "09"}
"""Labs in which a check of a wrong answer waits for a deadline: 20 to 40 seconds for the lab."""

SOLUTIONS = [
    pytest.param(path, id=number, marks=[pytest.mark.thorough] if number in SLOW else [])
    for path in sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))
    for number in [labs.number_of(path.name)]
]


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


def execute(source: str, names: dict) -> None:
    exec(compile(source, "<cell>", "exec"), names)


@pytest.mark.parametrize("path", SOLUTIONS)
def test_a_check_judges_the_answer_that_is_there_now(path):
    nb, names = nbformat.read(path, as_version=4), {"__name__": "__main__"}
    assert set(run(nb, names=names).values()) == {None}
    cells = {cell.id: cell.source for cell in nb.cells if cell.cell_type == "code"}
    check_cells = {check_name(cell): cell.source for cell in nb.cells if is_check(cell)}
    for check, answers in wrong_answers(path).items():
        wrong = sources(nb, by_cell(*answers[0][:-1]))
        for source in wrong.values():
            execute(source, names)
        with pytest.raises(checks.CheckError):
            execute(check_cells[check], names)
        for cell in wrong:
            execute(cells[cell], names)
        execute(check_cells[check], names)

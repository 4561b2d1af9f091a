"""A long lab can be continued at its break: the second half needs no answer of the first one.

A learner who has restarted the kernel runs the cells above the break again, whatever is written in them by then.
"""

import pytest
from nbformat import NotebookNode

from readiness.course import labs, progress_store
from tests.course.test_lab_answers import SOLUTIONS, number_of, read, run
from tools.labs import stubs
from tools.labs.answers import check_name, is_check
from tools.lessons import plan

LONG = [path for path in SOLUTIONS if plan.lab_minutes(read(path), path.name) > plan.MAX_LAB]


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


def halves(nb: NotebookNode, name: str) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """Return the cells above the break of a lab, and those below it."""
    heading = f"## {plan.lab_break(nb, name)[0]}\n"
    first = next(number for number, cell in enumerate(nb.cells) if heading in cell.source)
    return nb.cells[:first], nb.cells[first:]


def test_there_are_long_labs():
    assert LONG


@pytest.mark.parametrize("path", LONG, ids=number_of)
def test_each_half_has_35_minutes_at_most(path):
    nb = read(path)
    first = plan.lab_break(nb, path.name)[1]
    assert max(first, plan.lab_minutes(nb, path.name) - first) <= plan.MAX_LAB


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("path", LONG, ids=number_of)
def test_the_second_half_passes_without_the_answers_of_the_first(path):
    nb = read(path)
    above, below = halves(nb, path.name)
    answers = [cell for cell in below if labs.BEGIN in cell.source]
    written = {function.name for cell in answers for function in stubs.functions(cell)}
    judged = [check_name(cell) for cell in below if is_check(cell) and set(stubs.answer_names(cell)) <= written]
    assert judged
    for cell in above:
        if labs.BEGIN in cell.source:
            cell.source = labs._replace_solutions(cell.source, cell.id)[0]
    raised = run(nb)
    assert {name: raised[name] for name in judged} == dict.fromkeys(judged)

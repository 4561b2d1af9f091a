"""Marks are fair: a function that is not solved costs its own checks, and little of what the others have earned.

The cells run in this process, as in test_lab_answers.py. It needs no nbgrader.
"""

import ast
import functools
import re
from pathlib import Path

import pytest
from nbformat import NotebookNode

from readiness.course import labs, progress_store
from tests.course.test_lab_answers import SOLUTIONS, is_check, number_of, read, run

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # of stubs
]

TOLERANCE = 0.1
"""The part of a lab's points that one unsolved function may cost beyond its share."""

EXCEPTIONS: dict[tuple[str, str], float] = {
    # Their checks do not yet say which answers they judge, or need another answer to run.
}
"""{(lab, cell of the answer): points that it costs}, with a reason."""


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


def answer_cells(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if labs.BEGIN in cell.source]


def points(cell: NotebookNode) -> float:
    return cell.metadata.nbgrader.points


def defined(cell: NotebookNode) -> set[str]:
    """Return the names that an answer cell defines: of functions, and of classes with and without their methods."""
    names = set()
    for node in ast.parse(cell.source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
            names |= {f"{node.name}.{part.name}" for part in ast.walk(node) if isinstance(part, ast.FunctionDef)}
    return names


def judged(check: NotebookNode) -> set[str]:
    """Return what a check says that it judges: `answer=` of `@lab.check`."""
    call = next(
        decorator
        for node in ast.parse(check.source).body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
    )
    value = next((keyword.value for keyword in call.keywords if keyword.arg == "answer"), None)
    names = ast.literal_eval(value) if value is not None else ()
    return {names} if isinstance(names, str) else set(names)


def shares(nb: NotebookNode) -> dict[str, dict[str, float]]:
    """{answer's cell id: {check's cell id: points}}: the points of a check are divided among the answers it judges.

    A check that does not name them judges the last answer before it.
    """
    answers = answer_cells(nb)
    found: dict[str, dict[str, float]] = {cell.id: {} for cell in answers}
    last = None
    for cell in nb.cells:
        if cell in answers:
            last = cell
        elif is_check(cell):
            names = judged(cell)
            judges = [answer for answer in answers if names & defined(answer)] if names else [last]
            assert judges, f"{cell.id} judges {names}, which no cell defines"
            for answer in judges:
                found[answer.id][cell.id] = points(cell) / len(judges)
    return found


@functools.cache
def without(path: Path, cell_id: str) -> dict[str, float]:
    """{check's cell id: points that are lost} if only the answer in this cell is left as the lab has it."""
    nb = read(path)
    names = {re.search(r"^def (\w+)", cell.source, re.MULTILINE)[1]: cell for cell in nb.cells if is_check(cell)}
    for cell in nb.cells:
        if cell.id == cell_id:
            cell.source = labs._replace_solutions(cell.source, cell_id)[0]
    return {names[name].id: points(names[name]) for name, error in run(nb).items() if error is not None}


ANSWERS = [
    pytest.param(path, cell.id, id=f"{number_of(path)}-{cell.id}")
    for path in SOLUTIONS
    for cell in answer_cells(read(path))
]


def lost_and_allowed(path: Path, cell_id: str) -> tuple[float, float]:
    """Return the points that are lost without this answer, and the points that may be lost."""
    nb = read(path)
    total = sum(map(points, filter(is_check, nb.cells)))
    return sum(without(path, cell_id).values()), sum(shares(nb)[cell_id].values()) + TOLERANCE * total


@pytest.mark.parametrize(("path", "cell_id"), ANSWERS)
def test_one_function_that_is_not_solved_costs_about_its_share(path, cell_id):
    lost, allowed = lost_and_allowed(path, cell_id)
    own, failed = set(shares(read(path))[cell_id]), set(without(path, cell_id))
    excepted = EXCEPTIONS.get((number_of(path), cell_id), 0)
    alone = {check for check in own if sum(check in checks for checks in shares(read(path)).values()) == 1}
    assert alone or excepted, "no check judges this answer alone"
    assert alone <= failed, f"without the answer these checks of its own pass: {sorted(alone - failed)}"
    allowed = max(allowed, excepted)
    assert lost <= allowed, f"{lost:g} points are lost, {allowed:g} at most are fair; of others: {sorted(failed - own)}"


@pytest.mark.parametrize(("path", "cell_id"), ANSWERS)
def test_no_exception_is_out_of_date(path, cell_id):
    if excepted := EXCEPTIONS.get((number_of(path), cell_id)):
        lost, allowed = lost_and_allowed(path, cell_id)
        assert allowed < lost == excepted


def test_every_exception_is_an_answer():
    assert set(EXCEPTIONS) <= {(number_of(param.values[0]), param.values[1]) for param in ANSWERS}

"""Every mutant of a lab's solution is caught by a check, or is listed with the reason why it is as right."""

import time

import pytest

from readiness.course import labs
from tests.course.equivalent_mutants import EQUIVALENT
from tools.lessons import episode
from tools.mutants.__main__ import describe
from tools.mutants.mutate import mutants
from tools.mutants.run import KILLED, run_all

SOLUTIONS = {labs.number_of(path.name): path for path in sorted(episode.SOLUTIONS.glob("[0-9]*.ipynb"))}
AT_LEAST = 100  # mutants of a lab
EQUIVALENT_SHARE = 0.05  # of them at most
PROCESSES = 2


def test_every_lab_has_its_place_in_the_table():
    assert SOLUTIONS
    assert list(EQUIVALENT) == list(SOLUTIONS)


def is_surprising(result, number: str) -> bool:
    """It survives and is not listed, or it is listed and a check catches it."""
    return (result.outcome == KILLED) == (result.mutant.id in EQUIVALENT[number])


@pytest.mark.parametrize("number", SOLUTIONS)
class TestMutants:
    def test_there_are_enough(self, number):
        assert len(mutants(episode.read(SOLUTIONS[number]))) >= AT_LEAST

    def test_what_is_listed_is_there_and_has_a_reason(self, number):
        found = mutants(episode.read(SOLUTIONS[number]))
        assert set(EQUIVALENT[number]) <= {mutant.id for mutant in found}
        assert all(" " in reason and "\n" not in reason for reason in EQUIVALENT[number].values())
        assert len(EQUIVALENT[number]) <= EQUIVALENT_SHARE * len(found)

    @pytest.mark.thorough
    def test_each_is_caught_or_listed(self, number):
        nb, started = episode.read(SOLUTIONS[number]), time.monotonic()
        results = list(run_all(nb, mutants(nb), PROCESSES))
        surprising = [result.mutant for result in results if is_surprising(result, number)]
        again = [result for result in run_all(nb, surprising) if is_surprising(result, number)]  # the machine was busy
        print(f"Lab {number}: {len(results)} mutants, {time.monotonic() - started:.0f} seconds")
        assert not again, "\n".join(map(describe, again))

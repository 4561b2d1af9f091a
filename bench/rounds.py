"""Rounds: measure several subjects in turn, so that all of them meet the same conditions.

A subject is what is compared, such as a server. The first round is a warm-up. A round that other programs disturbed is
measured again.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bench.figures import Figure, figure
from bench.neighbours import QUIET, Neighbours

Subject = TypeVar("Subject", bound=Hashable)
Result = TypeVar("Result")


def rotated(subjects: Sequence[Subject], number: int) -> list[Subject]:
    """Return the subjects in the order of round `number`. Each round begins with another subject."""
    first = number % len(subjects)
    return [*subjects[first:], *subjects[:first]]


@dataclass
class Rounds(Generic[Subject, Result]):
    """The results of all rounds.

    Attributes:
        results: for each round, the result of each subject.
        cores: for each round, how many cores other programs used.
        repeated: the number of rounds that were measured again.
    """

    results: list[dict[Subject, Result]] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)
    repeated: int = 0

    def of(self, subject: Subject) -> list[Result]:
        """Return the results of one subject, in the order of the rounds."""
        return [results[subject] for results in self.results]

    @property
    def quiet(self) -> bool:
        """True if other programs disturbed no round."""
        return max(self.cores, default=0.0) <= QUIET


def take_turns(
    subjects: Sequence[Subject], measure: Callable[[Subject], Result], count: int
) -> Rounds[Subject, Result]:
    """Measure each subject once in each round, and return the results of `count` rounds.

    A round is measured again if other programs used more than `QUIET` cores. After `count` such rounds the machine
    counts as not quiet, and the least disturbed rounds are returned.

    Args:
        subjects: the subjects, in the order of the first round.
        measure: a function that measures one subject.
        count: the number of rounds without the warm-up.
    """
    tried: list[tuple[float, int, dict[Subject, Result]]] = []
    for number in range(-1, 2 * count):
        meter = Neighbours()
        results = {subject: measure(subject) for subject in rotated(subjects, number)}
        if number >= 0:
            tried.append((meter.cores(), number, results))
        if sum(cores <= QUIET for cores, _number, _results in tried) == count:
            break
    kept = sorted(sorted(tried, key=lambda one: one[:2])[:count], key=lambda one: one[1])
    return Rounds([results for *_, results in kept], [cores for cores, *_ in kept], len(tried) - count)


def noise_line(figures: Sequence[Figure], rounds: Sequence[Rounds]) -> str:
    """Return a sentence that says how noisy a table is.

    Args:
        figures: the figures in the table.
        rounds: all rounds of the table.
    """
    usual, worst = figure(one.spread for one in figures).median, max(one.spread for one in figures)
    cores = max((max(one.cores, default=0.0) for one in rounds), default=0.0)
    repeated = sum(one.repeated for one in rounds)
    text = f"Interquartile range: {usual:.1%} of the median in the middle figure, {worst:.1%} in the worst. "
    text += f"Other programs used at most {cores:.0%} of a core in a round."
    if repeated:
        text += f" Rounds measured again: {repeated}."
    if cores > QUIET:
        text += f" **The machine was not quiet** (above {QUIET:.0%}): repeat this bench."
    return text + "\n"

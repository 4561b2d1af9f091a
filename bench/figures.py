"""Figures: what the rounds of a measurement have in common, how much they differ, and whether a goal is reached.

This module measures nothing.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MET, MISSED, NOT_DECIDED = "met", "**missed**", "*not decided*"


class Figure(NamedTuple):
    """The median of several rounds, and the quartiles. Half of the rounds are between the quartiles.

    Attributes:
        median: the median.
        low: the lower quartile.
        high: the upper quartile.
    """

    median: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """The interquartile range as a share of the median; 0.01 is 1 %."""
        return (self.high - self.low) / abs(self.median) if self.median else 0.0


def figure(values: Iterable[float]) -> Figure:
    """Return the median and the quartiles of `values`, which has one value for each round."""
    values = list(values)
    if len(values) == 1:
        return Figure(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, low, high)


def ratio(values: Sequence[float], base: Sequence[float]) -> Figure:
    """Return the figure of the ratios `values` / `base`, with one ratio for each round.

    A round measures both at nearly the same time. So their ratio changes less than each of them.
    """
    return figure(value / other for value, other in zip(values, base, strict=True))


class Goal(NamedTuple):
    """A goal: the interval in which a figure must be.

    Attributes:
        what: what is measured.
        low: the smallest value that reaches the goal.
        high: the largest value that reaches the goal.
        unit: the unit of the figure, such as "×".
    """

    what: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""

    def __str__(self) -> str:
        if math.inf in (-self.low, self.high):
            sign, limit = ("≤", self.high) if self.low == -math.inf else ("≥", self.low)
            return f"{sign} {limit:,g} {self.unit}".strip()
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()


def verdict(goal: Goal, found: Figure, quiet: bool = True) -> str:
    """Return whether the goal is met, missed or not decided.

    It is met if both quartiles are in the interval of the goal, and missed if both are on the same side outside. It is
    not decided if a limit of the goal is between the quartiles, or if the machine was not quiet.
    """
    if not quiet:
        return NOT_DECIDED
    if goal.low <= found.low and found.high <= goal.high:
        return MET
    return MISSED if found.high < goal.low or found.low > goal.high else NOT_DECIDED

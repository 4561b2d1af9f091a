"""A number from a caller is in its range, or a sentence says which range that is; a time to wait is at most a day."""

import math

import pytest

from readiness.base.bounds import LONGEST_WAIT, bounded_wait, require_count, require_positive
from readiness.base.messages import UserError


@pytest.mark.parametrize(
    ("seconds", "bounded"),
    [(2, 2), (0, 0), (-1, 0), (math.nan, 0), (1e10, LONGEST_WAIT), (math.inf, LONGEST_WAIT), (-math.inf, 0)],
)
def test_a_wait_is_at_least_0_and_at_most_a_day(seconds, bounded):
    assert bounded_wait(seconds) == bounded


def test_numbers_in_their_range_are_taken():
    require_positive(first=1e-9, second=math.inf, third=7)
    require_positive(most=3, first=3)
    require_count(1, 3, first=1, second=3)


@pytest.mark.parametrize("number", [0, -1, math.nan, -math.inf, 2**1024, None, "1"])
def test_what_is_not_above_0_is_refused(number):
    with pytest.raises(UserError, match=r"^idle is .*: choose a number above 0\.$"):
        require_positive(other=1, idle=number)


def test_a_number_above_the_most_is_refused():
    with pytest.raises(UserError, match=r"^delay is inf: choose a number above 0, and at most 1,000\.$"):
        require_positive(most=1000, delay=math.inf)


@pytest.mark.parametrize("count", [0, 65, -1, 2**40, 1.5, math.nan, None, "8"])
def test_what_is_no_count_is_refused(count):
    with pytest.raises(UserError, match=r"^workers is .*: choose a whole number from 1 to 64\.$"):
        require_count(1, 64, other=1, workers=count)

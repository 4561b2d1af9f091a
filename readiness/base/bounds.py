"""Bounds for the numbers that a caller passes: seconds to wait, counts.

A wrong number would be refused much later, in another thread or process, or would be a wait without an end.
"""

import math
import sys
from numbers import Integral, Real

from readiness.base.messages import UserError, _

LONGEST_WAIT = 86_400.0  # seconds, a day: poll(2) and epoll_wait(2) take an int of milliseconds, at most 24.8 days


def bounded_wait(seconds: float) -> float:
    """Return `seconds`, but at least 0 and at most `LONGEST_WAIT`. NaN becomes 0."""
    return min(max(0.0, seconds), LONGEST_WAIT)


def require_positive(most: float = math.inf, **numbers: float) -> None:
    """Raise an error if one of the numbers, such as the seconds of a timeout, is not above 0.

    Args:
        most: the greatest number that is allowed.
        numbers: the numbers, by the names of the parameters that they were passed for.

    Raises:
        UserError: A number is 0, negative, NaN or greater than `most`, or it is not a number. Or it is an int that no
            float can hold, so that no time can be calculated with it.
    """
    for name, number in numbers.items():
        if not (isinstance(number, Real) and 0 < number <= most and (number <= sys.float_info.max or number == most)):
            up_to = "" if most == math.inf else _(", and at most {most:,.0f}").format(most=most)
            text = _("{name} is {value!r}: choose a number above 0{up_to}.")
            raise UserError(text.format(name=name, value=number, up_to=up_to))


def require_count(least: int, most: int, **counts: int) -> None:
    """Raise an error if one of the counts is not a whole number from `least` to `most`.

    Args:
        least: the least number that is allowed.
        most: the greatest number that is allowed.
        counts: the numbers, by the names of the parameters that they were passed for.

    Raises:
        UserError: A count is out of range, or not a whole number.
    """
    for name, count in counts.items():
        if not (isinstance(count, Integral) and least <= count <= most):
            text = _("{name} is {value!r}: choose a whole number from {least:,} to {most:,}.")
            raise UserError(text.format(name=name, value=count, least=least, most=most))

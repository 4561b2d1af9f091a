"""The timers of a loop: no time makes the loop spin or fail."""

import math
import time

import pytest

from readiness.base.messages import UserError
from readiness.servers.timers import Timers


def test_nan_is_no_time_for_a_timer():
    timers = Timers()
    with pytest.raises(UserError, match="NaN"):
        timers.call_later(math.nan, print)
    assert timers.next_timeout() is None


@pytest.mark.parametrize("seconds", [1e10, 1e30, math.inf])
def test_a_wait_for_a_far_timer_is_a_day(seconds):
    timers = Timers()
    timers.call_later(seconds, print)
    assert timers.next_timeout() == 86_400


def test_a_time_that_has_passed_is_now():
    called, timers = [], Timers()
    timers.call_later(-math.inf, called.append, time.monotonic())
    assert timers.next_timeout() == 0
    timers.run_due()
    assert len(called) == 1

"""One sleep in silence, and one more for each wake-up in vain."""

import selectors
import sys

import pytest

from readiness.base.messages import UserError
from readiness.experiments.sleep_count import count_sleeps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the sleeps of a thread")


@pytest.mark.parametrize("name", ["SelectSelector", "PollSelector", "EpollSelector"])
def test_each_wake_up_in_vain_is_one_more_sleep(name):
    kind = getattr(selectors, name)
    assert min(count_sleeps(kind) for _try in range(3)) == 1
    assert 4 <= min(count_sleeps(kind, urgent_bytes=3) for _try in range(3)) <= 5


@pytest.mark.parametrize("number", [-1, 1.5, 2**40])
def test_a_number_of_bytes_that_would_take_hours_is_refused(number):
    with pytest.raises(UserError, match="choose a whole number from 0 to 1,000"):
        count_sleeps(selectors.DefaultSelector, number)

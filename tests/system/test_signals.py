"""A handler for a while, and a signal after a while."""

import math
import signal
import time

import pytest

from readiness.base.messages import UserError
from readiness.system import signals

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs the signals of POSIX")


def test_the_handler_is_called_in_the_block_and_the_old_one_is_back_after_it():
    before = signal.getsignal(signal.SIGUSR1)
    calls = []
    with signals.handler(signal.SIGUSR1, lambda number, _frame: calls.append(number)):
        with signals.sent_later(signal.SIGUSR1, 0.01):
            deadline = time.monotonic() + 10
            while not calls and time.monotonic() < deadline:
                time.sleep(0.001)
        assert calls == [signal.SIGUSR1]
    assert signal.getsignal(signal.SIGUSR1) == before


def test_the_block_ends_after_the_signal():
    calls = []
    with signals.handler(signal.SIGUSR1, lambda *_: calls.append("signal")):
        with signals.sent_later(signal.SIGUSR1, 0.05):
            calls.append("body")
        assert calls == ["body", "signal"]


@pytest.mark.parametrize("seconds", [1e10, math.inf, math.nan, -1])
def test_a_time_that_would_hold_up_the_cell_is_refused(seconds):
    with pytest.raises(UserError, match="choose a number above 0, and at most 60"):
        with signals.sent_later(signal.SIGUSR1, seconds):
            pass

"""The herd is woken whole without a flag, and one of it with EPOLLEXCLUSIVE; no process is left."""

import select
import sys

import pytest

from readiness.base.messages import Refusal
from readiness.experiments import thundering_herd

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


def test_all_are_woken_or_one():
    every = thundering_herd.measure_wakeups("", workers=6, connects=30)
    one = thundering_herd.measure_wakeups("EPOLLEXCLUSIVE", workers=6, connects=30)
    assert 3 < every["wakeups"] < 9
    assert one["wakeups"] < 2 < every["wakeups"]
    assert every["spurious"] < every["wakeups"]


def test_a_flag_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.delattr(select, "EPOLLEXCLUSIVE")
    with pytest.raises(Refusal, match="no EPOLLEXCLUSIVE"):
        thundering_herd.measure_wakeups("EPOLLEXCLUSIVE")

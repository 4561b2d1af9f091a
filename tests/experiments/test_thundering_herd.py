"""All workers wake up without a flag, and one of them with EPOLLEXCLUSIVE; no process is left."""

import select
import sys

import pytest

from readiness.base.messages import UserError
from readiness.experiments import thundering_herd

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


def test_all_workers_wake_up_or_one():
    without_flag = thundering_herd.measure_wakeups("", workers=6, connects=30)
    exclusive = thundering_herd.measure_wakeups("EPOLLEXCLUSIVE", workers=6, connects=30)
    assert 3 < without_flag["wakeups"] < 9
    assert exclusive["wakeups"] < 2 < without_flag["wakeups"]
    assert without_flag["spurious"] < without_flag["wakeups"]


def test_a_flag_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.delattr(select, "EPOLLEXCLUSIVE")
    with pytest.raises(UserError, match="no EPOLLEXCLUSIVE"):
        thundering_herd.measure_wakeups("EPOLLEXCLUSIVE")

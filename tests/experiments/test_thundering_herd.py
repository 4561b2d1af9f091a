"""All workers wake up without a flag, and one of them with EPOLLEXCLUSIVE; no process is left."""

import select
import subprocess
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
    for result in (without_flag, exclusive):
        assert sum(result["accepted"]) == 30
        assert len(result["accepted"]) == 6


def test_a_listener_for_each_worker_shares_the_connections():
    result = thundering_herd.measure_wakeups("SO_REUSEPORT", workers=6, connects=60)
    assert result["wakeups"] < 2
    assert sum(result["accepted"]) == 60
    assert result["accepted"][0] > 0
    assert result["accepted"][-1] < 40


ONE_DIES = """
from readiness.experiments import thundering_herd

thundering_herd.run_worker = lambda *arguments: None
thundering_herd._run_workers("", workers=3, connects=1)
"""


def test_a_worker_that_dies_ends_the_measurement_with_a_sentence():
    ended = subprocess.run([sys.executable, "-c", ONE_DIES], capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert "UserError: A waiting process ended too early" in ended.stderr.splitlines()[-1]


def test_a_flag_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.delattr(select, "EPOLLEXCLUSIVE")
    with pytest.raises(UserError, match="no EPOLLEXCLUSIVE"):
        thundering_herd.measure_wakeups("EPOLLEXCLUSIVE")


@pytest.mark.parametrize(
    "numbers", [{"workers": 0}, {"workers": -1}, {"workers": 65}, {"workers": 10**5}, {"connects": 0}, {"connects": -1}]
)
def test_a_number_that_can_not_be_measured_is_refused(numbers):
    with pytest.raises(UserError, match="choose a whole number from 1 to"):
        thundering_herd.measure_wakeups("", **numbers)


def test_a_flag_that_is_not_measured_is_refused():
    with pytest.raises(UserError, match="no flag 'EPOLLONESHOT' to measure: choose one of '', 'EPOLLEXCLUSIVE', 'SO_R"):
        thundering_herd.measure_wakeups("EPOLLONESHOT")


ONE_IS_STOPPED = """
import os, signal
from readiness.experiments import thundering_herd

thundering_herd.TIMEOUT = 0.3
thundering_herd.run_worker = lambda *arguments: os.kill(os.getpid(), signal.SIGSTOP)
thundering_herd._run_workers("", workers=3, connects=1)
"""


def test_a_worker_that_is_stopped_ends_the_measurement_with_a_sentence():
    ended = subprocess.run([sys.executable, "-c", ONE_IS_STOPPED], capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert "UserError: The waiting processes do not go to sleep" in ended.stderr.splitlines()[-1]

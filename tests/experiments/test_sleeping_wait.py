"""Sleeping wait: with many descriptors, poll pays for queues and a second scan; epoll pays for the sleep alone."""

import json
import sys

import pytest

from readiness.base.messages import UserError
from readiness.experiments import sleeping_wait
from tests.experiments.helpers import run_child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is measured on Linux only")


def quietest(backend: str, descriptors: int) -> dict:
    """Of five measurements, the one that other processes disturbed least."""
    return min((sleeping_wait.measure(backend, descriptors) for _ in range(5)), key=lambda found: found["slept"])


def test_poll_pays_for_each_descriptor_three_times():
    few, many = (quietest("poll", n) for n in (10, 800))
    assert (few["backend"], many["descriptors"]) == ("poll", 800)
    assert many["first"] < many["last"] < many["slept"]
    assert many["first"] > 3 * few["first"]
    assert many["slept"] - many["first"] > 3 * (few["slept"] - few["first"])


def test_epoll_pays_the_same_for_any_number():
    few, many = (quietest("epoll", n) for n in (10, 800))
    assert many["slept"] < 6 * few["slept"]  # poll: about 50 times


def test_select_can_be_measured():
    assert sleeping_wait.measure("select", 10)["slept"] > 0


def test_too_many_descriptors_for_select_are_refused():
    with pytest.raises(UserError, match="allows too few descriptors to measure 1100"):
        sleeping_wait.measure("select", 1100)


def test_a_system_without_fork_is_refused():
    program = "import os; del os.fork\nfrom readiness.experiments import sleeping_wait; sleeping_wait.main()"
    completed = run_child([sys.executable, "-c", program], backend="poll", descriptors=10)
    assert "can't fork, or has no poll" in json.loads(completed.stdout)["user_error"], completed.stderr


@pytest.mark.parametrize("descriptors", [-1, 0, 2, 2**70])
def test_a_number_that_can_not_be_measured_is_refused(descriptors):
    with pytest.raises(UserError, match="choose a whole number from 3"):
        sleeping_wait.measure("poll", descriptors)


def test_a_backend_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match=r"no backend 'kqueue': choose one of select, poll, epoll\.$"):
        sleeping_wait.measure("kqueue", 10)

"""What chapter 04 relies on: one pollfd array for many calls, and descriptors with high numbers to be timed."""

import os
import select
import sys

import pytest

from readiness.base.messages import UserError
from readiness.experiments import wait_cost, wait_cost_cases, wait_cost_worker
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.system import syscalls
from readiness.system.descriptors import open_descriptors

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs poll, and descriptors that are numbers")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="macOS builds poll otherwise")


@POSIX
def test_one_array_serves_many_calls_and_old_results_are_cleared():
    with open_descriptors(2, "socketpair", ready=1, position="first") as items:
        array = syscalls.pollfds((fd, select.POLLIN) for fd in items.fds)
        first = syscalls.poll(array, 1000)
        items.set_ready(1, "last")
        second = syscalls.poll(array, 1000)
        requested = [(fd, select.POLLIN) for fd in items.fds]
    assert [entry.revents for entry in first.before] == [0, 0]
    assert first.after == second.before == [(*requested[0], select.POLLIN), (*requested[1], 0)]
    assert second.after == [(*requested[0], 0), (*requested[1], select.POLLIN)]
    assert [p.revents for p in array] == [0, select.POLLIN]


@POSIX
@pytest.mark.parametrize("method", ["select", "poll"])
def test_the_same_files_get_numbers_spread_up_to_the_highest(method):
    with open_descriptors(4, ready=3) as items:
        prepared = wait_cost_worker.PreparedCase(BenchmarkCase(method, 4, ready=3, max_fd=240), items)
        try:
            prepared.check()
            assert prepared.fds == [60, 120, 180, 240]
            assert all(os.path.sameopenfile(a, b) for a, b in zip(prepared.fds, items.fds, strict=True))
        finally:
            prepared.close()
        for fd in prepared.fds:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(fd)


@LINUX
def test_high_numbers_cost_select_alone():
    with wait_cost.sweep(wait_cost_cases.sparse_fd_cases((100, 15_000))) as sweep:
        found = {(p.method, p.max_fd): p.seconds for p in sweep}
    low, high = sorted({highest for _, highest in found})
    assert found["select", high] > 1.2 * found["select", low]
    assert found["select", high] > 1.2 * found["poll", high]


@POSIX
def test_a_number_that_the_limit_forbids_is_refused():
    with (
        pytest.raises(UserError, match=r"given the number 2,000,000,000 here: .* the hard limit"),
        wait_cost.sweep([BenchmarkCase("poll", 2, max_fd=2 * 10**9)]) as sweep,
    ):
        next(sweep)


def test_the_recorded_race_is_a_draw_on_a_dense_set_and_won_by_poll_on_a_sparse_one():
    dense = wait_cost.recorded_points("doubled")
    assert 0.8 < wait_cost.growth_exponent(dense, "poll") < 1.3
    assert 0.7 < wait_cost.ratio(dense, "select", "poll", 4000) < 1.4
    for point in wait_cost.select_points(wait_cost.recorded_points("sparse"), method="poll"):
        (other,) = wait_cost.select_points(wait_cost.recorded_points("sparse"), method="select", max_fd=point.max_fd)
        assert other.seconds > point.seconds


@pytest.mark.parametrize("text", ["5", b"5"])
def test_a_text_is_not_passed_as_its_address(text):
    with pytest.raises(UserError, match=r"^poll takes whole numbers, and b?'5' is a text\.$"):
        syscalls.poll([], text)

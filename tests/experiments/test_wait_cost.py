"""The cost of a wait: the shapes of the curves, the arithmetic on points, and a worker that ends when it must.

No time is asserted, only which of two is longer, with wide margins.
"""

import json
import os
import select
import subprocess
import sys
from dataclasses import asdict

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.messages import UserError
from readiness.experiments import wait_cost, wait_cost_cases, wait_cost_worker
from readiness.experiments.wait_cost import Point, select_points, sweep
from readiness.experiments.wait_cost_cases import CASE_LISTS, BenchmarkCase
from readiness.system import limits, syscalls
from readiness.system.descriptors import KINDS, open_descriptors

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: epoll, eventfd and a descriptor for a process")
LONG = [
    BenchmarkCase("select", 100)
] * 5000  # a single group of cases, of some seconds, with no point before the first is known


def points(cases: list[BenchmarkCase]) -> list[Point]:
    with sweep(cases) as found:
        return list(found)


def seconds_of(found: list[Point], **fields) -> float:
    (point,) = select_points(found, **fields)
    return point.seconds


def synthetic_point(method: str, n: int, seconds: float, **fields) -> Point:
    return Point(method, n, seconds=seconds, spread=0, batches=7, calls=1, elapsed=0, **fields)


# What is measured


@LINUX
def test_the_points_come_in_the_order_of_the_cases(monkeypatch):
    monkeypatch.setattr(wait_cost_worker.PreparedCase, "spread", lambda prepared: float(prepared.case.method == "poll"))
    monkeypatch.setattr(wait_cost_worker, "MIN_SECONDS", 0)
    monkeypatch.setattr(wait_cost_worker, "_exit_if_orphaned", lambda: None)  # standard input is no pipe here
    cases = [BenchmarkCase("poll", 10), BenchmarkCase("epoll", 10)]
    with open_descriptors(10, "eventfd", ready=0) as items:
        items.set_ready(1)
        found = list(wait_cost_worker.measure(cases, items, started=0))
    assert [point.method for point in found] == ["poll", "epoll"]


@LINUX
def test_a_sweep_gives_each_case_once_and_the_known_shape():
    cases = wait_cost_cases.scaling_cases((10, 100, 300, 1000))
    found = points(cases)
    assert [(p.method, p.n) for p in found] == [(c.method, c.n) for c in cases]
    assert [p.elapsed for p in found] == sorted(p.elapsed for p in found)
    for point in found:
        assert point.seconds > 0
        assert wait_cost_worker.MIN_BATCHES <= point.batches <= wait_cost_worker.MAX_BATCHES
        assert point.microseconds == pytest.approx(point.seconds * 1e6)
    for method in ("select", "poll"):
        assert 0.6 < wait_cost.growth_exponent(found, method) < 1.5
    assert -0.25 < wait_cost.growth_exponent(found, "epoll") < 0.25
    assert wait_cost.ratio(found, "poll", "epoll", 1000) > 10


@LINUX
def test_the_parts_of_one_wait_are_in_order():
    found = points(wait_cost_cases.cost_breakdown_cases(2000))
    parts = wait_cost.cost_breakdown(found)
    assert list(parts) == ["copy", "scan", "queues"]
    assert 3 * seconds_of(found, method="select-empty") < parts["scan"]
    assert 0 < 3 * parts["copy"] < parts["scan"]
    assert parts["copy"] < parts["queues"]


@LINUX
def test_a_blocking_poll_pays_for_what_stands_before_the_ready_one():
    found = points(wait_cost_cases.ready_position_cases(2000))
    assert 1.3 * seconds_of(found, ready_position="first") < seconds_of(found, ready_position="last")
    assert (
        seconds_of(found, ready_position="first")
        < seconds_of(found, ready_position="middle")
        < seconds_of(found, ready_position="last")
    )


@LINUX
def test_the_textbooks_table_has_its_shape():
    found = points(wait_cost_cases.table_63_9_cases((10, 1000)))
    assert 5 * wait_cost.ratio(found, "poll", "epoll", 10) < wait_cost.ratio(found, "poll", "epoll", 1000)
    for method in ("poll", "select"):
        assert 10 * seconds_of(found, method=method, n=10) < seconds_of(found, method=method, n=1000)
    assert list(wait_cost_cases.TLPI_TABLE_63_9) == sorted({case.n for case in wait_cost_cases.table_63_9_cases()})


@LINUX
@pytest.mark.parametrize("kind", KINDS)
def test_many_ready_cost_epoll_its_advantage(kind):
    found = points(wait_cost_cases.ready_share_cases(400, kind, (0.0025, 1.0)))
    assert {p.kind for p in found} == {kind}
    polls, epolls = ([seconds_of(found, method=m, ready=r) for r in (1, 400)] for m in ("poll", "epoll"))
    assert 10 * epolls[0] < epolls[1]
    assert epolls[1] / polls[1] > 5 * epolls[0] / polls[0]


@LINUX
def test_churn_costs_epoll_and_more_with_two_calls():
    found = points(
        [BenchmarkCase("epoll", 400), *(BenchmarkCase(m, 400, churn=0.1) for m in ("epoll-mod", "epoll-del-add"))]
    )
    still, modified, added = (seconds_of(found, method=m) for m in ("epoll", "epoll-mod", "epoll-del-add"))
    assert 5 * still < modified < added


@LINUX
def test_the_writer_pays_for_each_epoll_set():
    found = points(wait_cost_cases.watcher_count_cases((0, 200)))
    assert 3 * seconds_of(found, n=0) < seconds_of(found, n=200)


def test_select_is_measured_everywhere():
    (point,) = points([BenchmarkCase("select", 50)])
    assert (point.method, point.n, point.kind) == ("select", 50, KINDS[0])


# The lists of cases


@LINUX
@pytest.mark.parametrize("name", CASE_LISTS)
def test_every_list_is_there_and_can_be_measured_here(name):
    cases = CASE_LISTS[name]()
    assert len(cases) >= 3
    assert len(set(cases)) == len(cases)
    assert (
        {case.method for case in cases}
        <= set(wait_cost_cases.METHOD_SYSCALLS)
        == set(wait_cost_cases.available_methods())
    )


def test_the_standard_sweep_ends_where_the_limit_does(monkeypatch):
    monkeypatch.setattr(limits, "fd_limits", lambda: (256, 600))
    top = wait_cost_cases.max_size("eventfd")
    assert 500 < top < 600
    assert wait_cost_cases.max_size("pipe") == top // 2
    ns = {case.n for case in wait_cost_cases.scaling_cases()}
    assert max(ns) == wait_cost_cases.max_size() < 600
    assert {10, 30, 100, 200} < ns
    assert max(case.n for name in CASE_LISTS for case in CASE_LISTS[name]()) < 600
    monkeypatch.setattr(limits, "fd_limits", lambda: (limits.UNLIMITED, limits.UNLIMITED))
    assert max(case.n for case in wait_cost_cases.scaling_cases()) == (
        10_000 if "poll" in wait_cost_cases.available_methods() else 500
    )


@LINUX
def test_the_worker_raises_its_own_limit():
    program = (
        "import resource; from readiness.experiments import wait_cost, wait_cost_cases\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "print([p.n for p in wait_cost.sweep([wait_cost_cases.BenchmarkCase('poll', 500)])])\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == ["[500]", "128"]


# The loops


@pytest.mark.parametrize("method", wait_cost_cases.available_methods())
@pytest.mark.parametrize("blocking", [False, True])
def test_a_loop_that_finds_something_else_is_not_timed(method, blocking):
    case = BenchmarkCase(method, 20, ready=3, blocking=blocking and "empty" not in method, churn=0.2)
    with open_descriptors(20, ready=3) as items:
        prepared = wait_cost_worker.PreparedCase(case, items)
        try:
            for _again in range(3):
                prepared.check()
            prepared.expected += 1
            with pytest.raises(RuntimeError, match=r"returned \d, not"):
                prepared.check()
        finally:
            prepared.close()


@pytest.mark.parametrize(
    "method", [m for m in ("select", "poll", "epoll", "epoll-mod") if m in wait_cost_cases.available_methods()]
)
def test_every_call_asks_for_every_descriptor_again(method):
    with open_descriptors(20, ready=1, position="first") as items:
        prepared = wait_cost_worker.PreparedCase(BenchmarkCase(method, 20, churn=0.2), items)
        try:
            prepared.check()
            items.make_ready(7)
            prepared.expected = 2
            prepared.check()
        finally:
            prepared.close()


@LINUX
def test_the_share_registered_again_is_the_share_asked_for(monkeypatch):
    with open_descriptors(100) as items:
        for method, operations in (("epoll-mod", ["MOD"]), ("epoll-del-add", ["DEL", "ADD"]), ("epoll", [])):
            prepared = wait_cost_worker.PreparedCase(BenchmarkCase(method, 100, churn=0.1), items)
            calls = prepared.setup.args[0] if prepared.setup else []
            assert [call.args[1] for call in calls] == [syscalls.CTL[op] for op in operations] * 10
            prepared.close()


def test_a_moving_ready_one_visits_all_positions_evenly():
    with open_descriptors(50, ready=1) as items:
        prepared = wait_cost_worker.PreparedCase(BenchmarkCase("select", 50, blocking=True), items)
        seen = []
        prepared.call = lambda: seen.append(min(items.ready))
        for _batch in range(10):
            prepared.time(2)
    assert prepared.rotates_ready_fd
    assert seen[::2] == seen[1::2]  # two calls in each position
    quarters = [sum(lower <= position < lower + 12.5 for position in seen[::2]) for lower in (0, 12.5, 25, 37.5)]
    assert len(seen) == 2 * 10 * wait_cost_worker.POSITIONS_PER_BATCH
    assert all(17 <= visits <= 23 for visits in quarters)


def test_a_point_is_the_median_and_its_spread_shrinks():
    with open_descriptors(1) as items:
        prepared = wait_cost_worker.PreparedCase(BenchmarkCase("select", 1), items)
    prepared.times = [3.0, 1.0, 2.0, 100.0]
    assert prepared.median() == 2.5
    prepared.times = [1.0] * 20
    assert prepared.spread() == 0
    prepared.times = [1.0, 2.0] * 10
    wide = prepared.spread()
    prepared.times *= 4
    assert 0 < prepared.spread() < wide / 1.9


def test_without_the_c_library_pythons_own_select_is_timed(monkeypatch):
    monkeypatch.setattr(wait_cost_worker, "_LIBC", None)
    with open_descriptors(20, ready=3) as items:
        prepared = wait_cost_worker.PreparedCase(BenchmarkCase("select", 20, ready=3), items)
        prepared.check()
        assert prepared.setup is None


# What can't be measured


def test_what_is_not_here_is_refused_before_anything_starts(monkeypatch):
    with pytest.raises(UserError, match="no method 'kqueue': choose among select, poll"):
        sweep([BenchmarkCase("kqueue", 10)])
    monkeypatch.delattr(select, "epoll", raising=False)
    assert not {"epoll", "epoll-mod", "epoll-del-add", "write"} & set(wait_cost_cases.available_methods())
    assert {"epoll"} & {case.method for name in CASE_LISTS for case in CASE_LISTS[name]()} == set()
    with pytest.raises(UserError, match=r"epoll can't be timed on this system: .*recorded_points"):
        sweep([BenchmarkCase("poll", 10), BenchmarkCase("epoll", 10)])
    monkeypatch.setattr(syscalls, "_LIBC", None)
    assert wait_cost_cases.available_methods() == ("select",)  # Windows refuses three empty lists
    assert {case.method for case in wait_cost_cases.scaling_cases()} == {"select"}
    assert wait_cost_cases.max_size() == 500


@pytest.mark.parametrize(
    ("n", "kind", "message"), [(10**9, KINDS[0], "ask for at most"), (10, "file", "choose one of")]
)
def test_what_the_worker_refuses_is_refused_here(n, kind, message):
    running = sweep([BenchmarkCase("select", n, kind=kind)])
    with pytest.raises(UserError, match=message):
        next(running)
    assert not running.alive


def test_a_list_that_is_not_whole_here_comes_from_the_recording(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    assert not wait_cost.can_measure("shares")
    assert list(wait_cost.measure("shares")) == wait_cost.recorded_points("shares")
    assert wait_cost.provenance("shares").startswith("Not to be had on this machine; recorded on Linux")
    with pytest.raises(UserError, match="no recording 'nothing'"):
        wait_cost.measure("nothing")


@pytest.mark.parametrize(
    ("hard", "measured"), [(256, set()), (1024, set()), (1100, {"shares"}), (3000, {"shares", "shares_tcp"})]
)
@LINUX
def test_a_list_for_which_the_limit_is_too_low_comes_from_the_recording(monkeypatch, hard, measured):
    monkeypatch.setattr(limits, "fd_limits", lambda: (hard, hard))
    assert {name for name in ("shares", "shares_tcp") if wait_cost.can_measure(name)} == measured
    if not measured:
        assert wait_cost.recorded_points("shares") == list(wait_cost.measure("shares"))
        expected = f"The hard limit of open descriptors, {hard:,}, is too low to measure it here; recorded on Linux"
        assert wait_cost.provenance("shares").startswith(expected)


@LINUX
def test_a_list_that_is_whole_here_is_measured():
    assert wait_cost.can_measure("positions")
    with wait_cost.measure("positions") as found:
        assert next(found).ready_position == "first"
    assert "this machine" in wait_cost.provenance("positions")


# The end of the worker


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)


def test_leaving_the_block_ends_the_worker_at_once():
    with sweep(LONG) as running:
        assert running.alive
    assert gone(running.pid)
    assert list(running) == []
    running.close()


@LINUX
def test_so_do_an_exception_a_break_and_an_interrupt():
    cases = [BenchmarkCase("poll", 10 + i) for i in range(500)]
    first = sweep(cases)
    with pytest.raises(ZeroDivisionError), first:
        raise ZeroDivisionError(next(first))
    assert gone(first.pid)
    for _point in (second := sweep(cases)):
        pid = second.pid
        break
    del second
    assert gone(pid)
    third = sweep(cases)

    def interrupted():
        raise KeyboardInterrupt
        yield

    third._messages = interrupted()
    with pytest.raises(KeyboardInterrupt):
        next(third)
    assert gone(third.pid)


def test_a_finished_sweep_leaves_no_worker():
    running = sweep([BenchmarkCase("select", 10)])
    assert len(list(running)) == 1
    assert gone(running.pid)


@LINUX
def test_the_worker_ends_with_its_parent():
    program = (
        "import sys; from readiness.experiments.wait_cost import sweep\n"
        "from readiness.experiments.wait_cost_cases import BenchmarkCase\n"
        "running = sweep([BenchmarkCase('select', 100)] * 5000)\n"
        "print(running.pid, flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    worker = os.pidfd_open(int(parent.stdout.readline()))
    try:
        ended = select.poll()
        ended.register(worker, select.POLLIN)
        assert ended.poll(0) == []
        parent.kill()
        assert ended.poll(10_000), "the worker outlived its parent"
    finally:
        os.close(worker)
        parent.kill()
        parent.communicate()


@LINUX
def test_the_worker_ends_when_its_input_does_though_its_points_could_be_sent():
    command = [sys.executable, "-m", "readiness.experiments.wait_cost_worker"]
    cases = [asdict(BenchmarkCase("poll", 10, seed=seed)) for seed in range(5000)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        worker.stdin.write(json.dumps({"cases": cases}) + "\n")
        worker.stdin.flush()
        assert json.loads(worker.stdout.readline())["method"] == "poll"
        worker.stdin.close()
        sent = worker.stdout.read().splitlines()
    assert worker.returncode == 0
    assert len(sent) < 1000


@LINUX
def test_the_worker_is_one_thread():
    with sweep(LONG) as running:
        worker = psutil.Process(running.pid)
        assert worker.num_threads() == 1
        next(iter(sweep([BenchmarkCase("poll", 10)])))  # time in which it is at work
        assert worker.num_threads() == 1


# The arithmetic


@given(st.floats(-2, 2), st.floats(1e-9, 1e-3))
def test_the_growth_of_a_power_is_its_exponent(power, factor):
    found = [synthetic_point("poll", n, factor * n**power) for n in (100, 300, 5000)]
    disturbing = [
        synthetic_point("poll", 99, 1.0),
        synthetic_point("epoll", 1000, 1.0),
        synthetic_point("poll", 5001, 1.0),
    ]
    assert wait_cost.growth_exponent(found + disturbing, "poll", n_max=5000) == pytest.approx(power, abs=1e-6)


def test_a_growth_exponent_needs_two_points():
    with pytest.raises(UserError, match="two n from 100 on"):
        wait_cost.growth_exponent([synthetic_point("poll", 100, 1.0), synthetic_point("poll", 100, 1.0)], "poll")


def test_the_ratio_is_of_times_at_one_n():
    found = [synthetic_point("poll", 10, 6.0), synthetic_point("epoll", 10, 2.0), synthetic_point("poll", 20, 9.0)]
    assert wait_cost.ratio(iter(found), "poll", "epoll", 10) == 3
    with pytest.raises(UserError, match="no point of poll and epoll at n = 20"):
        wait_cost.ratio(found, "poll", "epoll", 20)


@given(st.floats(0.1, 9.9))
def test_curves_cross_where_they_meet(crossing):
    xs = [0, 1, 2, 4, 8, 10]
    rising = [20 + 3 * (x - crossing) for x in xs]
    assert wait_cost.crossover(xs, rising, [20] * 6) == pytest.approx(crossing, abs=1e-9)
    assert wait_cost.crossover(xs, [20] * 6, rising) == pytest.approx(crossing, abs=1e-9)


def test_curves_that_do_not_cross_have_no_crossover():
    assert wait_cost.crossover([1, 2, 3], [1, 2, 3], [2, 3, 4]) is None
    assert wait_cost.crossover([1, 2, 3], [1, 3, 9], [1, 4, 5]) == 1
    assert wait_cost.crossover([1, 2], [3, 3], [3, 3]) == 1


def test_points_are_selected_by_any_fields():
    found = [
        synthetic_point("poll", 10, 1.0),
        synthetic_point("poll", 10, 2.0, blocking=True),
        synthetic_point("epoll", 10, 3.0),
    ]
    assert [p.seconds for p in select_points(found, method="poll")] == [1.0, 2.0]
    assert [p.seconds for p in select_points(found, method="poll", blocking=True)] == [2.0]
    assert select_points(found, n=11) == []


def test_the_crossings_of_the_recorded_points():
    assert 20 < wait_cost.ready_share_crossover(wait_cost.recorded_points("shares")) < 80
    churn = wait_cost.recorded_points("churn")
    assert 0.5 < wait_cost.churn_crossover(churn, "epoll-del-add") < wait_cost.churn_crossover(churn, "epoll-mod") < 30

"""Scan cost: the shapes of the curves, the arithmetic on points, and a worker that ends when it must.

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
from readiness.experiments import wait_cost, wait_cost_worker
from readiness.experiments.wait_cost import LISTS, Case, Point, find, sweep
from readiness.system import limits, syscalls
from readiness.system.descriptors import KINDS, open_descriptors

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: epoll, eventfd and a descriptor for a process")
LONG = [Case("select", 100)] * 5000  # a single group of cases, of some seconds, with no point before the first is known


def points(cases: list[Case]) -> list[Point]:
    with sweep(cases) as found:
        return list(found)


def time_of(found: list[Point], **fields) -> float:
    (point,) = find(found, **fields)
    return point.seconds


def made_up(method: str, n: int, seconds: float, **fields) -> Point:
    return Point(method, n, seconds=seconds, spread=0, batches=7, calls=1, at=0, **fields)


# What is measured


@LINUX
def test_a_sweep_gives_each_case_once_and_the_known_shape():
    cases = wait_cost.standard((10, 100, 300, 1000))
    found = points(cases)
    assert sorted((p.method, p.n) for p in found) == sorted((c.method, c.n) for c in cases)
    assert [p.n for p in found] == sorted(p.n for p in found)
    assert [p.at for p in found] == sorted(p.at for p in found)
    for point in found:
        assert point.seconds > 0
        assert wait_cost_worker.LEAST <= point.batches <= wait_cost_worker.MOST
        assert point.us == pytest.approx(point.seconds * 1e6)
    for method in ("select", "poll"):
        assert 0.6 < wait_cost.slope(found, method) < 1.5
    assert -0.25 < wait_cost.slope(found, "epoll") < 0.25
    assert wait_cost.ratio(found, "poll", "epoll", 1000) > 10


@LINUX
def test_the_parts_of_one_wait_are_in_their_order():
    found = points(wait_cost.parts(2000))
    parts = wait_cost.cost_parts(found)
    assert list(parts) == ["copy", "scan", "queues"]
    assert 3 * time_of(found, method="select-empty") < parts["scan"]
    assert 0 < 3 * parts["copy"] < parts["scan"]
    assert parts["copy"] < parts["queues"]


@LINUX
def test_a_blocking_poll_pays_for_what_stands_before_the_ready_one():
    found = points(wait_cost.positions(2000))
    assert 1.3 * time_of(found, where="first") < time_of(found, where="last")
    assert time_of(found, where="first") < time_of(found, where="middle") < time_of(found, where="last")


@LINUX
def test_the_textbooks_table_has_its_shape():
    found = points(wait_cost.table_63_9((10, 1000)))
    assert 5 * wait_cost.ratio(found, "poll", "epoll", 10) < wait_cost.ratio(found, "poll", "epoll", 1000)
    for method in ("poll", "select"):
        assert 10 * time_of(found, method=method, n=10) < time_of(found, method=method, n=1000)
    assert list(wait_cost.TLPI) == sorted({case.n for case in wait_cost.table_63_9()})


@LINUX
@pytest.mark.parametrize("kind", KINDS)
def test_many_ready_cost_epoll_its_advantage(kind):
    found = points(wait_cost.shares(400, kind, (0.0025, 1.0)))
    assert {p.kind for p in found} == {kind}
    polls, epolls = ([time_of(found, method=m, ready=r) for r in (1, 400)] for m in ("poll", "epoll"))
    assert 10 * epolls[0] < epolls[1]
    assert epolls[1] / polls[1] > 5 * epolls[0] / polls[0]


@LINUX
def test_churn_costs_epoll_and_more_with_two_calls():
    found = points([Case("epoll", 400), *(Case(m, 400, churn=0.1) for m in ("epoll-mod", "epoll-del-add"))])
    still, modified, added = (time_of(found, method=m) for m in ("epoll", "epoll-mod", "epoll-del-add"))
    assert 5 * still < modified < added


@LINUX
def test_the_writer_pays_for_each_epoll_set():
    found = points(wait_cost.writers((0, 200)))
    assert 3 * time_of(found, n=0) < time_of(found, n=200)


def test_select_is_measured_everywhere():
    (point,) = points([Case("select", 50)])
    assert (point.method, point.n, point.kind) == ("select", 50, KINDS[0])


# The lists of cases


@LINUX
@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_there_and_can_be_measured_here(name):
    cases = LISTS[name]()
    assert len(cases) >= 3
    assert len(set(cases)) == len(cases)
    assert {case.method for case in cases} <= set(wait_cost.METHODS) == set(wait_cost.available())


def test_the_standard_sweep_ends_where_the_limit_does(monkeypatch):
    monkeypatch.setattr(limits, "fd_limits", lambda: (256, 600))
    top = wait_cost.most("eventfd")
    assert 500 < top < 600
    assert wait_cost.most("pipe") == top // 2
    ns = {case.n for case in wait_cost.standard()}
    assert max(ns) == wait_cost.most() < 600
    assert {10, 30, 100, 200} < ns
    assert max(case.n for name in LISTS for case in LISTS[name]()) < 600
    monkeypatch.setattr(limits, "fd_limits", lambda: (limits.UNLIMITED, limits.UNLIMITED))
    assert max(case.n for case in wait_cost.standard()) == (10_000 if "poll" in wait_cost.available() else 500)


@LINUX
def test_the_worker_raises_its_own_limit():
    program = (
        "import resource; from readiness import scancost\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "print([p.n for p in scancost.sweep([scancost.Case('poll', 500)])])\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == ["[500]", "128"]


# The loops


@pytest.mark.parametrize("method", wait_cost.available())
@pytest.mark.parametrize("blocking", [False, True])
def test_a_loop_that_finds_something_else_is_not_timed(method, blocking):
    case = Case(method, 20, ready=3, blocking=blocking and "empty" not in method, churn=0.2)
    with open_descriptors(20, ready=3) as items:
        way = wait_cost_worker.Way(case, items)
        try:
            for _again in range(3):
                way.check()
            way.expected += 1
            with pytest.raises(RuntimeError, match=r"returned \d, not"):
                way.check()
        finally:
            way.close()


@pytest.mark.parametrize("method", [m for m in ("select", "poll", "epoll", "epoll-mod") if m in wait_cost.available()])
def test_every_call_asks_for_every_descriptor_anew(method):
    with open_descriptors(20, ready=1, position="first") as items:
        way = wait_cost_worker.Way(Case(method, 20, churn=0.2), items)
        try:
            way.check()
            items.make_ready(7)
            way.expected = 2
            way.check()
        finally:
            way.close()


@LINUX
def test_what_is_registered_anew_is_the_share_asked_for(monkeypatch):
    with open_descriptors(100) as items:
        for method, operations in (("epoll-mod", ["MOD"]), ("epoll-del-add", ["DEL", "ADD"]), ("epoll", [])):
            way = wait_cost_worker.Way(Case(method, 100, churn=0.1), items)
            calls = way.before.args[0] if way.before else []
            assert [call.args[1] for call in calls] == [syscalls.CTL[op] for op in operations] * 10
            way.close()


def test_a_moving_ready_one_visits_all_places_evenly():
    with open_descriptors(50, ready=1) as items:
        way = wait_cost_worker.Way(Case("select", 50, blocking=True), items)
        seen = []
        way.call = lambda: seen.append(min(items.ready))
        for _batch in range(10):
            way.time(2)
    assert way.moves
    assert seen[::2] == seen[1::2]  # two calls in each place
    quarters = [sum(lower <= place < lower + 12.5 for place in seen[::2]) for lower in (0, 12.5, 25, 37.5)]
    assert len(seen) == 2 * 10 * wait_cost_worker.TURNS
    assert all(17 <= visits <= 23 for visits in quarters)


def test_a_point_is_the_median_and_its_spread_shrinks():
    with open_descriptors(1) as items:
        way = wait_cost_worker.Way(Case("select", 1), items)
    way.times = [3.0, 1.0, 2.0, 100.0]
    assert way.median() == 2.5
    way.times = [1.0] * 20
    assert way.spread() == 0
    way.times = [1.0, 2.0] * 10
    wide = way.spread()
    way.times *= 4
    assert 0 < way.spread() < wide / 1.9


def test_without_the_c_library_pythons_own_select_is_timed(monkeypatch):
    monkeypatch.setattr(wait_cost_worker, "_LIBC", None)
    with open_descriptors(20, ready=3) as items:
        way = wait_cost_worker.Way(Case("select", 20, ready=3), items)
        way.check()
        assert way.before is None


# What can't be measured


def test_what_is_not_here_is_refused_before_anything_starts(monkeypatch):
    with pytest.raises(UserError, match="no method 'kqueue': choose among select, poll"):
        sweep([Case("kqueue", 10)])
    monkeypatch.delattr(select, "epoll", raising=False)
    assert not {"epoll", "epoll-mod", "epoll-del-add", "write"} & set(wait_cost.available())
    assert {"epoll"} & {case.method for name in LISTS for case in LISTS[name]()} == set()
    with pytest.raises(UserError, match=r"epoll can't be timed on this system: .*recorded_points"):
        sweep([Case("poll", 10), Case("epoll", 10)])
    monkeypatch.setattr(syscalls, "_LIBC", None)
    assert wait_cost.available() == ("select",)  # Windows refuses three empty lists
    assert {case.method for case in wait_cost.standard()} == {"select"}
    assert wait_cost.most() == 500


@pytest.mark.parametrize(("n", "kind", "says"), [(10**9, KINDS[0], "ask for at most"), (10, "file", "choose one of")])
def test_what_the_worker_refuses_is_refused_here(n, kind, says):
    running = sweep([Case("select", n, kind=kind)])
    with pytest.raises(UserError, match=says):
        next(running)
    assert not running.alive


def test_a_list_that_is_not_whole_here_comes_from_the_recording(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    assert not wait_cost.measurable("shares")
    assert list(wait_cost.measure("shares")) == wait_cost.recorded_points("shares")
    assert wait_cost.source("shares").startswith("Not to be had on this machine; recorded on Linux")
    with pytest.raises(UserError, match="no recording 'nothing'"):
        wait_cost.measure("nothing")


@LINUX
def test_a_list_that_is_whole_here_is_measured():
    assert wait_cost.measurable("positions")
    with wait_cost.measure("positions") as found:
        assert next(found).where == "first"
    assert "this machine" in wait_cost.source("positions")


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
    cases = [Case("poll", 10 + i) for i in range(500)]
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
    running = sweep([Case("select", 10)])
    assert len(list(running)) == 1
    assert gone(running.pid)


@LINUX
def test_the_worker_ends_with_its_parent():
    program = (
        "import sys; from readiness.experiments.wait_cost import Case, sweep\n"
        "running = sweep([Case('select', 100)] * 5000)\n"
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
def test_the_worker_ends_when_its_input_does_though_its_points_could_be_told():
    command = [sys.executable, "-m", "readiness.experiments.wait_cost_worker"]
    cases = [asdict(Case("poll", 10, seed=seed)) for seed in range(5000)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        worker.stdin.write(json.dumps({"cases": cases}) + "\n")
        worker.stdin.flush()
        assert json.loads(worker.stdout.readline())["method"] == "poll"
        worker.stdin.close()
        told = worker.stdout.read().splitlines()
    assert worker.returncode == 0
    assert len(told) < 1000


@LINUX
def test_the_worker_is_one_thread():
    with sweep(LONG) as running:
        worker = psutil.Process(running.pid)
        assert worker.num_threads() == 1
        next(iter(sweep([Case("poll", 10)])))  # time in which it is at work
        assert worker.num_threads() == 1


# The arithmetic


@given(st.floats(-2, 2), st.floats(1e-9, 1e-3))
def test_the_slope_of_a_power_is_its_exponent(power, factor):
    found = [made_up("poll", n, factor * n**power) for n in (100, 300, 5000)]
    disturbing = [made_up("poll", 99, 1.0), made_up("epoll", 1000, 1.0), made_up("poll", 5001, 1.0)]
    assert wait_cost.slope(found + disturbing, "poll", n_max=5000) == pytest.approx(power, abs=1e-6)


def test_a_slope_needs_two_points():
    with pytest.raises(UserError, match="two n from 100 on"):
        wait_cost.slope([made_up("poll", 100, 1.0), made_up("poll", 100, 1.0)], "poll")


def test_the_ratio_is_of_times_at_one_n():
    found = [made_up("poll", 10, 6.0), made_up("epoll", 10, 2.0), made_up("poll", 20, 9.0)]
    assert wait_cost.ratio(iter(found), "poll", "epoll", 10) == 3
    with pytest.raises(UserError, match="no point of poll and epoll at n = 20"):
        wait_cost.ratio(found, "poll", "epoll", 20)


@given(st.floats(0.1, 9.9))
def test_curves_cross_where_they_meet(place):
    xs = [0, 1, 2, 4, 8, 10]
    rising = [2 ** (x - place) for x in xs]
    assert wait_cost.crossover(xs, rising, [1] * 6) == pytest.approx(place, abs=1e-9)
    assert wait_cost.crossover(xs, [1] * 6, rising) == pytest.approx(place, abs=1e-9)


def test_curves_that_do_not_cross_have_no_crossover():
    assert wait_cost.crossover([1, 2, 3], [1, 2, 3], [2, 3, 4]) is None
    assert wait_cost.crossover([1, 2, 3], [1, 3, 9], [1, 4, 5]) == 1
    assert wait_cost.crossover([1, 2], [3, 3], [3, 3]) == 1


def test_find_takes_any_fields():
    found = [made_up("poll", 10, 1.0), made_up("poll", 10, 2.0, blocking=True), made_up("epoll", 10, 3.0)]
    assert [p.seconds for p in find(found, method="poll")] == [1.0, 2.0]
    assert [p.seconds for p in find(found, method="poll", blocking=True)] == [2.0]
    assert find(found, n=11) == []


def test_the_crossings_of_the_recorded_points():
    assert 20 < wait_cost.ready_crossing(wait_cost.recorded_points("shares")) < 80
    churn = wait_cost.recorded_points("churn")
    assert 0.5 < wait_cost.churn_crossing(churn, "epoll-del-add") < wait_cost.churn_crossing(churn, "epoll-mod") < 30

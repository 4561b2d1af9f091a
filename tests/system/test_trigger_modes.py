"""Trigger modes: both epolls of a pair watch one real descriptor; each step of the history is the kernel's result."""

import contextlib
import json
import select

import pytest

from readiness.base.messages import UserError
from readiness.system import trigger_modes
from readiness.system.trigger_modes import LevelEdgePair, Step

EPOLL = pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")


def wait_events(pair):
    """Wait once; return the results of both modes: level, edge."""
    pair.wait()
    return pair.history[-1].level, pair.history[-1].edge


@pytest.fixture(params=trigger_modes.KINDS)
def pair(request):
    if not hasattr(select, "epoll"):
        pytest.skip("needs epoll")
    with LevelEdgePair(request.param) as pair:
        yield pair


def test_level_repeats_and_edge_reports_once(pair):
    assert wait_events(pair) == (False, False)
    pair.write(3)
    assert [wait_events(pair) for _ in range(3)] == [(True, True), (True, False), (True, False)]


def test_reading_a_part_is_no_edge(pair):
    pair.write(3)
    wait_events(pair)
    pair.read(1)
    assert pair.unread == 2
    assert wait_events(pair) == (True, False)


def test_new_bytes_upon_old_ones_are_one_edge(pair):
    pair.write(3)
    wait_events(pair)
    pair.write(3)
    pair.write(3)
    assert [wait_events(pair), wait_events(pair)] == [(True, True), (True, False)]


def test_modify_arms_again_as_long_as_there_is_something_to_read(pair):
    pair.write(3)
    wait_events(pair)
    pair.modify()
    assert [wait_events(pair), wait_events(pair)] == [(True, True), (True, False)]
    pair.read()
    pair.modify()
    assert wait_events(pair) == (False, False)


def test_an_event_whose_bytes_are_gone_is_returned_by_neither(pair):
    pair.write(3)
    pair.read()
    assert wait_events(pair) == (False, False)


def test_the_history_has_each_step_with_its_unread_bytes(pair):
    pair.write(3)
    pair.read(2)
    pair.read()
    pair.read(1)
    assert pair.history == [
        Step("write", 3, 3, 3),
        Step("read", 2, 2, 1),
        Step("read", None, 1, 0),
        Step("read", 1, 0, 0),
    ]
    assert [row[0] for row in trigger_modes.rows(pair.history)] == ["write 3", "read 2", "read all", "read 1: EAGAIN"]


def fill(pair):
    for _ in range(1000):
        pair.write(65536)


def test_a_full_buffer_is_refused_and_is_no_step(pair):
    with pytest.raises(UserError, match="read something first"):
        fill(pair)
    assert sum(step.done for step in pair.history) == pair.unread > 0


def test_a_step_of_very_many_bytes_does_what_the_buffer_allows(pair):
    pair.write(1 << 60)
    assert pair.unread > 0
    pair.read(1 << 60)
    assert pair.unread == 0


@EPOLL
def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="socketpair, pipe"):
        LevelEdgePair("tcp")


def test_where_there_is_no_epoll_it_says_so(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    with pytest.raises(UserError, match="no epoll"):
        LevelEdgePair()


@EPOLL
def test_closed_twice():
    pair = LevelEdgePair()
    pair.close()
    pair.close()


def test_a_history_that_passed_through_json_reads_the_same():
    history = [Step("write", 3, 3, 3), Step("wait", None, 0, 3, True, False), Step("modify", None, 0, 3)]
    text = trigger_modes.table(history)
    assert trigger_modes.table(json.loads(json.dumps(history))) == text
    head, _write, wait, modify = text.splitlines()
    assert wait.split() == ["2", "wait", "3", "event", "nothing"]
    assert modify.split() == ["3", "modify", "3"]
    assert head.index("edge-triggered") == wait.index("nothing")


@pytest.mark.parametrize("call", ["read", "write"])
def test_a_negative_number_of_bytes_is_refused(call):
    with (
        contextlib.closing(LevelEdgePair()) as pair,
        pytest.raises(UserError, match=f"{call} can.t take"),
    ):
        getattr(pair, call)(-1)

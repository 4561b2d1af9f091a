"""Triggers: both epolls of a pair watch one real descriptor, and each step of its history is what the kernel said."""

import json
import select

import pytest

from readiness.base.messages import Refusal
from readiness.system import trigger_modes
from readiness.system.trigger_modes import Step, LevelEdgePair

EPOLL = pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")


def said(pair):
    """What the last wait brought: level, edge."""
    pair.wait()
    return pair.history[-1].level, pair.history[-1].edge


@pytest.fixture(params=trigger_modes.KINDS)
def pair(request):
    if not hasattr(select, "epoll"):
        pytest.skip("needs epoll")
    with LevelEdgePair(request.param) as pair:
        yield pair


def test_level_repeats_and_edge_tells_once(pair):
    assert said(pair) == (False, False)
    pair.write(3)
    assert [said(pair) for _ in range(3)] == [(True, True), (True, False), (True, False)]


def test_reading_a_part_is_no_edge(pair):
    pair.write(3)
    said(pair)
    pair.read(1)
    assert pair.unread == 2
    assert said(pair) == (True, False)


def test_new_bytes_upon_old_ones_are_one_edge(pair):
    pair.write(3)
    said(pair)
    pair.write(3)
    pair.write(3)
    assert [said(pair), said(pair)] == [(True, True), (True, False)]


def test_modify_arms_again_as_long_as_there_is_something_to_read(pair):
    pair.write(3)
    said(pair)
    pair.modify()
    assert [said(pair), said(pair)] == [(True, True), (True, False)]
    pair.read()
    pair.modify()
    assert said(pair) == (False, False)


def test_an_event_whose_bytes_are_gone_is_told_by_neither(pair):
    pair.write(3)
    pair.read()
    assert said(pair) == (False, False)


def test_the_history_tells_each_step_with_what_lies_unread_then(pair):
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
    with pytest.raises(Refusal, match="read something first"):
        fill(pair)
    assert sum(step.done for step in pair.history) == pair.unread > 0


@EPOLL
def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(Refusal, match="socketpair, pipe"):
        LevelEdgePair("tcp")


def test_where_there_is_no_epoll_it_says_so(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    with pytest.raises(Refusal, match="no epoll"):
        LevelEdgePair()


@EPOLL
def test_closed_twice():
    pair = LevelEdgePair()
    pair.close()
    pair.close()


def test_a_history_is_told_the_same_when_json_has_had_it():
    history = [Step("write", 3, 3, 3), Step("wait", None, 0, 3, True, False), Step("modify", None, 0, 3)]
    text = trigger_modes.table(history)
    assert trigger_modes.table(json.loads(json.dumps(history))) == text
    head, _write, wait, modify = text.splitlines()
    assert wait.split() == ["2", "wait", "3", "event", "nothing"]
    assert modify.split() == ["3", "modify", "3"]
    assert head.index("edge says") == wait.index("nothing")

"""The meter measures what a selector's waits cost and return, and changes nothing of what the selector does."""

import selectors
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.experiments.meter import Sample, SelectorMeter


@pytest.fixture
def metered():
    meter = SelectorMeter()
    ends = [end for _ in range(3) for end in socket.socketpair()]
    with meter.wrap(selectors.DefaultSelector()) as selector:
        for number, end in enumerate(ends[::2]):
            selector.register(end, selectors.EVENT_READ, data=number)
        yield meter, selector, ends
    for end in ends:
        end.close()


def wait(selector, timeout=0):
    return [key.data for key, _mask in selector.select(timeout)]


def test_a_sample_is_whole_when_the_next_wait_begins(metered):
    meter, selector, ends = metered
    ends[1].send(b"x")
    ends[5].send(b"x")
    assert sorted(wait(selector)) == [0, 2]
    assert meter.samples_since() == ([], 0)
    ends[0].recv(1)
    assert wait(selector) == [2]
    (sample,), cursor = meter.samples_since()
    assert (sample.registered, sample.ready, sample.events_handled, cursor) == (3, 2, 2, 1)
    assert sample.cpu_in_select > 0
    assert sample.cpu_after_select > 0


def test_only_events_that_the_loop_took_up_count_as_handled(metered):
    meter, selector, ends = metered
    for end in ends[1::2]:
        end.send(b"x")
    for _event in selector.select(0):
        break
    wait(selector)
    (sample,), _cursor = meter.samples_since()
    assert (sample.ready, sample.events_handled) == (3, 1)


def test_registered_follows_register_and_unregister(metered):
    meter, selector, ends = metered
    selector.unregister(ends[0])
    wait(selector)
    selector.register(ends[0], selectors.EVENT_READ)
    with pytest.raises(KeyError):
        selector.register(ends[0], selectors.EVENT_READ)
    wait(selector)
    wait(selector)
    assert [sample.registered for sample in meter.samples_since()[0]] == [2, 3]


def test_a_sleep_costs_time_and_no_cpu(metered):
    meter, selector, _ends = metered
    wait(selector, timeout=0.1)
    wait(selector)
    (sample,), _cursor = meter.samples_since()
    assert sample.sleep_seconds > 3 * sample.cpu_in_select


def test_a_wait_that_raises_is_not_counted_twice(metered):
    meter, selector, _ends = metered
    wait(selector)

    def broken(timeout):
        raise OSError("no wait")

    inner, selector.selector.select = selector.selector.select, broken
    for _ in range(2):
        with pytest.raises(OSError, match="no wait"):
            selector.select(0)
    selector.selector.select = inner
    wait(selector)
    assert meter.waits == 1


def test_other_calls_are_passed_on(metered):
    _meter, selector, ends = metered
    assert len(selector.get_map()) == 3
    assert selector.get_key(ends[2]).data == 1
    assert selector.modify(ends[2], selectors.EVENT_WRITE, data="changed").data == "changed"
    assert wait(selector) == ["changed"]


@given(st.integers(0, 40), st.lists(st.integers(0, 12), max_size=6))
def test_a_reader_gets_each_sample_once_and_in_order_unless_it_is_lapped(before, steps):
    meter = SelectorMeter(capacity=8)

    def record():
        meter.record(Sample(meter.waits, 0, 0, 0, 0, 0, 0))

    for _ in range(before):
        record()
    got, cursor = meter.samples_since()
    assert [s.timestamp for s in got] == list(range(max(0, before - 8), before))
    for step in steps:
        start = meter.waits
        for _ in range(step):
            record()
        got, cursor = meter.samples_since(cursor)
        assert [s.timestamp for s in got] == list(range(max(start, meter.waits - 8), meter.waits))

"""The history keeps the waits that slept, and no wait of another kind pushes one of them out."""

import pytest

from readiness.experiments.meter import Sample
from readiness.widgets.wait_history import KEPT, MIN_RUN, WaitHistory


def wait(registered, us=50.0, sleep=0.05, ready=5):
    return Sample(0.0, registered, ready, us * 1e-6, sleep, ready, 1e-4)


@pytest.fixture
def history():
    return WaitHistory()


@pytest.mark.parametrize("waits", [1, 2 * MIN_RUN])
def test_waits_that_find_something_at_once_push_no_wait_out_that_slept(history, waits):
    """900 idle clients, settled; then more connect, and none of these waits sleeps."""
    for _time in range(50):
        history.add("select", [wait(907, 1100)])
    for n in range(750, 1010):
        history.add("select", [wait(n, 70, sleep=0.0)] * waits)
    assert history.points("select") == ([907] * KEPT, [pytest.approx(1100)] * KEPT)
    assert history.medians("select") == ([907], [pytest.approx(1100)])


def test_while_clients_connect_no_wait_is_settled(history):
    for n in range(10, 900):
        history.add("poll", [wait(n)] * (MIN_RUN - 1))
    assert history.points("poll") == ([], [])
    assert history.backends == []
    history.add("poll", [wait(899)])
    assert history.points("poll")[0] == [899] * MIN_RUN


def test_a_wait_that_finds_something_at_once_does_not_interrupt_a_settled_number(history):
    history.add("poll", [wait(15), wait(15, sleep=0.0)] * MIN_RUN)
    assert history.points("poll")[0] == [15] * MIN_RUN


def test_a_timer_that_ends_a_wait_is_not_kept(history):
    history.add("epoll", [wait(15), wait(15, us=9, ready=0)] * MIN_RUN)
    assert history.latest["epoll"].ready == 5
    assert 9 not in [round(us) for us in history.points("epoll")[1]]


def test_the_latest_wait_of_each_backend_stays(history):
    history.add("poll", [wait(907, ready=3)] * MIN_RUN)
    history.add("epoll", [wait(2009, ready=2)] * (MIN_RUN + 3))
    history.add("select", [])
    assert {name: latest.ready for name, latest in history.latest.items()} == {"poll": 3, "epoll": 2}
    assert history.backends == ["poll", "epoll"]


def test_a_backend_begins_a_new_run(history):
    history.add("poll", [wait(907)] * (MIN_RUN - 1))
    history.add("epoll", [wait(907)] * (MIN_RUN - 1))
    assert history.backends == []


def test_a_median_is_of_the_last_waits(history):
    history.add("poll", [wait(907, 5000)] * 20 + [wait(907, us) for us in range(101, 101 + KEPT)])
    assert history.medians("poll")[1] == [pytest.approx(101 + (KEPT - 1) / 2)]


def test_similar_numbers_share_a_median_and_the_line_goes_to_the_right(history):
    for n in (900, 15, 17, 19, 2000, 907, 100):
        history.add("epoll", [wait(n)] * MIN_RUN)
    numbers = history.medians("epoll")[0]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4
    assert 15 <= numbers[0] <= 19


def test_a_wait_history_is_bounded(history):
    for n in range(20_000):
        history.add("poll", [wait(1 + n % 9000)] * (MIN_RUN + 1))
    assert len(history.points("poll")[0]) < 500


def test_waits_with_another_number_of_talking_clients_are_another_line(history):
    for registered in (15, 2005):
        history.add("poll", [wait(registered)] * MIN_RUN, 3)
    history.add("poll", [wait(62)] * (MIN_RUN - 1), 50)
    assert history.medians("poll")[0] == [15, 2005], "until a wait is settled, what was seen stays"
    history.add("poll", [wait(62)], 50)
    assert (history.medians("poll")[0], history.backends, history.latest["poll"].registered) == ([62], ["poll"], 62)
    history.add("epoll", [wait(2005)] * MIN_RUN, 3)
    assert (history.medians("poll")[0], history.medians("epoll")[0]) == ([15, 2005], [2005])


def test_waits_before_the_clients_have_connected_are_not_taken_for_theirs(history):
    history.add("poll", [wait(15)] * MIN_RUN, None)
    history.add("poll", [wait(15)] * MIN_RUN + [wait(62)] * MIN_RUN, 50)
    assert history.medians("poll")[0] == [62]

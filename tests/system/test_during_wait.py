"""The callback runs while the thread sleeps, and the thread is awaited, also if the callback fails."""

import select
import socket
import threading

import pytest

from readiness.system import thread_state
from readiness.system.during_wait import call_during_wait


@pytest.fixture
def pair():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_the_callback_sees_a_sleeper_and_ends_its_wait(pair):
    sock, peer = pair
    asleep = []

    def wake(thread):
        asleep.append(thread_state.wait_until_asleep(thread, timeout=0.5))
        peer.send(b"x")

    assert call_during_wait(lambda: select.select([sock], [], [], 5)[0], wake) == [sock]
    assert asleep == [True]


def test_a_failing_callback_leaves_no_thread(pair):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        call_during_wait(lambda: select.select([pair[0]], [], [], 0.2), lambda _thread: 1 / 0)
    assert threading.active_count() == before

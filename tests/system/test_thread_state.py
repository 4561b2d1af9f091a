"""A sleeping thread is seen asleep, in the kernel function that it sleeps in, and each sleep is counted."""

import socket
import sys
import threading
import time

import pytest

from readiness.base.messages import UserError
from readiness.system import limits, thread_state

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it, on Linux")


@pytest.fixture
def reader():
    """A thread that sleeps in recv, once for each byte that it is sent; and the socket that wakes it."""
    ours, theirs = socket.socketpair()

    def read():
        while theirs.recv(1):
            pass

    thread = threading.Thread(target=read)
    thread.start()
    yield thread, ours
    ours.close()
    thread.join()
    theirs.close()


def test_a_thread_in_recv_sleeps_in_the_kernel(reader):
    thread, _ours = reader
    assert thread_state.wait(thread)
    assert "read" in thread_state.function(thread)  # unix_stream_read_generic, or a function of its own for waiting


def test_each_sleep_of_another_thread_counts(reader):
    thread, ours = reader
    assert thread_state.wait(thread)
    before = thread_state.times(thread)
    for _ in range(3):
        ours.send(b"x")
        while (
            thread_state.times(thread) == before
        ):  # once in recv, and once more where it waits for the interpreter's lock
            time.sleep(0.001)
        assert thread_state.wait(thread)
        before = thread_state.times(thread)


def test_our_own_sleeps_are_counted_too():
    before = thread_state.times()
    for _ in range(50):
        time.sleep(0.0001)
    assert thread_state.times() >= before + 50


def test_who_does_not_sleep_is_refused():
    with pytest.raises(UserError, match="not asleep"):
        thread_state.function(threading.main_thread(), seconds=0.01)
    assert not thread_state.wait(threading.main_thread(), seconds=0.01)
    ended = threading.Thread(target=int)
    ended.start()
    ended.join()
    with pytest.raises(UserError):
        thread_state.function(ended, seconds=0.01)


def test_where_nothing_is_told_it_is_said(reader, monkeypatch):
    monkeypatch.setattr(thread_state, "read_proc", lambda path: None)
    thread, _ours = reader
    assert thread_state.wait(thread)
    with pytest.raises(UserError, match="doesn't tell"):
        thread_state.function(thread)
    with pytest.raises(UserError, match="doesn't count"):
        thread_state.times(thread)
    monkeypatch.setattr(thread_state, "resource", None)
    with pytest.raises(UserError, match="doesn't count"):
        thread_state.times()
    assert limits.read_proc("/proc/self/status")

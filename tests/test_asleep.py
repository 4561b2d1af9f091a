"""A sleeping thread is seen asleep, in the kernel function that it sleeps in, and each sleep is counted."""

import socket
import sys
import threading
import time

import pytest

from readiness import asleep, limits
from readiness.words import Refusal

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
    assert asleep.wait(thread)
    assert "read" in asleep.function(thread)  # unix_stream_read_generic, or a function of its own for waiting


def test_each_sleep_of_another_thread_counts(reader):
    thread, ours = reader
    assert asleep.wait(thread)
    before = asleep.times(thread)
    for _ in range(3):
        ours.send(b"x")
        while asleep.times(thread) == before:  # once in recv, and once more where it waits for the interpreter's lock
            time.sleep(0.001)
        assert asleep.wait(thread)
        before = asleep.times(thread)


def test_our_own_sleeps_are_counted_too():
    before = asleep.times()
    for _ in range(50):
        time.sleep(0.0001)
    assert asleep.times() >= before + 50


def test_who_does_not_sleep_is_refused():
    with pytest.raises(Refusal, match="not asleep"):
        asleep.function(threading.main_thread(), seconds=0.01)
    assert not asleep.wait(threading.main_thread(), seconds=0.01)
    ended = threading.Thread(target=int)
    ended.start()
    ended.join()
    with pytest.raises(Refusal):
        asleep.function(ended, seconds=0.01)


def test_where_nothing_is_told_it_is_said(reader, monkeypatch):
    monkeypatch.setattr(asleep, "read_proc", lambda path: None)
    thread, _ours = reader
    assert asleep.wait(thread)
    with pytest.raises(Refusal, match="doesn't tell"):
        asleep.function(thread)
    with pytest.raises(Refusal, match="doesn't count"):
        asleep.times(thread)
    monkeypatch.setattr(asleep, "resource", None)
    with pytest.raises(Refusal, match="doesn't count"):
        asleep.times()
    assert limits.read_proc("/proc/self/status")

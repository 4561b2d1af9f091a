"""A sleeping thread is seen asleep, in the kernel function that it sleeps in, and each sleep is counted."""

import socket
import sys
import threading
import time

import pytest

from readiness.base.messages import UserError
from readiness.system import limits, thread_state

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")


@pytest.fixture
def reader():
    """A thread that sleeps in recv, once for each byte that it is sent; and the socket that wakes it."""
    sock, peer = socket.socketpair()

    def read():
        while peer.recv(1):
            pass

    thread = threading.Thread(target=read)
    thread.start()
    yield thread, sock
    sock.close()
    thread.join()
    peer.close()


def test_a_thread_in_recv_sleeps_in_the_kernel(reader):
    thread, _sock = reader
    assert thread_state.wait_until_asleep(thread)
    assert "read" in thread_state.wchan(thread)  # unix_stream_read_generic, or a function of its own for waiting


def test_each_sleep_of_another_thread_counts(reader):
    thread, sock = reader
    assert thread_state.wait_until_asleep(thread)
    before = thread_state.voluntary_switches(thread)
    for _ in range(3):
        sock.send(b"x")
        while (
            thread_state.voluntary_switches(thread) == before
        ):  # once in recv, and once more where it waits for the interpreter's lock
            time.sleep(0.001)
        assert thread_state.wait_until_asleep(thread)
        before = thread_state.voluntary_switches(thread)


def test_the_sleeps_of_this_thread_count_too():
    before = thread_state.voluntary_switches()
    for _ in range(50):
        time.sleep(0.0001)
    assert thread_state.voluntary_switches() >= before + 50


def test_a_thread_that_does_not_sleep_is_refused():
    with pytest.raises(UserError, match="not asleep"):
        thread_state.wchan(threading.main_thread(), timeout=0.01)
    assert not thread_state.wait_until_asleep(threading.main_thread(), timeout=0.01)
    ended = threading.Thread(target=int)
    ended.start()
    ended.join()
    with pytest.raises(UserError):
        thread_state.wchan(ended, timeout=0.01)


def test_a_system_without_proc_is_named(reader, monkeypatch):
    monkeypatch.setattr(thread_state, "read_proc", lambda path: None)
    thread, _sock = reader
    assert thread_state.wait_until_asleep(thread)
    with pytest.raises(UserError, match="doesn't tell"):
        thread_state.wchan(thread)
    with pytest.raises(UserError, match="doesn't count"):
        thread_state.voluntary_switches(thread)
    monkeypatch.setattr(thread_state, "resource", None)
    with pytest.raises(UserError, match="doesn't count"):
        thread_state.voluntary_switches()
    assert limits.read_proc("/proc/self/status")

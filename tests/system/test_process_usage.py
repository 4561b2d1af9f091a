"""What a process has used is read from /proc in the units that are promised, and is None where there is nothing."""

import os
import subprocess
import sys
import threading
import time

import pytest

from readiness.base.background import wait_until
from readiness.system import process_usage

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")


@linux
@pytest.mark.parametrize("function", [process_usage.cpu_seconds, process_usage.exact_cpu_seconds])
def test_the_cpu_time_of_all_threads_is_in_seconds(function):
    enough = threading.Event()

    def spin():
        while not enough.is_set():
            pass

    thread = threading.Thread(target=spin)
    thread.start()
    started, before = time.process_time(), function(os.getpid())
    while time.process_time() < started + 0.3:
        pass
    used, counted = time.process_time() - started, function(os.getpid()) - before
    enough.set()
    thread.join()
    assert used - 0.05 < counted < used + 0.05


@linux
def test_each_thread_has_its_times():
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    times = process_usage.thread_times(os.getpid())
    gate.set()
    thread.join()
    assert {thread.native_id, threading.get_native_id()} <= times.keys()
    assert times[threading.get_native_id()].running > times[thread.native_id].running
    assert all(0 <= each.queued < 1e6 for each in times.values())


@linux
def test_the_memory_is_in_bytes():
    before = process_usage.resident_bytes(os.getpid())
    allocated = b"x" * (64 << 20)
    assert len(allocated) // 2 < process_usage.resident_bytes(os.getpid()) - before < len(allocated) * 2


@linux
def test_descriptors_are_counted():
    before = process_usage.open_descriptors(os.getpid())
    ends = os.pipe()
    assert process_usage.open_descriptors(os.getpid()) == before + 2
    for end in ends:
        os.close(end)


@linux
def test_a_process_is_asleep_and_then_has_ended():
    # The name of its main thread holds what separates the fields of /proc/PID/stat.
    program = "open('/proc/self/comm', 'w').write(') R 1 ('); print('here', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert wait_until(lambda: process_usage.state(process.pid) == "S", 5)
        assert not process_usage.runs(process.pid)
        assert process_usage.runs(os.getpid())
        assert process_usage.cpu_seconds(process.pid) < 60
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process_usage.state(process.pid) == "Z"
    assert process_usage.state(process.pid) is None
    assert not process_usage.runs(process.pid)


@pytest.mark.parametrize(
    "function",
    [
        process_usage.cpu_seconds,
        process_usage.exact_cpu_seconds,
        process_usage.thread_times,
        process_usage.state,
        process_usage.open_descriptors,
        process_usage.resident_bytes,
    ],
)
def test_a_process_that_is_not_there_has_nothing(function):
    assert function(2**31 - 1) is None

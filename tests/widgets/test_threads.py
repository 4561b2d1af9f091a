"""The threads of the panels continue after an error, and share one switch interval of the interpreter."""

import sys
import threading

from readiness.base.background import wait_until
from readiness.widgets.threads import LatestTaskThread, PeriodicThread


def test_a_periodic_thread_continues_after_an_error():
    calls, errors = [], []

    def fail():
        calls.append(1)
        raise ValueError("each time")

    thread = PeriodicThread(fail, errors.append, rate=100)
    assert wait_until(lambda: len(errors) >= 3, 10)
    thread.stop()
    assert len(calls) == len(errors)


def running_thread():
    """Start a thread, and return it when it has called its function."""
    called = threading.Event()
    thread = PeriodicThread(called.set, print, rate=100)
    assert called.wait(10)
    return thread


def test_the_switch_interval_is_short_while_a_periodic_thread_runs_and_then_as_before():
    before = sys.getswitchinterval()
    first, second = running_thread(), running_thread()
    intervals = [sys.getswitchinterval()]
    for thread in (first, first, second, second):  # a second call of `stop` counts no thread twice
        thread.stop()
        intervals.append(sys.getswitchinterval())
    third = running_thread()
    intervals.append(sys.getswitchinterval())
    third.stop()
    assert intervals == [0.001, 0.001, 0.001, before, before, 0.001]
    assert sys.getswitchinterval() == before


def test_a_periodic_thread_may_be_stopped_by_its_own_function():
    calls, errors, threads = [], [], []
    may_run = threading.Event()

    def stop():
        may_run.wait(10)
        calls.append(1)
        threads[0].stop()

    threads.append(PeriodicThread(stop, errors.append, rate=100))
    may_run.set()
    threads[0].stop()
    assert (len(calls), errors) == (1, [])


def test_a_latest_task_thread_runs_the_last_task_and_reports_errors():
    began, gate, done, errors = threading.Event(), threading.Event(), [], []
    thread = LatestTaskThread(errors.append)
    thread.submit(lambda: (began.set(), gate.wait()))
    assert began.wait(5)
    for n in range(5):
        thread.submit(lambda n=n: done.append(n))
    gate.set()
    assert wait_until(lambda: done, 5)
    assert done == [4]
    thread.submit(lambda: 1 / 0)
    assert wait_until(lambda: errors, 5)
    thread.stop()
    thread.stop()


def test_an_exception_of_any_kind_ends_no_thread():
    errors = []
    periodic, latest = PeriodicThread(lambda: sys.exit(1), errors.append, rate=100), LatestTaskThread(errors.append)
    assert wait_until(lambda: len(errors) >= 3, 10)
    periodic.stop()
    errors.clear()
    for n in (1, 2):
        latest.submit(lambda: sys.exit(1))
        assert wait_until(lambda n=n: len(errors) == n, 10)
    latest.stop()

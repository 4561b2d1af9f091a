"""The refreshing threads go on after an error, and a status line shows what it should."""

import threading

from readiness.base.background import wait_until
from readiness.widgets.base import LatestTaskThread, PeriodicThread, StatusLine


def test_a_status_line_changes_rarely_and_always_shows_a_final_text():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.update("two")
    assert "one" in line.widget.value
    line.update("three & <more>", final=True)
    assert "three &amp; &lt;more&gt;" in line.widget.value


def test_a_periodic_thread_goes_on_after_an_error():
    calls, errors = [], []

    def fail():
        calls.append(1)
        raise ValueError("each time")

    thread = PeriodicThread(fail, errors.append, rate=100)
    assert wait_until(lambda: len(errors) >= 3, 10)
    thread.stop()
    assert len(calls) == len(errors)


def test_a_latest_task_thread_runs_the_last_task_and_reports_errors():
    gate, done, errors = threading.Event(), [], []
    thread = LatestTaskThread(errors.append)
    thread.submit(gate.wait)
    wait_until(lambda: thread._pending is None, 5)
    for n in range(5):
        thread.submit(lambda n=n: done.append(n))
    gate.set()
    assert wait_until(lambda: done, 5)
    assert done == [4]
    thread.submit(lambda: 1 / 0)
    assert wait_until(lambda: errors, 5)
    thread.stop()

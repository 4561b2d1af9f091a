"""A worker yields the messages of its child, reports why the child ended, and has ended when it is closed."""

import os
import threading

import psutil
import pytest

from readiness.base.messages import UserError
from readiness.base.worker import Worker

CHILD = """
import json, sys
from readiness.base.worker import send_to_parent
for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "refuse":
        send_to_parent(user_error="Not today.")
    elif command["do"] == "crash":
        raise SystemError("a fault of ours")
    elif command["do"] == "complain":
        sys.stderr.write("x" * 200_000 + "\\n")
        send_to_parent(done=1)
    elif command["do"] == "end":
        break
    else:
        send_to_parent(received=command["do"])
"""


@pytest.fixture
def worker(tmp_path, monkeypatch):
    (tmp_path / "echo_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])))
    with Worker("echo_child") as worker:
        yield worker


def test_messages_come_in_order_until_the_child_ends(worker):
    for text in ("one", "zwei", "三", "end"):
        worker.send({"do": text})
    assert [message["received"] for message in worker] == ["one", "zwei", "三"]


def test_a_user_error_in_the_child_is_raised_here(worker):
    worker.send({"do": "refuse"})
    with pytest.raises(UserError, match=r"Not today\."):
        list(worker)


def test_a_crash_is_not_taken_for_an_end(worker):
    worker.send({"do": "crash"})
    with pytest.raises(RuntimeError, match="a fault of ours"):
        list(worker)


def test_a_child_may_write_any_amount_of_errors_before_its_message(worker):
    watchdog = threading.Timer(10, worker._process.kill)  # ends the wait for a message that never comes
    watchdog.start()
    worker.send({"do": "complain"})
    try:
        assert next(iter(worker)) == {"done": 1}
    finally:
        watchdog.cancel()
        watchdog.join()


def test_only_the_last_line_of_many_errors_is_reported(worker):
    worker.send({"do": "complain"})
    worker.send({"do": "crash"})
    with pytest.raises(RuntimeError, match=r"ended early: SystemError: a fault of ours$"):
        list(worker)


def test_close_ends_a_child_that_would_wait_without_a_time_limit(worker):
    assert psutil.pid_exists(worker.pid)
    worker.close()
    worker.close()
    assert not worker.alive
    assert not psutil.pid_exists(worker.pid)


def test_sending_to_a_child_that_has_ended_is_quiet(worker):
    worker.send({"do": "end"})
    assert list(worker) == []
    worker.send({"do": "anything"})

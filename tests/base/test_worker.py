"""A worker gives what its child tells, says why it ended, and is gone when it is closed."""

import psutil
import pytest

from readiness.base.messages import UserError
from readiness.base.worker import Worker

CHILD = """
import json, sys
from readiness.worker import tell
for line in sys.stdin:
    order = json.loads(line)
    if order["do"] == "refuse":
        tell(user_error="Not today.")
    elif order["do"] == "crash":
        raise SystemError("a fault of ours")
    elif order["do"] == "end":
        break
    else:
        tell(heard=order["do"])
"""


@pytest.fixture
def worker(tmp_path, monkeypatch):
    (tmp_path / "parrot.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Worker("parrot") as worker:
        yield worker


def test_messages_come_in_order_until_the_child_ends(worker):
    for word in ("one", "zwei", "三", "end"):
        worker.send({"do": word})
    assert [message["heard"] for message in worker] == ["one", "zwei", "三"]


def test_a_user_error_in_the_child_is_raised_here(worker):
    worker.send({"do": "refuse"})
    with pytest.raises(UserError, match=r"Not today\."):
        list(worker)


def test_a_crash_is_not_taken_for_an_end(worker):
    worker.send({"do": "crash"})
    with pytest.raises(RuntimeError, match="a fault of ours"):
        list(worker)


def test_close_ends_a_child_that_would_wait_for_ever(worker):
    assert psutil.pid_exists(worker.pid)
    worker.close()
    worker.close()
    assert not worker.alive
    assert not psutil.pid_exists(worker.pid)


def test_sending_to_one_that_has_gone_is_quiet(worker):
    worker.send({"do": "end"})
    assert list(worker) == []
    worker.send({"do": "anything"})

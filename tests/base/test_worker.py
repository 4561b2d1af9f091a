"""A worker yields the messages of its child, reports why the child ended, and has ended when it is closed."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.base.worker import Worker, WorkerError
from readiness.clients.swarm import Swarm
from readiness.experiments import sleeping_wait, thread_cost, thundering_herd
from readiness.system import signals
from tests import ROOT

CHILD = """
import json, os, signal, sys
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
    elif command["do"] == "exit":
        sys.stdout.flush()
        os._exit(3)
    elif command["do"] == "be killed":
        sys.stdout.write('{"half": ')
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
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
    with pytest.raises(WorkerError, match="a fault of ours"):
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
    with pytest.raises(WorkerError, match=r"ended early: SystemError: a fault of ours\. Run the cell again\.$"):
        list(worker)


def test_close_ends_a_child_that_would_wait_without_a_time_limit(worker):
    assert psutil.pid_exists(worker.pid)
    worker.close()
    worker.close()
    assert not worker.alive
    assert not psutil.pid_exists(worker.pid)


def test_sending_to_a_child_that_has_ended_is_quiet(worker):
    worker.send({"do": "anything"})
    worker.send({"do": "end"})
    assert len(list(worker)) == 1
    worker.send({"do": "anything"})


@pytest.mark.skipif(os.name != "posix", reason="ends the child by signal")
def test_a_killed_child_is_named_by_its_signal_also_in_the_middle_of_a_message(worker):
    worker.send({"do": "be killed"})
    with pytest.raises(WorkerError, match=r"by the signal SIGKILL\. .*memory.* Run the cell again\."):
        list(worker)


def test_a_child_that_ends_without_a_word_is_named_by_its_exit_code(worker):
    worker.send({"do": "exit"})
    with pytest.raises(WorkerError, match="ended early: exit code 3"):
        list(worker)


def test_close_ends_the_iteration_of_another_thread_without_an_error(worker):
    received = iter(worker)
    worker.send({"do": "anything"})
    next(received)
    worker.close()  # as another thread may, between two reads
    assert list(received) == []


@pytest.mark.parametrize("name", ["selectors", "select", "socket", "json", "threading", "re"])
def test_a_file_beside_the_notebook_replaces_no_module_in_a_worker(worker, tmp_path, monkeypatch, name):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / f"{name}.py").write_text("class MyOwn: pass")
    monkeypatch.chdir(folder)
    with Worker("echo_child") as other:
        other.send({"do": "anything"})
        assert next(iter(other)) == {"received": "anything"}
    with Worker("readiness.clients.swarm_worker") as swarm:
        assert next(iter(swarm))["idle"] == 0


def test_each_python_that_the_course_starts_ignores_the_current_folder():
    sources = [*(ROOT / "readiness").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    sources += [*(ROOT / "solutions").glob("*.ipynb"), *(ROOT / "labs").glob("*.ipynb")]
    texts = [path.read_text(encoding="utf-8").replace('\\"', '"') for path in sources]
    starts = [start for text in texts for start in re.findall(r"\[sys\.executable, .*", text)]
    assert len(starts) >= 4
    assert [start for start in starts if not re.match(r'\[sys\.executable, "-[PI]"', start)] == []


STUCK_CHILD = """
import re
from readiness.base.worker import read_request, send_to_parent
send_to_parent(**read_request())
re.match("(a+)+$", "a" * 60 + "b")  # it holds Python's lock (the GIL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs F_SETSIG")
def test_a_child_that_reads_one_request_ends_with_its_parent_even_inside_of_c_code(tmp_path, monkeypatch):
    (tmp_path / "stuck_child.py").write_text(STUCK_CHILD)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])))
    program = (
        "from readiness.base.worker import Worker; w = Worker('stuck_child'); w.send({'pid': w.pid});"
        "print(next(iter(w))['pid'], flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        try:
            assert wait_until(lambda: child.cpu_times().user > 0.5, 10)
            parent.kill()
            parent.wait()
            assert psutil.wait_procs([child], timeout=5)[1] == []
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


@pytest.mark.parametrize("end", [True, False])
def test_a_child_whose_parent_ends_before_it_asks_ends_quietly(end):
    reader, writer = os.pipe()
    if not end:
        os.write(writer, b"{}\n")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        program = "from readiness.base.worker import read_request; read_request(); print('on')"
        completed = subprocess.run([sys.executable, "-c", program], stdin=pipe, capture_output=True, text=True)
    assert (completed.stdout, completed.stderr) == ("", "")


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="needs SIGCHLD")
def test_where_sigchld_is_ignored_a_killed_child_is_an_error_and_a_measurement_works(worker):
    with signals.handler(signal.SIGCHLD, signal.SIG_IGN):
        if sys.platform == "linux":
            assert thundering_herd.measure_wakeups("", 2, 2)["wakeups"] > 0
            assert sleeping_wait.measure("poll", 10)["slept"] > 0
            assert thread_cost.measure(3, "one wait")["clients"] == 3
        with Worker("echo_child") as other:
            os.kill(other.pid, signal.SIGKILL)
            with pytest.raises(WorkerError, match="ended early"):
                next(iter(other))


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="needs SIGCHLD")
def test_where_sigchld_is_ignored_a_killed_swarm_says_so():
    with signals.handler(signal.SIGCHLD, signal.SIG_IGN), Swarm(("127.0.0.1", 1)) as swarm:
        os.kill(swarm.pid, signal.SIGKILL)
        assert wait_until(lambda: swarm.status.ended, 10)
        assert "ended" in swarm.status.message
        assert "another process starts" in swarm.status.message

"""Thread cost: a thread for each client takes memory and sleeps for each message; one wait for all takes neither."""

import json
import subprocess
import sys

import psutil
import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.base.worker import Worker, WorkerError
from readiness.experiments import thread_cost
from tests.experiments.helpers import run_child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is measured on Linux only")


def test_threads_take_memory_and_sleep_for_each_message():
    threads, one_wait = (thread_cost.measure(100, strategy) for strategy in thread_cost.STRATEGIES)
    assert [set(threads), threads["strategy"], one_wait["strategy"]] == [set(one_wait), *thread_cost.STRATEGIES]
    assert threads["clients"] == one_wait["clients"] == 100
    assert threads["resident"] > 100 * 4096  # a page of its stack, at least
    assert threads["resident"] > 4 * one_wait["resident"]
    assert threads["reserved"] - one_wait["reserved"] > 99 * 65536
    assert threads["sleeps"] > 0.9
    assert one_wait["sleeps"] < threads["sleeps"] / 2
    assert all(cost["start"] > 0 and cost["cpu"] > 0 for cost in (threads, one_wait))


def test_the_table_shows_medians_and_ranges():
    run = {"clients": 1000, "strategy": "one wait", "resident": 2e5, "reserved": 7.55e7, "sleeps": 0.0012}
    runs = [run | {"start": start, "cpu": cpu} for start, cpu in ((0.002, 2e-6), (0.003, 4.04e-6), (0.9, 3e-6))]
    [head, row] = thread_cost.table([runs]).splitlines()
    assert " ".join(row.split()) == "1,000 one wait 3.0 ms 0.2 MB 76 MB 2.0 to 4.0 µs 0.001 to 0.001"
    assert len(head) == len(row)


LIMITED = """
import resource
resource.setrlimit(resource.{limit}, (2**{power}, 2**{power}))
from readiness.experiments import thread_cost
from readiness.base.messages import UserError
try:
    thread_cost.measure(1000, "a thread each")
except UserError as error:
    print(error)
"""


@pytest.mark.parametrize(("limit", "power"), [("RLIMIT_NOFILE", 8), ("RLIMIT_AS", 30)], ids=["sockets", "threads"])
def test_too_low_limits_are_refused(limit, power):
    program = LIMITED.format(limit=limit, power=power)
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert completed.stdout == "This system allows too few sockets or threads for 1000 clients.\n", completed.stderr


@pytest.mark.parametrize("strategy", thread_cost.STRATEGIES)
def test_the_server_ends_with_its_clients(strategy):
    command = [sys.executable, "-m", "readiness.experiments.thread_cost"]
    completed = run_child(command, clients=10, strategy=strategy)
    assert (completed.returncode, completed.stderr, json.loads(completed.stdout)["clients"]) == (0, "", 10)


@pytest.fixture
def running_worker():
    """A worker that has begun to measure, and the process of its clients."""
    with Worker("readiness.experiments.thread_cost") as worker:
        worker.send({"clients": 1000, "strategy": "a thread each"})
        assert wait_until(lambda: psutil.Process(worker.pid).children(), 10)
        (client_process,) = psutil.Process(worker.pid).children()
        yield worker, client_process


def test_the_clients_end_with_their_server(running_worker):
    worker, client_process = running_worker
    worker.close()
    assert psutil.wait_procs([client_process], timeout=10)[1] == []


def test_a_client_process_that_ended_early_is_not_waited_for(running_worker):
    worker, client_process = running_worker
    client_process.kill()
    with pytest.raises(WorkerError, match="the process with the clients has ended"):
        next(iter(worker))


def test_clients_that_were_killed_are_not_a_limit_of_the_system():
    program = (
        "import os; from readiness.experiments import thread_cost\n"
        "thread_cost._client_process = lambda *arguments: os._exit(0)\n"
        "thread_cost.main()"
    )
    ended = run_child([sys.executable, "-c", program], clients=3, strategy="a thread each")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "the process with the clients has ended\n"


@pytest.mark.parametrize("clients", [-3, 0, 1.5, 10**8])
def test_a_number_that_can_not_be_measured_is_refused(clients):
    with pytest.raises(UserError, match="choose a whole number from 1 to"):
        thread_cost.measure(clients, "one wait")


def test_a_strategy_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match=r"no strategy 'a process each': choose one of a thread each, one wait\.$"):
        thread_cost.measure(3, "a process each")

"""A swarm is as large as requested, or reports why not, and ends with its parent."""

import errno
import math
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.clients import swarm_worker
from readiness.clients.swarm import Swarm
from readiness.servers.echo.selectors_server import EchoServer
from tests import ROOT


@pytest.fixture
def server():
    with BackgroundServer(EchoServer()) as running:
        yield running.server


def test_a_swarm_grows_sends_and_shrinks(server):
    with Swarm(server.address) as swarm:
        swarm.resize(idle=200, active=5, rate=100)
        assert swarm.wait_until_ready()
        assert wait_until(lambda: len(server.connections) == 205, 10)
        assert wait_until(lambda: swarm.status.replies > 50, 10)
        swarm.resize(idle=3)
        assert swarm.wait_until_ready()
        assert wait_until(lambda: len(server.connections) == 3, 10)
    assert wait_until(lambda: not server.connections, 10)


def test_progress_counts_the_clients_until_all_are_connected_or_one_has_failed(server):
    with Swarm(server.address) as swarm:
        assert swarm.progress == (0, 0)
        swarm.resize(idle=3000)
        assert swarm.progress == (0, 3000)
        assert wait_until(lambda: 0 < swarm.progress[0] < 3000, 10)
        assert swarm.wait_until_ready(30)
        assert swarm.progress == (3000, 3000)
        swarm.resize(idle=2)
        assert swarm.progress == (2, 2), "none is connecting"
        swarm.resize(idle=2, address=("127.0.0.1", 1))  # nothing listens there
        assert not swarm.wait_until_ready(30)
        assert swarm.progress == (2, 2)


def test_a_swarm_that_is_resized_midway_ends_at_the_last_request(server):
    with Swarm(server.address) as swarm:
        for idle in (1500, 10, 700, 20):
            swarm.resize(idle=idle)
            wait_until(lambda: swarm.status.idle, 10)
        assert swarm.wait_until_ready()
        assert wait_until(lambda: len(server.connections) == 20, 10)


def test_a_new_address_moves_all_clients(server):
    with BackgroundServer(EchoServer()) as other, Swarm(server.address) as swarm:
        swarm.resize(idle=50)
        assert swarm.wait_until_ready()
        swarm.resize(idle=50, address=other.server.address)
        assert swarm.wait_until_ready()
        assert wait_until(lambda: len(other.server.connections) == 50 and not server.connections, 10)


def test_a_swarm_reports_that_the_server_closed_connections():
    with BackgroundServer(EchoServer()) as running, Swarm(running.server.address) as swarm:
        swarm.resize(idle=20)
        assert swarm.wait_until_ready()
        running.stop()
        assert wait_until(lambda: swarm.status.message, 10)
        assert "closed" in swarm.status.message
        assert swarm.status.lost == 20


@pytest.mark.skipif(os.name != "posix", reason="stops the process by signal")
def test_that_a_server_closed_its_connections_is_history_once_there_is_another(server):
    with BackgroundServer(EchoServer()) as running, Swarm(running.server.address) as swarm:
        swarm.resize(idle=20)
        assert swarm.wait_until_ready()
        running.stop()
        assert wait_until(lambda: swarm.problem, 10)
        os.kill(swarm.pid, signal.SIGSTOP)  # so that its last report stays that of the old server
        swarm.resize(idle=20, address=server.address)
        assert swarm.status.message
        assert not swarm.problem
        os.kill(swarm.pid, signal.SIGCONT)
        assert swarm.wait_until_ready()
        assert not swarm.problem


def test_a_swarm_reports_that_no_server_listens(server):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    with Swarm(address) as swarm:
        swarm.resize(idle=20)
        assert not swarm.wait_until_ready()
        assert "0 connections" in swarm.status.message


@pytest.mark.skipif(sys.platform != "linux", reason="lowers another process's limit with prlimit(2)")
def test_a_swarm_reports_the_descriptor_limit(server):
    with Swarm(server.address) as swarm:
        swarm.resize(idle=1)
        assert swarm.wait_until_ready()
        psutil.Process(swarm.pid).rlimit(psutil.RLIMIT_NOFILE, (64, 64))
        swarm.resize(idle=200)
        assert not swarm.wait_until_ready()
        assert "ulimit -n" in swarm.status.message
        assert wait_until(lambda: 30 < len(server.connections) < 64, 10)


@pytest.mark.skipif(os.name != "posix", reason="ends the parent by signal")
def test_a_swarm_ends_with_its_parent(server):
    program = (
        "import sys, signal; from readiness.clients.swarm import Swarm\n"
        f"swarm = Swarm({server.address!r}); swarm.resize(idle=5); swarm.wait_until_ready()\n"
        "print(swarm.pid, flush=True)\n"
        "signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
        assert wait_until(lambda: not psutil.pid_exists(pid), 10)


@pytest.mark.skipif(os.name != "posix", reason="hides all but select through a sitecustomize for Linux")
def test_a_swarm_that_has_only_select_stops_at_its_bitmap(server, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "course" / "fake_platform"))
    monkeypatch.setenv("FAKE_PLATFORM", "select")
    with Swarm(server.address) as swarm:
        swarm.resize(idle=1200)
        assert not swarm.wait_until_ready()
        assert "select" in swarm.status.message
        assert swarm.status.idle > 900


@pytest.mark.skipif(os.name != "posix", reason="ends the process by signal")
def test_a_killed_swarm_says_so_and_the_next_request_starts_another(server):
    with Swarm(server.address) as swarm:
        swarm.resize(idle=5)
        assert swarm.wait_until_ready()
        before = swarm.pid
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: swarm.status.message, 10)
        assert "by the signal SIGKILL" in swarm.status.message
        assert "Change the number of clients, and another process starts." in swarm.status.message
        assert not swarm.wait_until_ready(600), "it returns at once, since no process is left that could connect"
        swarm.resize(idle=7)
        assert swarm.wait_until_ready()
        assert (swarm.status.idle, swarm.status.message) == (7, "")
        assert swarm.pid != before
    swarm.resize(idle=9)
    assert not psutil.pid_exists(swarm.pid), "a closed swarm starts nothing"


SHORTAGES = {
    errno.EADDRNOTAVAIL: "1,999 clients is the most here: this machine has no free local port for one more.",
    errno.EMFILE: "1,999 clients is the most that the descriptor limit (ulimit -n) allows.",
    errno.ENFILE: "1,999 clients is the most that the descriptor limit (ulimit -n) allows.",
    errno.ENOBUFS: "1,999 clients is the most here: the kernel has no memory for one more (No buffer space available).",
    errno.ENOMEM: "1,999 clients is the most here: the kernel has no memory for one more (Cannot allocate memory).",
    errno.ECONNREFUSED: "The server took 1,999 connections and no more (Connection refused).",
}


@pytest.mark.parametrize("number", SHORTAGES)
def test_a_connect_error_is_named_as_what_it_is(number):
    assert swarm_worker.describe_connect_error(OSError(number, os.strerror(number)), 1999) == SHORTAGES[number]


class Unconnectable(socket.socket):
    """A socket whose connect(2) fails at once, as if all local ports were in use. SO_ERROR stays 0."""

    def connect_ex(self, _address):
        return errno.EADDRNOTAVAIL


def test_without_a_local_port_no_client_counts_as_connected_or_lost(monkeypatch):
    worker = swarm_worker.SwarmWorker()
    worker.request["idle"] = 5
    monkeypatch.setattr(socket, "socket", Unconnectable)
    worker.adjust_size()
    assert worker.wait(0) == []
    report = worker.report()
    assert (report["idle"], report["lost"]) == (0, 0)
    assert report["message"] == "0 clients is the most here: this machine has no free local port for one more."
    worker.selector.close()


@pytest.mark.parametrize("timeout", [1e10, math.inf])
def test_a_very_long_timeout_is_a_day(server, timeout):
    with Swarm(server.address) as swarm:
        swarm.resize(idle=3)
        assert swarm.wait_until_ready(timeout)


@pytest.mark.parametrize(
    "numbers",
    [{"idle": -1}, {"active": -1}, {"idle": 1.5}, {"idle": 10**12}, {"rate": 0}, {"rate": -1}, {"rate": math.nan}],
)
def test_a_number_that_no_swarm_can_have_is_refused(server, numbers):
    with Swarm(server.address) as swarm:
        with pytest.raises(UserError, match="choose a"):
            swarm.resize(**numbers)
        swarm.resize(idle=1)
        assert swarm.wait_until_ready(), "the process runs on"

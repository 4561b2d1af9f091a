"""A swarm is as large as requested, or reports why not, and ends with its parent."""

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from readiness.base.background import BackgroundServer, wait_until
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

"""Every echo server passes every conformance test that it can, stops at once, and leaves nothing."""

import select
import socket
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.base.launched_process import LaunchedProcess
from readiness.clients import conformance
from readiness.clients.conformance import LaunchedServer, backpressure, capacity, helpers, server_command
from readiness.servers.echo import NAMES
from readiness.system import process_usage

AVAILABLE = [name for name in NAMES if name not in ("poll", "epoll") or hasattr(select, name)]
ONE_CLIENT_AT_A_TIME = "it serves one client at a time: all others wait"
EXPECTED_FAILURES = {
    ("blocking", test_name): ONE_CLIENT_AT_A_TIME
    for test_name in (
        "split_characters",
        "half_close_with_unsent_data",
        "slow_reader",
        "idle_with_unsent_data",
        "firehose",
        "reset_in_four_states",
        "urgent_byte",
        "simultaneous_connects",
        "idle_clients",
        "out_of_descriptors",
    )
}
"""(server, test): why it can't pass. The test is run all the same, and must fail."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts and stops processes by signals")


def run_test(name, test_name):
    with conformance.launch_for_test(server_command(name), test_name) as server:
        conformance.TESTS[test_name](server)


@pytest.mark.parametrize("test_name", conformance.TESTS)
@pytest.mark.parametrize("name", AVAILABLE)
def test_the_server_passes(name, test_name):
    if (name, test_name) not in EXPECTED_FAILURES:
        run_test(name, test_name)


@pytest.mark.parametrize("test_name", [test_name for _name, test_name in EXPECTED_FAILURES])
def test_one_client_at_a_time_is_caught(test_name, monkeypatch):
    monkeypatch.setattr(helpers, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(capacity, "SERVE_TIMEOUT", 1)
    with pytest.raises(AssertionError):
        run_test("blocking", test_name)


@pytest.mark.parametrize("name", AVAILABLE)
def test_it_stops_soon_with_a_thousand_clients_and_starts_again_at_its_port(name):
    print(f"{name} stopped in {conformance.stop_and_start(server_command(name)):.2f} s")


BUSY = """
import socket, time
with socket.create_server(("127.0.0.1", 0)) as listener:
    print("listens on {}:{}".format(*listener.getsockname()), flush=True)
    with listener.accept()[0] as sock:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            pass
        while sock.recv(1 << 20):
            pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc shows whether a process runs")
@pytest.mark.parametrize("starved", [True, False])
def test_a_server_that_gets_no_processor_has_not_stopped_reading(starved, monkeypatch):
    if starved:  # as far as one can see; in truth this server is busy with something else
        monkeypatch.setattr(process_usage, "exact_cpu_seconds", lambda pid: 0.0)
    with LaunchedProcess([sys.executable, "-c", BUSY]) as server:
        with socket.create_connection(server.read_address(10), 10) as sock:
            sent = backpressure.flood(sock, max_bytes=24 << 20, pid=server.pid)
            assert (sent >= 24 << 20) == starved


CYCLES = """
import os, socket, sys, threading
from readiness.base import background
from readiness.base.background import BackgroundServer
from readiness.servers.echo.{name}_server import EchoServer

background.JOIN_TIMEOUT = 0.02  # a blocked accept is woken after that

def once():
    with BackgroundServer(EchoServer()) as running:
        with socket.create_connection(running.server.address, 10) as sock, socket.create_connection(
            running.server.address, 10
        ):
            sock.sendall(b"here\\n")
            assert sock.recv(100) == b"HERE_SB\\n"

once()
before = len(os.listdir("/dev/fd")), threading.active_count()
for _cycle in range(100):
    once()
assert (len(os.listdir("/dev/fd")), threading.active_count()) == before
print("nothing left")
"""


@pytest.mark.parametrize("name", AVAILABLE)
def test_a_hundred_starts_and_stops_leave_nothing(name):
    completed = subprocess.run(
        [sys.executable, "-W", "error", "-c", CYCLES.format(name=name)], capture_output=True, text=True, timeout=120
    )
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "nothing left\n", "")


@pytest.fixture(scope="module")
def server():
    with LaunchedServer(server_command("selectors")) as server:
        yield server


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_is_sent_in_whatever_pieces_comes_back_line_by_line(server, pieces):
    data = b"".join(pieces)
    with helpers.connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        whole, newline, rest = data.rpartition(b"\n")
        expected = helpers.answer_to(whole + newline) + (helpers.answer_to(rest + b"\n") if rest else b"")
        assert helpers.receive_until_eof(sock, "") == expected

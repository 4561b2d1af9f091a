"""Every echo server passes every trial of the client suite that it can, stops at once, and leaves nothing."""

import os
import select
import socket
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.clients import conformance
from readiness.clients.conformance import Launched, command, helpers
from readiness.servers.echo import NAMES

HERE = [name for name in NAMES if name in ("blocking", "threads", "asyncio", "selectors") or hasattr(select, name)]
ONE_AT_A_TIME = "it serves one client at a time: every other one waits"
CANNOT = {
    ("blocking", trial): ONE_AT_A_TIME
    for trial in (
        "split_characters",
        "half_close_while_owed",
        "slow_reader",
        "owed_and_idle",
        "firehose",
        "reset_in_four_states",
        "urgent_byte",
        "at_once",
        "silent_crowd",
        "out_of_descriptors",
    )
}
"""(server, trial): why it can't pass. It is tried all the same, and must not."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts and stops processes by signals")


def judge(name, trial):
    with conformance.launched(command(name), trial) as subject:
        conformance.TRIALS[trial](subject)


@pytest.mark.parametrize("trial", conformance.TRIALS)
@pytest.mark.parametrize("name", HERE)
def test_it_passes(name, trial):
    if (name, trial) not in CANNOT:
        judge(name, trial)


@pytest.mark.parametrize("trial", [trial for _name, trial in CANNOT])
def test_one_client_at_a_time_is_caught(trial, monkeypatch):
    monkeypatch.setattr(helpers, "PATIENCE", 0.5)
    monkeypatch.setattr(conformance.many, "SECONDS", 1)
    with pytest.raises(AssertionError):
        judge("blocking", trial)


@pytest.mark.parametrize("name", HERE)
def test_it_stops_soon_with_a_thousand_clients_and_starts_again_at_its_port(name):
    print(f"{name} stopped in {conformance.stop_and_start(command(name)):.2f} s")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells")
def test_the_memory_of_a_process_is_told_in_bytes():
    ours = conformance.Subject(("", 0), os.getpid())
    before = ours.memory()
    held = b"x" * (64 << 20)
    assert len(held) // 2 < ours.memory() - before < len(held) * 2


CYCLES = """
import os, socket, sys, threading
from readiness.base import background
from readiness.base.background import BackgroundServer
from readiness.servers.{name} import EchoServer

background.JOIN_TIMEOUT = 0.02  # what blocks in accept is woken after that

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


@pytest.mark.parametrize("name", HERE)
def test_a_hundred_starts_and_stops_leave_nothing(name):
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", CYCLES.format(name=name)], capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "nothing left\n", "")


@pytest.fixture(scope="module")
def served():
    with Launched(command("selectors")) as subject:
        yield subject


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_is_sent_in_whatever_pieces_comes_back_line_by_line(served, pieces):
    data = b"".join(pieces)
    with helpers.connect(served) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        whole, newline, rest = data.rpartition(b"\n")
        right = helpers.answer_to(whole + newline) + (helpers.answer_to(rest + b"\n") if rest else b"")
        assert helpers.receive_all(sock, "") == right

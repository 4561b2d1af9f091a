"""Fault harness and scenarios: each finds its fault in a server that has it, and none in the one that hasn't."""

import contextlib
import io
import json
import os
import selectors
import signal
import socket
import sys
from unittest.mock import MagicMock

import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.base.worker import Worker
from readiness.clients import fault_harness, fault_scenarios, scenario_process
from readiness.servers.echo.selectors_server import EchoServer


class Naive:
    """One recv and one send, with faults by class attribute: those of the server of episode 09a."""

    BLOCKING, BACKLOG, SPIN = True, 5, False

    def __init__(self, selector):
        self.selector = selector
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=self.BACKLOG)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def serve(self, stop):
        self.selector.register(stop, selectors.EVENT_READ)
        while not stop.is_set():
            for key, _mask in self.selector.select():
                key.data(key.fileobj)

    def accept(self, listener):
        try:
            conn = listener.accept()[0]
        except OSError:
            if not self.SPIN:
                raise
            return
        conn.setblocking(self.BLOCKING)
        self.selector.register(conn, selectors.EVENT_READ, self.talk)

    def talk(self, conn):
        try:
            data = conn.recv(1024)
            conn.send(data.upper() + b"_SB" if data else b"")
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(conn)
            conn.close()


class NonBlocking(Naive):
    BLOCKING = False


class Spinning(Naive):
    SPIN = True


class Draining(EchoServer):
    """Reads from a client until nothing is left: a firehose keeps it busy."""

    def on_ready(self, connection, mask, now):
        super().on_ready(connection, mask, now)
        with contextlib.suppress(OSError):
            while connection in self.connections and connection.sock.recv(1, socket.MSG_PEEK):
                super().on_ready(connection, mask, now)


def test_a_client_that_reads_nothing_freezes_a_blocking_server_until_it_leaves():
    with fault_harness.FaultHarness(Naive) as harness:
        result = harness.run_scenario("slow reader")
        assert result["alive"]
        assert result["frozen"]
        assert result["waits"] == 0
        assert 0 < result["sent"] < result["size"]
        before = harness.probe.last_reply_at
        assert wait_until(lambda: harness.probe.last_reply_at > before, 5), "run_scenario has ended it: all go on"
    assert "answers no client" in fault_harness.describe_result(result)


@pytest.mark.skipif(
    not fault_harness.thread_state.read_proc("/proc/self/wchan"), reason="this system names no kernel function"
)
def test_a_frozen_server_is_blocked_in_a_kernel_function():
    assert "wait" in fault_harness.run_scenario("slow reader", Naive)["blocked_in"]


def test_a_non_blocking_server_without_a_buffer_loses():
    assert fault_harness.run_scenario("half-close", NonBlocking)["lost"] > 0
    assert fault_harness.run_scenario("half-close", Naive)["lost"] == 0


def test_pieces_are_answered_as_pieces():
    with fault_harness.FaultHarness(Naive) as harness:
        assert harness.run_scenario("two quick sends")["answer"] == "ONE\nTWO\n_SB"
        split = harness.run_scenario("split character")
    assert (split["decodes"], split["suffixes"]) == (False, 2)


def test_out_of_descriptors_an_unguarded_accept_dies_and_a_guarded_one_spins():
    died = fault_harness.run_scenario("out of descriptors", Naive)
    assert not died["alive"]
    assert "Too many open files" in died["error"]
    assert "(accept, line" in died["error"]
    assert not died["recovered"]
    assert "Too many open files" in fault_harness.describe_result(died)
    spun = fault_harness.run_scenario("out of descriptors", Spinning)
    assert spun["alive"]
    assert spun["recovered"]
    assert spun["waits"] > 5_000


def test_a_short_backlog_delays_a_burst_of_connections():
    assert fault_harness.run_scenario("200 at once", Naive)["answered"] <= Naive.BACKLOG + 1


def test_a_drain_starves_the_probe():
    drained, fair = (fault_harness.run_scenario("firehose", server) for server in (Draining, EchoServer))
    assert fair["answers"] > 2 * drained["answers"]


def test_the_course_s_own_server_passes_all_scenarios():
    with fault_harness.FaultHarness(EchoServer) as harness:
        results = {name: harness.run_scenario(name) for name in fault_scenarios.SCENARIOS}
    assert all(result["alive"] and not result["frozen"] for result in results.values()), results
    assert results["half-close"]["lost"] == 0
    assert results["slow reader"]["sent"] < results["slow reader"]["size"]
    assert (results["split character"]["decodes"], results["split character"]["suffixes"]) == (True, 1)
    assert results["two quick sends"]["answer"] == "ONE_SB\nTWO_SB\n"
    assert results["200 at once"]["answered"] > fault_scenarios.BURST_CLIENTS / 2
    full = results["out of descriptors"]
    assert 250 < full["served"] < fault_harness.SERVER_FD_LIMIT
    assert full["recovered"]
    assert full["waits"] < 1_000


def test_a_scenario_against_a_dead_server_reports_the_refusal():
    with fault_harness.FaultHarness(Naive) as harness:
        harness.run_scenario("out of descriptors")
        assert "Connection refused" in harness.run_scenario("reset")["summary"]


def test_what_it_cannot_do_is_refused(monkeypatch):
    with fault_harness.FaultHarness(EchoServer) as harness:
        with pytest.raises(UserError, match="no scenario “axe”: choose one of slow reader"):
            harness.run_scenario("axe")
        monkeypatch.setattr(fault_harness, "resource", None)
        with pytest.raises(UserError, match="no limit of descriptors"):
            harness.run_scenario("out of descriptors")
    monkeypatch.delattr("os.fork")
    with pytest.raises(UserError, match="can't fork"):
        fault_harness.run_scenario("reset", EchoServer)


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError])
def test_a_connection_that_fails_as_it_is_made_is_not_served(monkeypatch, error):
    def fail(_client):
        raise error

    monkeypatch.setattr(fault_scenarios.ScenarioClient, "connect", fail)
    assert not fault_scenarios._is_served(fault_scenarios.ScenarioClient(("127.0.0.1", 1), 0))


class Silent(Naive):
    """Accepts, and answers no client."""

    def talk(self, conn):
        conn.recv(1024)


class Broken(Naive):
    def talk(self, conn):
        raise KeyError("a typo")


def test_a_server_that_never_answered_is_not_judged(monkeypatch):
    monkeypatch.setattr(fault_harness, "SCENARIO_TIMEOUT", 0.5)
    with pytest.raises(UserError, match="did not answer its first client, so no scenario can be run"):
        fault_harness.run_scenario("reset", Silent)


def test_a_server_that_ends_before_its_first_answer_is_judged():
    assert "KeyError: 'a typo'" in fault_harness.describe_result(fault_harness.run_scenario("reset", Broken))


def test_if_the_probe_can_not_run_nothing_is_said_about_the_server(monkeypatch):
    monkeypatch.setattr(scenario_process, "Worker", lambda _module: Worker("readiness.no_such_module"))
    with pytest.raises(
        UserError, match=r"Nothing is known about the server, because one of its clients has failed.* No module named"
    ):
        fault_harness.run_scenario("reset", EchoServer)


def test_if_the_probe_is_killed_nothing_is_said_about_the_server():
    with fault_harness.FaultHarness(EchoServer) as harness:
        os.kill(harness.probe.pid, signal.SIGKILL)
        assert harness.probe.wait_for(lambda: harness.probe.finished, 10)
        with pytest.raises(UserError, match=r"Nothing is known about the server, .* SIGKILL"):
            harness.run_scenario("reset")


def test_a_file_beside_the_notebook_changes_no_result(tmp_path, monkeypatch):
    (tmp_path / "selectors.py").write_text("class MySelector: pass")
    monkeypatch.chdir(tmp_path)
    assert "The bystander is served" in fault_harness.describe_result(fault_harness.run_scenario("reset", EchoServer))


def test_too_few_descriptors_are_not_a_fault_of_the_server(monkeypatch):
    monkeypatch.setattr(fault_harness, "SERVER_FD_LIMIT", 10**9)
    with pytest.raises(UserError, match=r"needs 1,000,000,000 free descriptors\. The hard limit of this process is"):
        fault_harness.run_scenario("reset", EchoServer)


def test_a_scenario_that_is_ended_in_the_middle_leaves_no_server_stopped():
    with fault_harness.FaultHarness(EchoServer) as harness:
        os.kill(harness._server_pid, signal.SIGSTOP)  # as "200 at once" does for a moment
        harness.start_scenario("reset")
        harness.disconnect_all()
        before = harness.probe.last_reply_at
        assert wait_until(lambda: harness.probe.last_reply_at > before, 10)


@pytest.mark.parametrize("number", fault_scenarios.SHORTAGES)
def test_what_a_client_lacks_is_not_a_fault_of_the_server(monkeypatch, capsys, number):
    def fail(_client):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"scenario": "x", "address": ["127.0.0.1", 1], "pid": 0})))
    monkeypatch.setattr(fault_scenarios, "probe", fail)
    monkeypatch.setattr(fault_scenarios, "threading", MagicMock())  # no thread follows the parent, and nothing waits
    fault_scenarios.main()
    assert "nothing left for one more client" in json.loads(capsys.readouterr().out.splitlines()[0])["user_error"]


def test_a_scenario_that_could_not_run_is_not_a_verdict(monkeypatch):
    with fault_harness.FaultHarness(EchoServer) as harness:
        monkeypatch.setattr(scenario_process, "Worker", lambda _module: Worker("readiness.no_such_module"))
        with pytest.raises(UserError, match="Nothing is known about the server, because one of its clients has failed"):
            harness.run_scenario("reset")


def test_a_killed_server_is_not_called_busy():
    with fault_harness.FaultHarness(EchoServer) as harness:
        os.kill(harness._server_pid, signal.SIGKILL)
        assert "was ended by the signal SIGKILL" in fault_harness.describe_result(harness.run_scenario("reset"))


class Closing(Naive):
    """Ends each connection without an answer, as a server with a typo behind a blanket except."""

    def talk(self, conn):
        self.selector.unregister(conn)
        conn.close()


def test_a_server_that_ends_each_connection_is_judged():
    assert "reset" in fault_harness.describe_result(fault_harness.run_scenario("reset", Closing))


class Returning(Naive):
    def serve(self, stop):
        pass


class WithoutStop(Naive):
    def serve(self):
        pass


@pytest.mark.parametrize("server", [Returning, WithoutStop])
def test_a_server_that_ends_at_once_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(fault_harness, "SCENARIO_TIMEOUT", 600)
    monkeypatch.setattr(fault_harness, "PROBE_TIMEOUT", 600)
    result = fault_harness.run_scenario("reset", server)
    assert not result["alive"]
    assert result["error"].startswith("Your server's loop")

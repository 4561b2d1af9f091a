"""The rig and its breakers: each breaker finds its fault on a server that has it, and none on the one that hasn't."""

import contextlib
import selectors
import socket

import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.clients import fault_harness, fault_scenarios
from readiness.servers.echo.selectors_server import EchoServer


class Naive:
    """One recv, one send, and what a class attribute says; the faults are those of lesson 09's server."""

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
    """Reads from a client as long as there is anything: a firehose has it for itself."""

    def on_ready(self, connection, mask, now):
        super().on_ready(connection, mask, now)
        with contextlib.suppress(OSError):
            while connection in self.connections and connection.sock.recv(1, socket.MSG_PEEK):
                super().on_ready(connection, mask, now)


def test_who_reads_nothing_freezes_a_blocking_server_until_it_leaves():
    with fault_harness.Rig(Naive) as server:
        found = server.press("slow reader")
        assert found["alive"]
        assert found["frozen"]
        assert found["waits"] == 0
        assert 0 < found["sent"] < found["size"]
        heard = server.bystander.heard
        assert wait_until(lambda: server.bystander.heard > heard, 5), "press has sent it away: all go on"
    assert "answers nobody" in fault_harness.in_words(found)


@pytest.mark.skipif(
    not fault_harness.thread_state.read_proc("/proc/self/wchan"), reason="this system names no kernel function"
)
def test_where_a_frozen_server_sleeps():
    assert "wait" in fault_harness.press("slow reader", Naive)["sleeps_in"]


def test_a_non_blocking_server_without_a_buffer_loses():
    assert fault_harness.press("half-close", NonBlocking)["lost"] > 0
    assert fault_harness.press("half-close", Naive)["lost"] == 0


def test_pieces_are_answered_as_pieces():
    with fault_harness.Rig(Naive) as server:
        assert server.press("two quick sends")["answer"] == "ONE\nTWO\n_SB"
        split = server.press("split character")
    assert (split["decodes"], split["marks"]) == (False, 2)


def test_out_of_descriptors_an_unguarded_accept_dies_and_a_guarded_one_spins():
    died = fault_harness.press("out of descriptors", Naive)
    assert not died["alive"]
    assert "Too many open files" in died["error"]
    assert "(accept, line" in died["error"]
    assert not died["again"]
    assert "Too many open files" in fault_harness.in_words(died)
    spun = fault_harness.press("out of descriptors", Spinning)
    assert spun["alive"]
    assert spun["again"]
    assert spun["waits"] > 5_000


def test_a_short_backlog_lets_a_crowd_wait():
    assert fault_harness.press("200 at once", Naive)["answered"] <= Naive.BACKLOG + 1


def test_a_drain_starves_the_bystander():
    drained, fair = (fault_harness.press("firehose", server) for server in (Draining, EchoServer))
    assert fair["answers"] > 2 * drained["answers"]


def test_the_course_s_own_server_stands_all_of_them():
    with fault_harness.Rig(EchoServer) as server:
        found = {kind: server.press(kind) for kind in fault_scenarios.BREAKERS}
    assert all(f["alive"] and not f["frozen"] for f in found.values()), found
    assert found["half-close"]["lost"] == 0
    assert found["slow reader"]["sent"] < found["slow reader"]["size"]
    assert (found["split character"]["decodes"], found["split character"]["marks"]) == (True, 1)
    assert found["two quick sends"]["answer"] == "ONE_SB\nTWO_SB\n"
    assert found["200 at once"]["answered"] > fault_scenarios.AT_ONCE / 2
    full = found["out of descriptors"]
    assert 250 < full["served"] < fault_harness.ROOM
    assert full["again"]
    assert full["waits"] < 1_000


def test_who_comes_to_a_dead_server_says_so():
    with fault_harness.Rig(Naive) as server:
        server.press("out of descriptors")
        assert "Connection refused" in server.press("reset")["seen"]


def test_what_it_cannot_do_is_refused(monkeypatch):
    with fault_harness.Rig(EchoServer) as server:
        with pytest.raises(UserError, match="no breaker “axe”: choose one of slow reader"):
            server.press("axe")
        monkeypatch.setattr(fault_harness, "resource", None)
        with pytest.raises(UserError, match="no limit of descriptors"):
            server.press("out of descriptors")
    monkeypatch.delattr("os.fork")
    with pytest.raises(UserError, match="can't fork"):
        fault_harness.press("reset", EchoServer)


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError])
def test_a_connection_that_fails_as_it_is_made_is_not_served(monkeypatch, error):
    def fail(_client):
        raise error

    monkeypatch.setattr(fault_scenarios.Client, "connect", fail)
    assert not fault_scenarios._served(fault_scenarios.Client(("127.0.0.1", 1), 0))

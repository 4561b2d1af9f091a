"""Two clients are connected to a small server, and what they receive and what the process uses is reported."""

import threading

import pytest

from readiness.base.messages import UserError
from readiness.clients import two_clients
from readiness.clients.two_clients import cpu_in_silence, receive, reply_to_b


def one_at_a_time(listener):
    for _ in range(2):
        conn, _address = listener.accept()
        with conn:
            while data := conn.recv(1024):
                conn.sendall(data.upper())


def test_b_receives_nothing_while_a_is_silent():
    assert reply_to_b(one_at_a_time) == "nothing"


def test_a_is_connected_first_and_the_server_ends_with_the_block():
    with two_clients.two_clients(one_at_a_time) as (server, a, b):
        a.sendall(b"hello from A")
        assert receive(a) == "HELLO FROM A"
        a.close()
        b.sendall(b"hello from B")
        assert receive(b) == "HELLO FROM B"
    assert not server.is_alive()


def test_sleep_in_recv_uses_almost_no_processor():
    assert 0 <= cpu_in_silence(one_at_a_time) < 0.5


def test_a_server_that_does_not_end_is_an_error(monkeypatch):
    monkeypatch.setattr(two_clients, "END_TIMEOUT", 0.05)
    end = threading.Event()
    try:
        with pytest.raises(UserError, match="must return after two clients"):
            with two_clients.two_clients(lambda listener: end.wait(5)) as (server, _a, _b):
                pass
    finally:
        end.set()
        server.join(5)

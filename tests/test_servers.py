"""The echo server on selectors: its answers, whichever backend waits, and the faults that it must not have."""

import contextlib
import selectors
import socket
import struct

import pytest

from readiness.background import Background, wait_until
from readiness.panels import BACKENDS
from readiness.servers.selectors import HIGH, EchoServer


@pytest.fixture(params=BACKENDS)
def server(request):
    with Background(EchoServer(BACKENDS[request.param]())) as running:
        yield running.server


def connect(server):
    client = socket.create_connection(server.address)
    client.settimeout(10)
    return client


def everything(client):
    return b"".join(iter(lambda: client.recv(1 << 16), b""))


def test_it_answers_in_capitals_with_a_mark(server):
    with connect(server) as client:
        for text in (b"who is ready", "größe 中".encode()):
            client.sendall(text)
            assert client.recv(100) == text.upper() + b"_SB"


def test_half_close_gets_all_that_is_owed(server):
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # inherited: little fits, much is owed
    with socket.socket() as client:
        client.settimeout(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(server.address)
        client.sendall(b"a" * 200_000)
        client.shutdown(socket.SHUT_WR)
        assert wait_until(lambda: server.leaving, 10)  # its end is seen while much is still owed
        answer = everything(client)
    assert answer.replace(b"_SB", b"") == b"A" * 200_000


def test_one_who_reads_nothing_freezes_nobody_and_owes_little(server):
    with connect(server) as slow, connect(server) as other:
        slow.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):  # back-pressure reaches the sender in the end
            while sent < 64 << 20:
                sent += slow.send(b"x" * 65536)
        assert sent < 64 << 20
        other.sendall(b"ping")
        assert other.recv(100) == b"PING_SB"
        assert max(map(len, server.owed.values())) < 2 * HIGH


def test_a_reset_ends_that_client_alone(server):
    with connect(server) as other:
        client = connect(server)
        client.sendall(b"x" * 100_000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        other.sendall(b"ping")
        assert other.recv(100) == b"PING_SB"


def test_write_interest_comes_and_goes_with_what_is_owed(server):
    with connect(server) as client:
        client.sendall(b"ping")
        client.recv(100)
        assert {key.events for key in server.selector.get_map().values()} == {selectors.EVENT_READ}

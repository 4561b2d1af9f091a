"""A client that reads what the kernel holds for it is not idle, however slowly it reads; one that reads nothing is.

The buffers of the kernel have their usual sizes. So the server's socket becomes writable only after more than a
megabyte was read, which takes these clients several times as long as the idle timeout.
"""

import importlib
import select
import selectors
import socket
import sys
from time import monotonic

import pytest

from readiness.base.background import BackgroundServer
from readiness.clients.conformance import backpressure, helpers
from readiness.servers.echo import NAMES
from readiness.servers.unsent import unsent_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is unsent (SIOCOUTQ)")
IDLE_TIMEOUT = 1.0


@pytest.fixture(params=NAMES)
def client(request):
    module = importlib.import_module(f"readiness.servers.echo.{request.param}_server")
    server = module.EchoServer(idle_timeout=IDLE_TIMEOUT)
    with BackgroundServer(server), socket.create_connection(server.address, 10) as client:
        yield client


def read_slowly(client):
    """Read half a megabyte in a second, for longer than the idle timeout. Return how many bytes were read."""
    ends, received = monotonic() + 1.5 * IDLE_TIMEOUT, 0
    with selectors.DefaultSelector() as sleeper:
        while monotonic() < ends:
            received += len(client.recv(12_000))
            sleeper.select(0.02)
    assert received < 1_000_000
    return received


def test_a_client_that_reads_long_replies_slowly_is_not_idle(client, monkeypatch):
    monkeypatch.setattr(backpressure, "BLOCK", b"x" * 999_999 + b"\n")
    sent = backpressure.flood(client)  # as much as the server takes
    received = read_slowly(client)
    expected = sent // 1_000_000 * 1_000_003
    assert received + len(helpers.receive(client, expected - received)) == expected


def test_a_client_whose_replies_are_all_in_the_kernel_is_not_idle_while_it_reads(client):
    client.sendall((b"x" * 999 + b"\n") * 2000)
    received = read_slowly(client)
    client.sendall(b"last\n")
    rest = helpers.receive(client, 2000 * 1003 + 8 - received)
    assert len(rest) + received == 2000 * 1003 + 8
    assert rest.endswith(b"\nLAST_SB\n")


def test_a_client_that_reads_nothing_is_idle(client):
    backpressure.flood(client)
    waiting = select.poll()
    waiting.register(client, 0)  # a reset is always reported
    assert waiting.poll(10_000)
    with pytest.raises(ConnectionResetError):
        list(iter(lambda: client.recv(65536), b""))


def test_what_the_kernel_has_not_sent_is_counted():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as peer:
        sock, _address = listener.accept()
        with sock:
            assert unsent_bytes(sock) == 0
            sock.setblocking(False)
            with pytest.raises(BlockingIOError):
                list(iter(lambda: sock.send(bytes(65536)), 0))
            full = unsent_bytes(sock)
            assert full > 65536
            for _turn in range(20):
                peer.recv(65536)
            assert unsent_bytes(sock) < full
    assert unsent_bytes(sock) == 0  # it is closed

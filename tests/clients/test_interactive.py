"""The interactive client describes its connection, and never blocks its caller."""

import contextlib
import errno
import math
import socket

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.clients.interactive import InteractiveClient
from readiness.servers.echo.selectors_server import EchoServer


@pytest.fixture
def server():
    with BackgroundServer(EchoServer()) as running:
        yield running.server


@pytest.fixture
def client():
    client = InteractiveClient(timeout=5)
    yield client
    client.close()


def test_connect_send_receive(server, client):
    client.connect(server.address)
    assert client.state == "connected"
    client.send(b"hello\n")
    assert client.receive() == b"HELLO_SB\n"


def test_half_close_then_the_servers_end(server, client):
    client.connect(server.address)
    client.send(b"bye")
    client.half_close()
    assert client.state == "half-closed"
    assert client.receive() == b"BYE_SB\n"
    assert client.receive() == b""
    assert client.state == "closed by the server"


def test_what_does_not_fit_goes_out_with_later_calls(server, client):
    client.connect(server.address)
    client.timeout = 0.01
    client.send(b"xxx\n" * (3 << 20))
    assert client._send_buffer
    answer = bytearray()

    def answered():
        answer.extend(client.receive())
        return answer.count(b"X") == 9 << 20

    assert wait_until(answered, 20)
    assert not client._send_buffer


def test_refused(client):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    client.connect(address)
    assert client.state == "refused"
    assert not client.connected


def test_reset_by_us_and_by_the_server(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client.connect(listener.getsockname())
        peer, _address = listener.accept()
        client.reset()
        assert client.state == "reset by us"
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
        peer.close()
        client.connect(listener.getsockname())
        peer, _address = listener.accept()
        client.send(b"unread")
        assert wait_until(lambda: peer.recv(1, socket.MSG_PEEK), 5)
        peer.close()  # with data unread, close(2) sends a reset
        assert wait_until(lambda: client.poll() == b"" and not client.connected, 5)
    assert client.state == "reset by the server"


@pytest.mark.parametrize("method", ["half_close", "reset"])
def test_a_client_without_a_connection_refuses(client, method):
    with pytest.raises(UserError, match="connect first"):
        getattr(client, method)()
    with pytest.raises(UserError, match="connect first"):
        client.send(b"x")


def test_without_a_local_port_it_is_not_connected(client, server, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _sock, _address: errno.EADDRNOTAVAIL, raising=False)
    client.connect(server.address)
    assert (client.connected, client.state) == (False, "not connected: this machine has no free local port")


@pytest.mark.parametrize("timeout", [1e10, math.inf])
def test_a_very_long_timeout_is_a_day(server, timeout):
    with contextlib.closing(InteractiveClient(timeout)) as client:
        client.connect(server.address)
        client.send(b"hello\n")
        assert client.receive() == b"HELLO_SB\n"


@pytest.mark.parametrize("timeout", [-1, math.nan])
def test_no_time_is_no_wait(server, timeout):
    with contextlib.closing(InteractiveClient(timeout)) as client:
        client.connect(server.address)
        assert client.receive() == b""

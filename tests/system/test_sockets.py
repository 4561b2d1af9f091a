"""Tests for readiness.system.sockets: a close that the other end sees as a reset."""

import socket

import pytest

from readiness.system.sockets import abort, reset_on_close


@pytest.fixture
def connected():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        server_side, _address = listener.accept()
        with server_side:
            yield client, server_side


def test_the_peer_of_an_aborted_socket_sees_a_reset(connected):
    client, server_side = connected
    abort(client)
    assert client.fileno() == -1
    with pytest.raises(ConnectionResetError):
        server_side.recv(1)


def test_the_reset_comes_with_the_close_not_before(connected):
    client, server_side = connected
    reset_on_close(client)
    client.sendall(b"x")
    assert server_side.recv(1) == b"x"
    client.close()
    with pytest.raises(ConnectionResetError):
        server_side.recv(1)

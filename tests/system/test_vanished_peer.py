"""A peer that is cut off: nothing that is sent to it is acknowledged."""

import select
import socket
import sys

import pytest

from readiness.base.messages import UserError
from readiness.system import vanished_peer


@pytest.fixture
def connection():
    sock, peer = vanished_peer.connect_a_peer()
    with sock, peer:
        yield sock, peer


@pytest.mark.skipif(sys.platform != "linux", reason="needs socket filters")
def test_a_peer_that_is_cut_off_receives_nothing(connection):
    sock, peer = connection
    sock.send(b"before")
    assert peer.recv(100) == b"before"
    try:
        vanished_peer.cut_the_cable(peer)
    except UserError as error:
        pytest.skip(str(error))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 100)
    sock.send(b"after")
    assert select.select([sock], [], [], 20)[0] == [sock]  # the kernel gives up
    with pytest.raises(TimeoutError):
        sock.recv(1)
    assert select.select([peer], [], [], 0)[0] == []


def test_a_system_without_filters_gets_a_sentence(connection, monkeypatch):
    monkeypatch.setattr(vanished_peer.sys, "platform", "darwin")
    with pytest.raises(UserError, match="Only Linux"):
        vanished_peer.cut_the_cable(connection[1])


def test_a_filter_that_is_refused_gives_a_sentence(connection):
    closed = connection[1]
    closed.close()
    if sys.platform == "linux":
        with pytest.raises(UserError, match="does not allow"):
            vanished_peer.cut_the_cable(closed)

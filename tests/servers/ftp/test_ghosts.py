"""A client that is gone is noticed at once, whatever it has left behind: pending commands, a transfer, unread data."""

import contextlib
import os
import select
import socket

import pytest

from readiness.base.background import wait_until
from readiness.servers.ftp import data
from readiness.servers.ftp.control import MAX_PENDING, State, is_hung_up
from readiness.system.sockets import reset_on_close
from tests.servers.ftp.raw_ftp_client import USER, RawFtpClient, recv_until_eof, serving

LARGE = os.urandom(1 << 20) * 24
GONE = 5  # seconds; the timeouts of these servers are longer, so only the end of the connection can be the reason
PATIENT = {"data_connect_timeout": 60, "transfer_timeout": 60, "idle_timeout": 60}
linux_only = pytest.mark.skipif(not hasattr(select, "POLLRDHUP"), reason="bytes hide the end of the input elsewhere")


@pytest.fixture
def server(tmp_path):
    (tmp_path / "large").write_bytes(LARGE)
    with serving(tmp_path, **PATIENT) as server:
        yield server


def leave(server, commands, dial):
    """Log in, send all `commands` at once, and close the control connection. The data connection stays open."""
    client = RawFtpClient(server.address)
    data = client.connect_data() if dial else contextlib.nullcontext()
    if not dial:
        client.passive_address()
    client.send(commands)
    if dial or b"RETR" in commands:
        assert client.read_reply()[0] == 150
    client.close()
    return data


@pytest.mark.parametrize("dial", [False, True])
@pytest.mark.parametrize("noops", [0, MAX_PENDING, pytest.param(5000, marks=linux_only)])
@pytest.mark.parametrize("command", [b"RETR large", b"STOR new"])
def test_a_ghost_is_gone_soon(server, command, noops, dial):
    with leave(server, command + b"\r\n" + b"NOOP\r\n" * noops, dial):
        assert wait_until(lambda: not server.sessions and len(server.registrations) == 1, GONE)


def test_a_ghost_with_many_transfers_is_gone_soon(server):
    with leave(server, b"RETR large\r\n" + b"NOOP\r\n" * MAX_PENDING + b"EPSV\r\nRETR large\r\n" * 20, False):
        assert wait_until(lambda: not server.sessions, GONE)


@pytest.mark.parametrize("noops", [0, MAX_PENDING])
@pytest.mark.parametrize("active", [False, True])
def test_quit_keeps_no_ghost_that_never_dials(server, noops, active):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        address = full.getsockname()
        client = stack.enter_context(RawFtpClient(server.address))
        if active:  # the queue of the listener is full, so the connection of the server is never established
            for _ in range(4):
                sock = stack.enter_context(socket.socket())
                sock.setblocking(False)
                sock.connect_ex(address)
            client.send_command(f"EPRT |1|127.0.0.1|{address[1]}|")
        else:
            client.passive_address()
        client.send(b"RETR large\r\nQUIT\r\n" + b"NOOP\r\n" * noops)
        assert client.read_reply()[0] == 150
        client.close()
        assert wait_until(lambda: not server.sessions, GONE)


def test_many_ghosts_leave_room(tmp_path):
    (tmp_path / "large").write_bytes(LARGE)
    with serving(tmp_path, max_sessions=50, **PATIENT) as server:
        for _ghost in range(50):
            leave(server, b"RETR large\r\n" + b"NOOP\r\n" * MAX_PENDING, False)
        assert wait_until(lambda: not server.sessions, GONE)
        with RawFtpClient(server.address) as client:
            assert client.send_command("NOOP")[0] == 200


def test_a_ghost_that_has_sent_more_than_the_buffers_hold_is_gone_after_the_timeout(tmp_path):
    (tmp_path / "large").write_bytes(LARGE)
    with serving(tmp_path, **PATIENT | {"data_connect_timeout": 0.3}) as server:
        client = RawFtpClient(server.address)
        client.passive_address()
        client.send("RETR large")
        assert client.read_reply()[0] == 150
        client.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                client.sock.send(b"NOOP\r\n" * 10000)
        client.close()
        assert wait_until(lambda: not server.sessions, GONE)


def test_a_client_that_is_still_there_keeps_its_transfer(server):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        client.send(b"RETR large\r\n" + b"NOOP\r\n" * (2 * MAX_PENDING))
        assert client.read_reply()[0] == 150
        (session,) = server.sessions
        assert wait_until(lambda: session.control.hangup_timer, GONE)
        first = session.control.hangup_timer
        assert wait_until(lambda: session.control.hangup_timer is not first, GONE)  # it has looked
        assert recv_until_eof(data) == LARGE
        assert [client.read_reply()[0] for _ in range(1 + 2 * MAX_PENDING)] == [226] + [200] * (2 * MAX_PENDING)


@pytest.mark.parametrize("noops", [0, 2 * MAX_PENDING])
def test_after_quit_the_transfer_goes_on(server, noops):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        client.send(b"RETR large\r\n" + b"QUIT\r\n" + b"NOOP\r\n" * noops)
        client.sock.shutdown(socket.SHUT_WR)
        assert client.read_reply()[0] == 150
        (session,) = server.sessions
        looked = session.control.hangup_timer
        assert wait_until(
            lambda: session.control.state is State.ENDING or session.control.hangup_timer is not looked, GONE
        )
        assert not session.data.connect_timer.pending  # the data connection is there, so the wait for it has ended
        assert recv_until_eof(data) == LARGE
        assert [client.read_reply()[0] for _ in range(2)] == [226, 221]
        assert wait_until(lambda: not server.sessions, GONE)


def test_an_upload_with_quit_and_the_end_of_input_in_one_segment(server, tmp_path):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        client.send(b"STOR b\r\nQUIT\r\n")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.read_reply()[0] == 150
        data.sendall(b"text")
        data.close()
        assert [client.read_reply()[0] for _ in range(2)] == [226, 221]
    assert (tmp_path / "b").read_bytes() == b"text"


@pytest.mark.parametrize("linux", [True, False])
def test_the_end_of_a_connection_is_seen_without_reading(monkeypatch, linux):
    if not linux:
        monkeypatch.delattr(select, "POLLRDHUP", raising=False)
    elif not hasattr(select, "POLLRDHUP"):
        pytest.skip("poll has no POLLRDHUP here")
    for reset in (False, True):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            theirs = socket.create_connection(listener.getsockname())
            ours, _address = listener.accept()
        with ours, theirs:
            ours.setblocking(False)
            assert not is_hung_up(ours)
            if reset:
                reset_on_close(theirs)
            elif linux:
                theirs.sendall(b"unread")
            theirs.close()
            assert wait_until(lambda sock=ours: is_hung_up(sock), GONE)


def test_a_client_that_guesses_and_leaves_is_gone_before_the_delay(tmp_path):
    with serving(tmp_path, login_failure_delay=60) as server:
        for _guess in range(20):
            client = RawFtpClient(server.address, login=False)
            client.send(f"USER {USER}\r\nPASS wrong\r\n".encode())
            client.close()
        assert wait_until(lambda: not server.sessions, GONE)


def test_a_ghost_that_said_quit_and_does_not_read_is_gone_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "ENDING_TRANSFER_TIMEOUT", 0.3)
    (tmp_path / "large").write_bytes(LARGE)
    with serving(tmp_path, **PATIENT) as server:
        client = RawFtpClient(server.address)
        with client.connect_data():
            client.send(b"RETR large\r\nQUIT\r\n")
            assert client.read_reply()[0] == 150
            client.close()
            assert wait_until(lambda: not server.sessions, GONE + 5)

"""FTP's data connection: whom it trusts, how long it waits, how a transfer is cut short; nothing stays open."""

import contextlib
import errno
import ftplib
import os
import re
import resource
import selectors
import socket
import sys
import threading
import time

import psutil
import pytest

from readiness.base.background import wait_until
from readiness.servers.ftp.session import Session
from readiness.system.sockets import reset_on_close
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, recv_until_eof, serving

LINUX = sys.platform == "linux"


@pytest.fixture
def server(tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    (tmp_path / "large").write_bytes(os.urandom(1 << 20) * 24)
    with serving(tmp_path) as server:
        yield server


def listeners(server):
    return [session.data.listener for session in server.sessions if session.data.listener]


def data_socket_count(server):
    """Sockets that the selector watches besides the listener and the control connections."""
    return len(server.registrations) - 1 - len(server.sessions)


def open_fds():
    return psutil.Process().num_fds()


def test_pasv_tells_where(server):
    with RawFtpClient(server.address) as client:
        _code, text = client.send_command("PASV")
        found = re.fullmatch(r"227 Entering Passive Mode \(127,0,0,1,(\d+),(\d+)\)\.", text)
        with socket.create_connection(("127.0.0.1", int(found[1]) * 256 + int(found[2]))) as data:
            assert client.send_command("RETR small")[0] == 150
            assert recv_until_eof(data) == b"small"
        assert client.read_reply()[0] == 226


def test_pasv_again_closes_the_first_listener(server):
    with RawFtpClient(server.address) as client:
        first = client.passive_address()
        for _ in range(50):
            second = client.passive_address()
        assert len(listeners(server)) == 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(first)
        with socket.create_connection(second) as data:
            assert client.send_command("RETR small")[0] == 150
            assert recv_until_eof(data) == b"small"


def test_the_listener_is_closed_as_soon_as_somebody_has_dialled(server):
    with RawFtpClient(server.address) as client, client.connect_data():
        assert wait_until(lambda: not listeners(server), 5)


def test_without_a_data_connection_425(server):
    with RawFtpClient(server.address) as client:
        before = open_fds()
        for command in ("RETR small", "STOR new", "LIST", "MLSD", "NLST"):
            assert client.send_command(command)[0] == 425
        assert open_fds() == before


def undialled(root, session_class=Session):
    """How many listeners are left of clients who never dial."""
    with (
        serving(root, session_class=session_class, data_connect_timeout=0.05) as server,
        RawFtpClient(server.address) as first,
        RawFtpClient(server.address) as second,
    ):
        first.passive_address()
        second.passive_address()
        assert second.send_command("LIST")[0] == 150
        if wait_until(lambda: not listeners(server), 1):
            assert second.read_reply()[0] == 425
            assert [client.send_command("LIST")[0] for client in (first, second)] == [425, 425]
        return len(listeners(server))


class WaitsForEver(Session):
    def on_data_connect_failed(self):
        pass


def test_pasv_that_nobody_dials_gives_its_descriptor_back(tmp_path):
    assert undialled(tmp_path) == 0


def test_a_server_that_waits_for_ever_is_caught(tmp_path):
    assert undialled(tmp_path, WaitsForEver) == 2


def theft(root, session_class=Session):
    """What a stranger gets who dials before the client does, and what the client gets after that."""
    (root / "secret").write_bytes(b"secret")
    with serving(root, session_class=session_class) as server, RawFtpClient(server.address) as client:
        address = client.passive_address()
        with socket.create_connection(address, timeout=10, source_address=("127.0.0.2", 0)) as thief:
            client.send("RETR secret")
            assert client.read_reply()[0] == 150
            stolen = recv_until_eof(thief)
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=10) as data:
            return stolen, recv_until_eof(data)
        return stolen, b""


class TrustsAll(Session):
    def is_allowed_host(self, host):
        return True


@pytest.mark.skipif(not LINUX, reason="all of 127.0.0.0/8 is ours on Linux alone")
def test_a_stranger_gets_nothing_and_the_client_its_file(tmp_path):
    assert theft(tmp_path) == (b"", b"secret")


@pytest.mark.skipif(not LINUX, reason="all of 127.0.0.0/8 is ours on Linux alone")
def test_a_server_that_trusts_all_is_caught_by_the_thief(tmp_path):
    assert theft(tmp_path, TrustsAll)[0] == b"secret"


def bounces(root, session_class=Session):
    """The commands by which the server was made to dial a third party."""
    with serving(root, session_class=session_class) as server, RawFtpClient(server.address) as client:
        with socket.create_server(("127.0.0.2" if LINUX else "127.0.0.1", 0)) as third:
            port = third.getsockname()[1]
            for argument in (
                f"PORT 127,0,0,2,{port // 256},{port % 256}",
                f"EPRT |1|127.0.0.2|{port}|",
                "PORT 127,0,0,1,0,25",
                "EPRT |1|127.0.0.1|1023|",
                "PORT 10,0,0,1,80,80",
                f"EPRT |2|::1|{port}|",
                f"EPRT |2|::ffff:127.0.0.2|{port}|",
            ):
                if client.send_command(argument)[0] == 200:
                    yield argument


def test_data_goes_to_no_third_host_and_no_service(tmp_path):
    assert list(bounces(tmp_path)) == []


def test_a_port_of_a_service_is_refused_with_504(server):
    with RawFtpClient(server.address) as client:
        assert client.send_command("PORT 127,0,0,1,3,255")[0] == 504
        assert client.send_command("EPRT |1|127.0.0.1|1023|")[0] == 504
        assert client.send_command("PORT 10,0,0,1,3,255")[0] == 501


def test_a_server_that_trusts_all_is_caught_bouncing(tmp_path):
    assert len(list(bounces(tmp_path, TrustsAll))) == 5


@pytest.mark.parametrize("by", ["PORT", "EPRT"])
def test_active(server, by):
    with RawFtpClient(server.address) as client, socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        where = f"127,0,0,1,{port // 256},{port % 256}" if by == "PORT" else f"|1|127.0.0.1|{port}|"
        for _ in range(3):
            assert client.send_command(f"{by} {where}")[0] == 200
            assert client.send_command("RETR small")[0] == 150
            data, _address = mine.accept()
            with data:
                assert recv_until_eof(data) == b"small"
            assert client.read_reply()[0] == 226


def test_active_where_nobody_listens_is_425(server):
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
    with RawFtpClient(server.address) as client:
        assert client.send_command(f"EPRT |1|127.0.0.1|{port}|")[0] == 200
        assert client.send_command("RETR small")[0] == 150
        assert client.read_reply()[0] == 425
        assert client.fetch("RETR small") == b"small"


def test_epsv_all_refuses_every_other_way(server):
    with RawFtpClient(server.address) as client:
        assert client.send_command("EPSV ALL")[0] == 200
        for command in ("PASV", "PORT 127,0,0,1,200,1", "EPRT |1|127.0.0.1|51201|"):
            assert client.send_command(command)[0] == 501
        assert client.fetch("RETR small") == b"small"


def test_ipv6(tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("loopback has no IPv6")
    with serving(tmp_path, host="::1") as server:
        with RawFtpClient(server.address) as client:
            assert client.send_command("PASV")[0] == 425
            assert client.send_command("EPSV 1")[0] == 522
            assert client.send_command("EPRT |1|127.0.0.1|51201|")[0] == 501
            assert client.fetch("RETR small") == b"small"
        for passive in (True, False):
            with ftplib.FTP(timeout=10) as ftp:
                ftp.connect(*server.address)
                ftp.login(USER, PASSWORD)
                ftp.set_pasv(passive)
                assert ftp.nlst() == ["small"]


@pytest.mark.parametrize("telnet", [b"", b"\xff\xf4\xff\xf2"])
def test_abor_in_a_transfer_is_426_and_226(server, telnet):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        assert data.recv(1000)
        client.send(telnet + b"ABOR\r\n")
        assert [client.read_reply()[0], client.read_reply()[0]] == [426, 226]
        assert len(recv_until_eof(data)) < 24 << 20
        assert client.fetch("RETR small") == b"small"


def test_abor_before_the_data_connection_has_come(server):
    with RawFtpClient(server.address) as client:
        client.passive_address()
        assert client.send_command("RETR small")[0] == 150
        client.send("ABOR")
        assert [client.read_reply()[0], client.read_reply()[0]] == [426, 226]
        assert not listeners(server)
        assert client.send_command("ABOR")[0] == 226


def test_stat_is_answered_during_a_transfer(server):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        code, text = client.send_command("STAT")
        assert code == 211
        assert "bytes have been moved" in text
        assert len(recv_until_eof(data)) == 24 << 20
        assert client.read_reply()[0] == 226


@pytest.mark.parametrize("reset", [False, True])
def test_who_closes_early_keeps_the_session(server, reset):
    with RawFtpClient(server.address) as client:
        data = client.connect_data()
        assert client.send_command("RETR large")[0] == 150
        data.recv(1000)
        if reset:
            reset_on_close(data)
        data.close()
        assert client.read_reply()[0] == 426
        assert client.send_command("ABOR")[0] == 226  # as curl does at the end of a range
        assert client.fetch("RETR small") == b"small"


def test_a_transfer_ends_with_its_control_connection(server):
    client = RawFtpClient(server.address)
    with client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        data.recv(1000)
        client.close()
        assert wait_until(lambda: not server.sessions, 5)
        assert len(recv_until_eof(data)) < 24 << 20


def test_a_transfer_that_does_not_move_ends_and_the_session_lives(tmp_path):
    (tmp_path / "large").write_bytes(bytes(24 << 20))
    with (
        serving(tmp_path, transfer_timeout=0.1) as server,
        RawFtpClient(server.address) as client,
        client.connect_data(),
    ):
        end = time.monotonic() + 0.3
        while time.monotonic() < end:  # longer than a transfer may stand still, the session talks
            assert client.send_command("NOOP")[0] == 200
        assert client.send_command("RETR large")[0] == 150
        assert client.read_reply()[0] == 426
        assert client.send_command("NOOP")[0] == 200


def test_a_client_that_reads_slowly_and_never_stops_gets_its_whole_file(tmp_path):
    (tmp_path / "large").write_bytes(bytes(24 << 20))
    with (
        serving(tmp_path, transfer_timeout=0.4) as server,
        RawFtpClient(server.address) as client,
        client.connect_data() as data,
    ):
        data.settimeout(10)
        assert client.send_command("RETR large")[0] == 150
        received, pause = 0, threading.Event()
        for _read in range(25):  # the server's socket becomes writable after some MiB, so later than the timeout
            received += len(data.recv(100_000, socket.MSG_WAITALL))
            pause.wait(0.1)
        received += len(recv_until_eof(data))
        assert received == 24 << 20
        assert client.read_reply()[0] == 226


def test_write_interest_for_a_download_read_interest_for_an_upload_none_before(server):
    with RawFtpClient(server.address) as client:
        for command, events in (("RETR large", selectors.EVENT_WRITE), ("STOR new", selectors.EVENT_READ)):
            with client.connect_data():
                assert wait_until(lambda: not listeners(server), 5)
                assert data_socket_count(server) == 0
                assert client.send_command(command)[0] == 150
                (session,) = server.sessions
                assert server.registrations[session.data.socket.fileno()].events == events
                client.send("ABOR")
                assert [client.read_reply()[0], client.read_reply()[0]] == [426, 226]


@contextlib.contextmanager
def out_of_descriptors():
    """No further descriptor for this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = os.open(os.devnull, os.O_RDONLY)
    os.close(taken)
    fill = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, taken + 64), hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                fill.append(os.open(os.devnull, os.O_RDONLY))
        yield fill
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in fill:
            os.close(number)


def test_out_of_descriptors_each_command_is_refused_and_the_session_lives(server):
    with RawFtpClient(server.address) as client:
        with out_of_descriptors():
            for command in ("EPSV", "PASV", "CWD /", "RETR small", "MKD d/e", "LIST"):
                code, text = client.send_command(command)
                assert code in (425, 451), text
                assert code == 425 or os.strerror(errno.EMFILE) in text
        assert client.fetch("RETR small") == b"small"


def test_out_of_descriptors_when_data_comes(server):
    with RawFtpClient(server.address) as client:
        address = client.passive_address()
        assert client.send_command("RETR small")[0] == 150
        with socket.socket() as data:
            with out_of_descriptors():
                data.connect(address)
                assert client.read_reply()[0] == 425
        assert client.fetch("RETR small") == b"small"


@pytest.mark.parametrize("state", ["greeted", "named", "idle", "listening", "dialled", "promised", "sending", "taking"])
@pytest.mark.parametrize("reset", [False, True])
def test_an_abrupt_end_in_any_state_leaves_nothing(server, state, reset):
    before = open_fds(), len(server.registrations), len(server.timers._heap)
    client = RawFtpClient(server.address, login=state not in ("greeted", "named"))
    socks = [client.sock]
    if state == "named":
        client.send_command(f"USER {USER}")
    if state in ("listening", "promised"):
        client.passive_address()
    if state == "promised":
        client.send_command("RETR large")
    if state in ("dialled", "sending", "taking"):
        socks.append(client.connect_data())
    if state in ("sending", "taking"):
        client.send_command("RETR large" if state == "sending" else "STOR new")
    if state == "taking":
        socks[1].sendall(b"x" * 100_000)
    for sock in socks:
        if reset:
            reset_on_close(sock)
    client.close()
    for sock in socks:
        sock.close()
    assert wait_until(lambda: not server.sessions and (open_fds(), len(server.registrations)) == before[:2], 5)
    assert not server.uploads_in_progress
    with RawFtpClient(server.address) as client:
        assert client.fetch("RETR small") == b"small"


@pytest.mark.parametrize("telnet", [b"", b"\xff\xf4\xff\xf2"])
@pytest.mark.parametrize("before", [b"NOOP\r\n", b"NOOP\r\n" * 10, b"PWD\r\nSTAT\r\nNOOP\r\n"])
def test_commands_before_abor_do_not_hold_it_up(server, before, telnet):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        assert data.recv(1000)
        client.send(before + telnet + b"ABOR\r\n")
        codes = [client.read_reply()[0] for _ in range(before.count(b"\n") + 2)]
        assert codes[0] == 426
        assert codes[-1] == 226
        assert client.fetch("RETR small") == b"small"


@pytest.mark.parametrize("before", [b"", b"NOOP\r\n"])
def test_abor_behind_a_telnet_synch_ends_the_transfer(server, before):
    with RawFtpClient(server.address) as client, client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        assert data.recv(1000)
        client.send(before)
        client.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)  # IAC IP IAC, its last byte is urgent
        client.sock.send(b"\xf2ABOR\r\n")  # DM
        codes = [client.read_reply()[0] for _ in range(2 + bool(before))]
        assert (codes[0], codes[-1]) == (426, 226)
        assert client.fetch("RETR small") == b"small"


@pytest.mark.skipif(not LINUX, reason="all of 127.0.0.0/8 is ours on Linux alone")
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_the_active_connection_comes_from_the_address_of_the_control_connection(tmp_path, host):
    (tmp_path / "small").write_bytes(b"small")
    with serving(tmp_path, host=host) as server, socket.create_server(("127.0.0.1", 0)) as mine:
        with RawFtpClient(("127.0.0.5", server.address[1])) as client:
            port = mine.getsockname()[1]
            assert client.send_command(f"PORT 127,0,0,1,{port // 256},{port % 256}")[0] == 200
            assert client.send_command("RETR small")[0] == 150
            data, address = mine.accept()
            with data:
                assert address[0] == "127.0.0.5"
                assert recv_until_eof(data) == b"small"
            assert client.read_reply()[0] == 226


@pytest.mark.parametrize("command", ["RETR small", "LIST", "NLST", "MLSD"])
def test_bytes_that_a_downloader_writes_cost_it_nothing(server, command):
    with RawFtpClient(server.address) as client:
        expected = client.fetch(command)
        for _again in range(20):
            with client.connect_data() as data:
                data.sendall(b"x" * 100_000)
                assert client.send_command(command)[0] == 150
                assert recv_until_eof(data) == expected
            assert client.read_reply()[0] == 226


def test_a_data_connection_that_was_made_is_kept(tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    with serving(tmp_path, data_connect_timeout=0.1) as server, RawFtpClient(server.address) as client:
        with client.connect_data() as data:
            (session,) = server.sessions
            deadline = session.data.connect_timer.deadline
            assert wait_until(lambda: time.monotonic() > deadline, 5)
            assert client.send_command("RETR small")[0] == 150
            assert recv_until_eof(data) == b"small"
        assert client.read_reply()[0] == 226


@pytest.fixture(params=["::", ""])
def dual_stack(request, tmp_path):
    if not socket.has_dualstack_ipv6():
        pytest.skip("no listener for IPv4 and IPv6 here")
    (tmp_path / "small").write_bytes(b"small")
    with serving(tmp_path, host=request.param) as server:
        yield server


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("passive", [True, False])
def test_one_listener_for_ipv4_and_ipv6(dual_stack, host, passive):
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(host, dual_stack.address[1])
        ftp.login(USER, PASSWORD)
        ftp.set_pasv(passive)
        assert ftp.nlst() == ["small"]


def test_an_ipv4_client_of_an_ipv6_listener_is_an_ipv4_client(dual_stack):
    with RawFtpClient(("127.0.0.1", dual_stack.address[1])) as client:
        assert "(127,0,0,1," in client.send_command("PASV")[1]
        assert client.send_command("EPSV 2")[0] == 522
        assert client.send_command("EPSV 1")[0] == 229
        assert client.send_command("EPRT |1|127.0.0.2|51201|")[0] == 501
        assert client.send_command("EPRT |2|::1|51201|")[0] == 501
        assert client.send_command("EPRT |2|::ffff:127.0.0.2|51201|")[0] == 501
        with socket.create_server(("127.0.0.1", 0)) as mine:
            assert client.send_command(f"EPRT |2|::FFFF:7f00:1|{mine.getsockname()[1]}|")[0] == 200
            assert client.send_command("RETR small")[0] == 150
            data, _address = mine.accept()
            with data:
                assert recv_until_eof(data) == b"small"
            assert client.read_reply()[0] == 226


@pytest.mark.skipif(not LINUX, reason="all of 127.0.0.0/8 is ours on Linux alone")
def test_a_stranger_gets_nothing_from_a_listener_for_both(dual_stack):
    with RawFtpClient(("127.0.0.1", dual_stack.address[1])) as client:
        address = client.passive_address()
        with socket.create_connection(address, timeout=10, source_address=("127.0.0.2", 0)) as thief:
            client.send("RETR small")
            assert client.read_reply()[0] == 150
            assert recv_until_eof(thief) == b""
        with socket.create_connection(address, timeout=10) as data:
            assert recv_until_eof(data) == b"small"

"""FTP under load: many sessions, stalled ones beside others, limits, silence, and descriptors that run out."""

import contextlib
import hashlib
import math
import os
import selectors
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.experiments.meter import SelectorMeter
from readiness.servers.ftp.control import COMMANDS_PER_TURN
from readiness.servers.ftp.server import FD_SETSIZE, FtpServer
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import USERS, RawFtpClient, recv_until_eof, serving
from tests.servers.ftp.test_data import out_of_descriptors

CONTENT = os.urandom(1 << 20)


def open_fds():
    return psutil.Process().num_fds()


@pytest.mark.parametrize("backend", [selectors.SelectSelector, selectors.DefaultSelector])
def test_fifty_sessions_at_once(tmp_path, backend):
    (tmp_path / "file").write_bytes(CONTENT)
    with serving(tmp_path, selector=backend()) as server:
        before = open_fds()
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(RawFtpClient(server.address)) for _ in range(50)]
            data_sockets = [stack.enter_context(client.connect_data()) for client in clients]
            for number, client in enumerate(clients):
                assert client.send_command("RETR file" if number % 2 else f"STOR {number}")[0] == 150
            shuffle = sorted(range(50), key=lambda number: number * 7 % 50)

            def run_transfers(numbers):
                for number in numbers:
                    if number % 2:
                        assert recv_until_eof(data_sockets[number]) == CONTENT
                    else:
                        data_sockets[number].sendall(CONTENT)
                        data_sockets[number].shutdown(socket.SHUT_WR)

            halves = [threading.Thread(target=run_transfers, args=(shuffle[part::2],)) for part in range(2)]
            for half in halves:
                half.start()
            for half in halves:
                half.join()
            assert [client.read_reply()[0] for client in clients] == [226] * 50
            assert server.pipe is None or not server.uploads_in_progress
        assert wait_until(lambda: not server.sessions and open_fds() == before, 5)
    digests = {hashlib.sha256(file.read_bytes()).digest() for file in tmp_path.iterdir()}
    assert digests == {hashlib.sha256(CONTENT).digest()}


def test_a_stalled_download_holds_up_nobody(tmp_path):
    (tmp_path / "large").write_bytes(CONTENT * 24)
    meter = SelectorMeter()
    with serving(tmp_path, selector=meter.wrap(selectors.DefaultSelector())) as server:
        with RawFtpClient(server.address) as slow, slow.connect_data() as data, RawFtpClient(server.address) as other:
            assert slow.send_command("RETR large")[0] == 150
            data.recv(1)
            assert other.fetch("RETR large") == CONTENT * 24
            waits = meter.waits
            for _ in range(20):
                assert other.send_command("NOOP")[0] == 200
            assert meter.waits - waits < 100  # a stalled download is no reason to wake up
            assert len(recv_until_eof(data)) == len(CONTENT) * 24 - 1
            assert slow.read_reply()[0] == 226


class Counts(Session):
    """Remembers how many commands it has dispatched in one turn at most."""

    max_in_turn = in_turn = 0

    def process_pending(self):
        self.in_turn = 0
        super().process_pending()

    def dispatch(self, line):
        super().dispatch(line)
        self.in_turn += 1
        self.max_in_turn = max(self.max_in_turn, self.in_turn)


def test_one_who_pipelines_much_leaves_room_for_others(tmp_path):
    with serving(tmp_path, session_class=Counts) as server, RawFtpClient(server.address) as greedy:
        (session,) = server.sessions
        greedy.send(b"PWD\r\n" * 500)
        assert [greedy.read_reply()[0] for _ in range(500)] == [257] * 500
        assert not session.control.pending_commands
        assert 1 < session.max_in_turn <= COMMANDS_PER_TURN


def test_above_the_session_limit_421(tmp_path):
    with serving(tmp_path, max_sessions=2) as server:
        with RawFtpClient(server.address), RawFtpClient(server.address):
            with socket.create_connection(server.address, timeout=10) as third:
                assert recv_until_eof(third).startswith(b"421 ")
        assert wait_until(lambda: not server.sessions, 5)
        with RawFtpClient(server.address) as again:
            assert again.send_command("NOOP")[0] == 200


class AnyNumber(FtpServer):
    def start_session(self, sock):
        self.max_sessions = 1 << 30
        super().start_session(sock)


def test_a_server_without_the_limit_is_caught(tmp_path):
    with BackgroundServer(AnyNumber(tmp_path, max_sessions=0)) as running:
        with socket.create_connection(running.server.address, timeout=10) as first:
            assert not first.recv(100).startswith(b"421 ")


def test_silence_ends_a_session_and_words_do_not(tmp_path):
    with (
        serving(tmp_path, idle_timeout=0.3) as server,
        RawFtpClient(server.address) as silent,
        RawFtpClient(server.address) as other,
    ):
        end = time.monotonic() + 10
        silent.sock.setblocking(False)
        while time.monotonic() < end:
            assert other.send_command("NOOP")[0] == 200
            with contextlib.suppress(BlockingIOError):
                if silent.sock.recv(1, socket.MSG_PEEK):
                    break
        silent.sock.settimeout(10)
        assert silent.read_reply()[0] == 421
        assert silent.file.read() == b""
        assert other.send_command("NOOP")[0] == 200
        silent.close()
        assert wait_until(lambda: len(server.sessions) < 2, 5)


def test_one_who_does_not_read_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("readiness.servers.ftp.control.CLOSE_TIMEOUT", 60.0)
    with serving(tmp_path, idle_timeout=0.2) as server, RawFtpClient(server.address) as client:
        (session,) = server.sessions
        session.control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.sock.setblocking(False)

        def push():
            with contextlib.suppress(BlockingIOError, ConnectionError):
                client.sock.send(b"HELP\r\n" * 1000)
            return not server.sessions

        assert wait_until(push, 10)
        assert session.control.write_buffer


def test_a_client_that_does_not_close_after_quit_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("readiness.servers.ftp.control.CLOSE_TIMEOUT", 0.05)
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        assert client.send_command("QUIT")[0] == 221
        assert wait_until(lambda: not server.sessions, 5)


def run_out_of_descriptors(root, server):
    """CPU seconds in which a server lived through being out of descriptors, and whether it accepts again after it."""
    with BackgroundServer(server) as running:
        with RawFtpClient(running.server.address) as before, socket.socket() as late:
            late.settimeout(10)
            with out_of_descriptors():
                late.connect(running.server.address)
                wait_until(lambda: running.server.listener.fileno() not in running.server.registrations, 1)
                began = time.process_time()
                for _ in range(3):
                    assert before.send_command("NOOP")[0] == 200
                wait_until(lambda: False, 0.3)
                spent = time.process_time() - began
            return spent, late.recv(100).startswith(b"220 ")


class Spins(FtpServer):
    def pause_accepting(self):
        pass


def test_out_of_descriptors_it_neither_dies_nor_spins(tmp_path):
    spent, accepted = run_out_of_descriptors(tmp_path, FtpServer(tmp_path, users=USERS))
    assert accepted
    spun, accepted = run_out_of_descriptors(tmp_path, Spins(tmp_path, users=USERS))
    assert accepted
    assert spent * 2 < spun


SERVER_WITH_FEW_DESCRIPTORS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
from readiness.base.foreground import serve_until_signal
from readiness.servers.ftp.server import FD_SETSIZE, FtpServer
from tests.servers.ftp.raw_ftp_client import USERS
serve_until_signal(FtpServer(sys.argv[1], users=USERS), "ftp")
"""


@pytest.mark.parametrize("limit", [64, 100])
def test_with_few_descriptors_each_session_can_do_all_it_wants(tmp_path, limit):
    (tmp_path / "large").write_bytes(CONTENT * 16)
    for number in range(limit):
        (tmp_path / f"old{number}").write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER_WITH_FEW_DESCRIPTORS, str(tmp_path), str(limit)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = ("127.0.0.1", int(process.stdout.readline().rpartition(":")[2]))
    with contextlib.ExitStack() as stack:
        accepted, refused = [], []
        for _client in range(limit):
            sock = stack.enter_context(socket.create_connection(address, timeout=10))
            (accepted if sock.recv(4, socket.MSG_PEEK) == b"220 " else refused).append(sock)
        assert all(recv_until_eof(sock).startswith(b"421 ") for sock in refused)
        assert 5 <= len(accepted) < limit // 4
        clients = [stack.enter_context(RawFtpClient(sock)) for sock in accepted]
        data_sockets = [stack.enter_context(client.connect_data()) for client in clients]
        for number, (client, data) in enumerate(zip(clients, data_sockets, strict=True)):
            code, text = client.send_command(f"APPE old{number}" if number % 3 else "RETR large")
            assert code == 150, text
            data.sendall(b"new" * bool(number % 3))
        for number, (client, data) in enumerate(zip(clients, data_sockets, strict=True)):
            if number % 3:
                data.close()
            else:
                assert recv_until_eof(data) == CONTENT * 16
            assert client.read_reply()[0] == 226
        for client in clients:
            assert len(client.fetch("LIST").splitlines()) == limit + 1
            assert client.fetch("RETR old1") == b"oldnew"
            assert client.store("STOR mine", b"mine")[0] == 226
            assert client.send_command("SIZE mine")[1] == "213 4"
            assert client.send_command("DELE mine")[0] == 250
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")


def test_select_bounds_the_number_of_sessions(tmp_path):
    with serving(tmp_path, selector=selectors.SelectSelector(), max_sessions=10_000) as server:
        assert server.max_sessions < FD_SETSIZE


def test_a_thousand_abandoned_listeners_leave_nothing(tmp_path):
    with serving(tmp_path) as server:
        before = open_fds()
        with RawFtpClient(server.address) as client:
            for _ in range(1000):
                client.passive_address()
            assert open_fds() <= before + 4
        assert wait_until(lambda: open_fds() == before and len(server.registrations) == 1, 5)
        assert len(server.timers._heap) < 500  # cancelled ones go, too


def test_it_stops_at_once_whatever_is_under_way(tmp_path):
    (tmp_path / "large").write_bytes(CONTENT * 24)
    with contextlib.ExitStack() as stack:
        with serving(tmp_path) as server:
            for number in range(20):
                client = stack.enter_context(RawFtpClient(server.address))
                data = stack.enter_context(client.connect_data())
                assert client.send_command(("RETR large", f"STOR {number}", "REST 1")[number % 3])[0] < 400
                assert data
            began = time.monotonic()
        assert time.monotonic() - began < 1


TIMES = ("idle_timeout", "transfer_timeout", "data_connect_timeout", "login_failure_delay")


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("seconds", [-1, 0, math.nan, "5", None])
def test_a_timeout_that_is_no_time_is_refused_before_it_listens(tmp_path, name, seconds):
    if seconds == 0 and name in ("data_connect_timeout", "login_failure_delay"):
        FtpServer(tmp_path, **{name: seconds}).close()  # at once
        return
    with pytest.raises(UserError, match=rf"^{name} is .*: choose a number above 0\.$"):
        FtpServer(tmp_path, **{name: seconds})


@pytest.mark.parametrize("count", [-1, 2.5, math.inf, "5", None])
def test_a_number_of_sessions_that_is_no_count_is_refused_before_it_listens(tmp_path, count):
    with pytest.raises(UserError, match=r"^max_sessions is .*: choose a whole number from 0 to 1,000,000\.$"):
        FtpServer(tmp_path, max_sessions=count)

"""FTP's login: the same words for every failure, later, by a timer; and what an anonymous client may not do."""

import contextlib
import socket
import sys
import threading
import time

import pytest

from readiness.base.background import wait_until
from readiness.servers.ftp import server as server_module
from readiness.servers.ftp.login import MAX_ATTEMPTS
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, recv_until_eof, serving


def guesses(root, session_class=Session, delay=0.2):
    """Replies to wrong logins until the connection ends, seconds that each took, and what another client waited."""
    replies, seconds = [], []
    with (
        serving(root, session_class=session_class, login_failure_delay=delay) as server,
        RawFtpClient(server.address) as other,
    ):
        with RawFtpClient(server.address, login=False) as client:
            for name in (USER, "nobody", USER, "root", USER, "nobody") * 3:
                if client.send_command(f"USER {name}")[0] != 331:
                    break
                began = time.monotonic()
                client.send("PASS wrong")
                assert other.send_command("NOOP")[0] == 200
                waited = time.monotonic() - began
                replies.append(client.read_reply())
                seconds.append((time.monotonic() - began, waited))
                client.send("NOOP")
                if not client.file.peek():
                    break
                client.read_reply()
    return replies, seconds


def test_guesses_are_few_slow_and_tell_nothing(tmp_path):
    replies, seconds = guesses(tmp_path)
    assert replies == [(530, "530 Login incorrect.")] * MAX_ATTEMPTS
    assert all(took >= 0.2 for took, _waited in seconds)
    assert sorted(waited for _took, waited in seconds)[MAX_ATTEMPTS // 2] < 0.1  # no other client waits


class AnswersAtOnce(Session):
    def on_password_checked(self, matches):
        if matches:
            super().on_password_checked(matches)
        else:
            self.login.reject()


class NeverTires(Session):
    def do_pass(self, password):
        super().do_pass(password)
        self.login.failed_attempts = -1


class TellsWho(Session):
    def reply(self, code, *lines):
        super().reply(code, *(["No such user."] if code == 530 and self.login.name != USER else lines))


class Sleeping(Session):
    def do_pass(self, password):
        if password == "wrong":
            time.sleep(self.server.login_failure_delay)
        super().do_pass(password)


def test_a_server_that_answers_guesses_at_once_is_caught(tmp_path):
    assert any(took < 0.2 for took, _waited in guesses(tmp_path, AnswersAtOnce)[1])


def test_a_server_that_sleeps_is_caught(tmp_path):
    assert sorted(waited for _took, waited in guesses(tmp_path, Sleeping)[1])[MAX_ATTEMPTS // 2] >= 0.1


def test_a_server_that_lets_one_guess_on_is_caught(tmp_path):
    assert len(guesses(tmp_path, NeverTires, delay=0.01)[0]) > MAX_ATTEMPTS


def test_a_server_that_tells_who_exists_is_caught(tmp_path):
    assert len(set(guesses(tmp_path, TellsWho, delay=0.01)[0])) > 1


def test_commands_sent_behind_a_wrong_password_wait_for_its_answer(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address, login=False) as client:
        client.send(f"USER {USER}\r\nPASS wrong\r\nNOOP\r\nUSER {USER}\r\nPASS {PASSWORD}\r\nPWD\r\n".encode())
        assert [client.read_reply()[0] for _ in range(6)] == [331, 530, 200, 331, 230, 257]


def test_nothing_is_told_before_the_login(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address, login=False) as client:
        for verb in (
            "PWD",
            "CWD /",
            "LIST",
            "PASV",
            "EPSV",
            "RETR x",
            "STOR x",
            "REST 1",
            "SIZE x",
            "STAT",
            "TYPE I",
            "ABOR",
        ):
            assert client.send_command(verb)[0] == 530, verb
        assert client.send_command("PASS x")[0] == 503
        assert client.send_command("AUTH TLS")[0] == 502
        for verb in ("FEAT", "SYST", "HELP", "NOOP", "OPTS UTF8 ON"):
            assert client.send_command(verb)[0] < 300, verb


def test_a_new_user_is_nobody_until_the_password(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        assert client.send_command(f"USER {USER}")[0] == 331
        assert client.send_command("PWD")[0] == 530


def test_anonymous_reads_and_does_not_write(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path, users=None) as server, RawFtpClient(server.address, login=False) as client:
        assert client.send_command("USER anonymous")[0] == 331
        assert client.send_command("PASS me@example.org")[0] == 230
        assert client.fetch("RETR a") == b"text"
        for command in ("STOR b", "APPE a", "DELE a", "MKD d", "RMD d", "RNFR a", "RNTO b", "XMKD d"):
            assert client.send_command(command)[0] == 550, command
        assert b"perm=r;" in client.fetch("MLSD")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a"]


def test_only_anonymous_is_let_in_without_a_password(tmp_path):
    with serving(tmp_path, users=None) as server, RawFtpClient(server.address, login=False) as client:
        client.send_command("USER root")
        assert client.send_command("PASS x")[0] == 530


@pytest.mark.parametrize(
    ("name", "password", "correct"),
    [("ada", "x y", True), ("ada", "x", False), ("ada", "", False), ("bob", "x y", False), ("", "", False)],
)
def test_a_password_is_right_for_its_user_alone(name, password, correct):
    passwords = Passwords({"ada": "x y", "中": "é"}, cost=2)
    for _again in range(2):  # the second time it may be remembered
        assert passwords.check(name, password) is correct
    assert passwords.check("中", "é")


def test_what_is_remembered_of_one_user_lets_in_no_other():
    passwords = Passwords({"ada": "x y", "bob": "z"}, cost=2)
    assert passwords.check("ada", "x y")
    assert not passwords.check("bob", "x y")


def test_passwords_are_kept_nowhere_as_they_are():
    passwords = Passwords({"ada": "x y z"}, cost=2)
    passwords.check("ada", "x y z")
    assert b"x y z" not in repr(vars(passwords)).encode()


def test_a_half_close_behind_passwords_loses_no_reply(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address, login=False) as client:
        client.send(f"USER {USER}\r\nPASS bad\r\nUSER {USER}\r\nPASS {PASSWORD}\r\nPWD\r\nQUIT\r\n".encode())
        client.sock.shutdown(socket.SHUT_WR)
        assert [client.read_reply()[0] for _ in range(6)] == [331, 530, 331, 230, 257, 221]
        assert client.file.read() == b""
        assert wait_until(lambda: not server.sessions, 5)


class HeldPasswords(Passwords):
    """Passwords whose slow check waits until the test releases it. `asked` has the user names in their order."""

    def __init__(self, users):
        super().__init__(users, cost=2)
        self.asked, self.released = [], threading.Event()

    def check(self, name, password):
        self.asked.append(name)
        self.released.wait(10)
        return super().check(name, password)


@contextlib.contextmanager
def holding(root, **options):
    """A running server whose first password check is held, the client that waits for it, and the passwords."""
    passwords = HeldPasswords({USER: PASSWORD, "bob": "b"})
    with serving(root, users=passwords, **options) as server, RawFtpClient(server.address, login=False) as first:
        try:
            first.send(f"USER {USER}\r\nPASS {PASSWORD}")
            assert first.read_reply()[0] == 331
            assert wait_until(lambda: passwords.asked, 5)
            yield server, first, passwords
        finally:
            passwords.released.set()


def test_a_hash_stops_no_other_client(tmp_path):
    with holding(tmp_path) as (server, first, passwords):
        with RawFtpClient(server.address, login=False) as other:
            assert other.send_command("NOOP")[0] == 200
        passwords.released.set()
        assert first.read_reply()[0] == 230


def guess(stack, server, name, count, source="127.0.0.1"):
    """Open connections from the address `source` that have sent a password and wait for the reply."""
    for _connection in range(count):
        sock = stack.enter_context(socket.create_connection(server.address, source_address=(source, 0)))
        sock.sendall(f"USER {name}\r\nPASS b\r\n".encode())


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"])
def test_many_guesses_do_not_delay_a_friend(tmp_path, source):
    if source != "127.0.0.1" and sys.platform != "linux":
        pytest.skip("all of 127.0.0.0/8 is ours on Linux alone")
    with holding(tmp_path) as (server, _first, passwords), contextlib.ExitStack() as stack:
        queue = server.password_checks
        guess(stack, server, "guessed", 20)
        assert wait_until(lambda: len(queue.waiting) == 20, 5)
        guess(stack, server, "bob", 1, source)
        assert wait_until(lambda: len(queue.waiting) == 21, 5)
        if source == "127.0.0.2":  # the guesses are the newer ones
            guess(stack, server, "guessed", 20)
            assert wait_until(lambda: len(queue.waiting) == 41, 5)
        passwords.released.set()
        assert wait_until(lambda: len(passwords.asked) > 20, 5)
        assert passwords.asked[1] == "bob"


def test_a_session_that_ended_during_its_check_is_not_touched(tmp_path):
    answered = []

    class Notes(Session):
        def on_password_checked(self, matches):
            answered.append(self)
            super().on_password_checked(matches)

    with holding(tmp_path, session_class=Notes, idle_timeout=0.1) as (server, first, passwords):
        assert first.read_reply()[0] == 421
        passwords.released.set()
        assert first.file.read() == b""
        assert wait_until(lambda: not server.password_checks.running, 5)
    assert not answered


def test_the_end_of_the_server_does_not_wait_for_the_queue(tmp_path):
    class Counts(Passwords):
        asked = 0

        def check(self, name, password):
            self.asked += 1
            return super().check(name, password)

    passwords = Counts({USER: PASSWORD}, cost=1 << 12)
    with contextlib.ExitStack() as stack:
        with serving(tmp_path, users=passwords) as server:
            guess(stack, server, USER, 200)
            assert wait_until(lambda: len(server.password_checks.waiting) > 100, 10)
    assert passwords.asked < 100


def test_an_error_in_the_check_ends_its_session_alone(tmp_path):
    class NoMemory(Passwords):
        def check(self, name, password):
            raise MemoryError

    with serving(tmp_path, users=NoMemory({USER: PASSWORD}, cost=2)) as server:
        for _client in range(2):
            with RawFtpClient(server.address, login=False) as client:
                client.send_command(f"USER {USER}")
                assert client.send_command(f"PASS {PASSWORD}")[0] == 421


def test_a_password_that_was_correct_before_needs_no_hash(tmp_path):
    with serving(tmp_path) as server:
        with RawFtpClient(server.address):
            pass
        server.password_checks.executor.shutdown()
        with RawFtpClient(server.address) as client:
            assert client.send_command("PWD")[0] == 257


def test_pipelined_logins_need_no_recursion(tmp_path):
    with serving(tmp_path, users=None) as server, RawFtpClient(server.address, login=False) as client:
        client.send(b"USER ftp\nPASS\n" * 500)
        assert [client.read_reply()[0] for _ in range(1000)] == [331, 230] * 500


def test_anonymous_beside_users_may_only_read(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path, anonymous=True) as server, RawFtpClient(server.address, login=False) as client:
        for name in ("anonymous", "ftp"):
            client.send_command(f"USER {name}")
            assert client.send_command("PASS x")[0] == 230
            assert client.fetch("RETR a") == b"text"
            assert client.send_command("DELE a")[0] == 550
        client.send_command(f"USER {USER}")
        assert client.send_command("PASS x")[0] == 530
        client.send_command(f"USER {USER}")
        assert client.send_command(f"PASS {PASSWORD}")[0] == 230
        assert client.send_command("DELE a")[0] == 250
        client.send_command("USER anonymous")
        assert client.send_command("DELE a")[0] == 530


def test_anonymous_is_refused_where_only_users_may_log_in(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address, login=False) as client:
        client.send_command("USER anonymous")
        assert client.send_command("PASS x")[0] == 530


@pytest.mark.parametrize("again", [[f"USER {USER}"], ["REIN", f"USER {USER}"]])
def test_a_new_login_begins_where_the_first_one_did(tmp_path, again):
    (tmp_path / "d").mkdir()
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        for command in ("CWD d", "REST 2", "RNFR /a"):
            assert client.send_command(command)[0] < 400
        assert [client.send_command(command)[0] for command in again] == ([220, 331] if "REIN" in again else [331])
        assert client.send_command("PWD")[0] == 530
        assert client.send_command(f"PASS {PASSWORD}")[0] == 230
        assert client.send_command("PWD")[1].startswith('257 "/" ')
        assert client.send_command("RNTO b")[0] == 503
        client.send_command("TYPE I")
        assert client.fetch("RETR a") == b"text"


def test_rein_sets_everything_as_after_connecting(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        assert client.send_command("OPTS MLST size;")[0] == 200
        assert client.send_command("EPSV ALL")[0] == 200
        address = client.passive_address()
        assert client.send_command("REIN")[0] == 220
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert client.send_command("STAT")[0] == 530
        client.send_command(f"USER {USER}")
        client.send_command(f"PASS {PASSWORD}")
        assert "type A" in client.send_command("STAT")[1]
        assert client.send_command("PASV")[0] == 227
        assert "modify=" in client.send_command("MLST a")[1]


def test_rein_lets_a_transfer_end(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        address = client.passive_address()
        client.send("RETR a\r\nREIN")
        assert client.read_reply()[0] == 150
        with socket.create_connection(address) as data:
            assert recv_until_eof(data) == b"text"
        assert [client.read_reply()[0] for _ in range(2)] == [226, 220]


def test_rein_gives_no_further_guesses(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address, login=False) as client:
        client.send(f"USER {USER}\r\nPASS wrong\r\nREIN\r\n".encode() * (MAX_ATTEMPTS + 2))
        replies = [line[:3] for line in client.file]
    assert replies.count(b"530") == MAX_ATTEMPTS


def test_a_session_without_a_login_makes_room(tmp_path, monkeypatch):
    with serving(tmp_path, max_sessions=3) as server, contextlib.ExitStack() as stack:
        friend = stack.enter_context(RawFtpClient(server.address))
        for _idle in range(2):
            stack.enter_context(RawFtpClient(server.address, login=False))
        with socket.create_connection(server.address, timeout=10) as sock:
            assert sock.recv(3) == b"421"  # they may still be about to log in
        monkeypatch.setattr(server_module, "LOGIN_GRACE", 0)
        for _newcomer in range(5):
            newcomer = stack.enter_context(RawFtpClient(server.address))
            assert newcomer.send_command("QUIT")[0] == 221
        assert friend.send_command("NOOP")[0] == 200


@pytest.mark.parametrize("moment", ["before the hash", "after it"])
def test_a_wrong_password_keeps_no_session_whose_client_has_gone(tmp_path, moment):
    with serving(tmp_path, login_failure_delay=60) as server:
        client = RawFtpClient(server.address, login=False)
        client.send(f"USER {USER}\r\nPASS wrong\r\n".encode())
        if moment == "after it":
            (session,) = server.sessions
            assert wait_until(lambda: session.login.failed, 5)
        client.close()
        assert wait_until(lambda: not server.sessions, 5)

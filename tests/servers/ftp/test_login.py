"""FTP's login: the same words for every failure, later, by a timer; and what an anonymous client may not do."""

import time

import pytest

from readiness.servers.ftp.login import MAX_ATTEMPTS
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, serving


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
    def do_pass(self, password):
        if self.login.password_matches(password):
            super().do_pass(password)
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
        if not self.login.password_matches(password):
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

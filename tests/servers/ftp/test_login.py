"""FTP's login: the same words for every failure, later, by a timer; and what an anonymous client may not do."""

import time

import pytest

from readiness.servers.ftp.login import TRIES
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, Wire, serving


def guesses(root, session=Session, delay=0.2):
    """Replies to wrong logins until the connection ends, seconds that each took, and what another client waited."""
    replies, seconds = [], []
    with serving(root, session=session, delay=delay) as server, Wire(server.address) as other:
        with Wire(server.address, login=False) as wire:
            for name in (USER, "nobody", USER, "root", USER, "nobody") * 3:
                if wire.ask(f"USER {name}")[0] != 331:
                    break
                began = time.monotonic()
                wire.send("PASS wrong")
                assert other.ask("NOOP")[0] == 200
                waited = time.monotonic() - began
                replies.append(wire.reply())
                seconds.append((time.monotonic() - began, waited))
                wire.send("NOOP")
                if not wire.file.peek():
                    break
                wire.reply()
    return replies, seconds


def test_guesses_are_few_slow_and_tell_nothing(tmp_path):
    replies, seconds = guesses(tmp_path)
    assert replies == [(530, "530 Login incorrect.")] * TRIES
    assert all(took >= 0.2 for took, _waited in seconds)
    assert sorted(waited for _took, waited in seconds)[TRIES // 2] < 0.1  # nobody else waits


class AnswersAtOnce(Session):
    def do_pass(self, password):
        if self.right(password):
            super().do_pass(password)
        else:
            self.wrong()


class NeverTires(Session):
    def wrong(self):
        super().wrong()
        self.guesses = 0


class TellsWho(Session):
    def do_user(self, name):
        super().do_user(name)
        self.known = name == USER

    def reply(self, code, *lines):
        super().reply(code, *(["No such user."] if code == 530 and not self.known else lines))


class Sleeping(Session):
    def do_pass(self, password):
        if not self.right(password):
            time.sleep(self.server.delay)
        super().do_pass(password)


def test_a_server_that_answers_guesses_at_once_is_caught(tmp_path):
    assert any(took < 0.2 for took, _waited in guesses(tmp_path, AnswersAtOnce)[1])


def test_a_server_that_sleeps_is_caught(tmp_path):
    assert sorted(waited for _took, waited in guesses(tmp_path, Sleeping)[1])[TRIES // 2] >= 0.1


def test_a_server_that_lets_one_guess_on_is_caught(tmp_path):
    assert len(guesses(tmp_path, NeverTires, delay=0.01)[0]) > TRIES


def test_a_server_that_tells_who_exists_is_caught(tmp_path):
    assert len(set(guesses(tmp_path, TellsWho, delay=0.01)[0])) > 1


def test_commands_sent_behind_a_wrong_password_wait_for_its_answer(tmp_path):
    with serving(tmp_path) as server, Wire(server.address, login=False) as wire:
        wire.send(f"USER {USER}\r\nPASS wrong\r\nNOOP\r\nUSER {USER}\r\nPASS {PASSWORD}\r\nPWD\r\n".encode())
        assert [wire.reply()[0] for _ in range(6)] == [331, 530, 200, 331, 230, 257]


def test_nothing_is_told_before_the_login(tmp_path):
    with serving(tmp_path) as server, Wire(server.address, login=False) as wire:
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
            assert wire.ask(verb)[0] == 530, verb
        assert wire.ask("PASS x")[0] == 503
        assert wire.ask("AUTH TLS")[0] == 502
        for verb in ("FEAT", "SYST", "HELP", "NOOP", "OPTS UTF8 ON"):
            assert wire.ask(verb)[0] < 300, verb


def test_a_new_user_is_nobody_until_the_password(tmp_path):
    with serving(tmp_path) as server, Wire(server.address) as wire:
        assert wire.ask(f"USER {USER}")[0] == 331
        assert wire.ask("PWD")[0] == 530


def test_anonymous_reads_and_does_not_write(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    with serving(tmp_path, users=None) as server, Wire(server.address, login=False) as wire:
        assert wire.ask("USER anonymous")[0] == 331
        assert wire.ask("PASS me@example.org")[0] == 230
        assert wire.fetch("RETR a") == b"text"
        for command in ("STOR b", "APPE a", "DELE a", "MKD d", "RMD d", "RNFR a", "RNTO b", "XMKD d"):
            assert wire.ask(command)[0] == 550, command
        assert b"perm=r;" in wire.fetch("MLSD")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a"]


def test_only_anonymous_is_let_in_without_a_password(tmp_path):
    with serving(tmp_path, users=None) as server, Wire(server.address, login=False) as wire:
        wire.ask("USER root")
        assert wire.ask("PASS x")[0] == 530


@pytest.mark.parametrize(
    ("name", "password", "right"),
    [("ada", "x y", True), ("ada", "x", False), ("ada", "", False), ("bob", "x y", False), ("", "", False)],
)
def test_a_password_is_right_for_its_user_alone(name, password, right):
    passwords = Passwords({"ada": "x y", "中": "é"}, cost=2)
    for _again in range(2):  # the second time it may be remembered
        assert passwords.check(name, password) is right
    assert passwords.check("中", "é")


def test_what_is_remembered_of_one_user_lets_in_no_other():
    passwords = Passwords({"ada": "x y", "bob": "z"}, cost=2)
    assert passwords.check("ada", "x y")
    assert not passwords.check("bob", "x y")


def test_passwords_are_kept_nowhere_as_they_are():
    passwords = Passwords({"ada": "x y z"}, cost=2)
    passwords.check("ada", "x y z")
    assert b"x y z" not in repr(vars(passwords)).encode()

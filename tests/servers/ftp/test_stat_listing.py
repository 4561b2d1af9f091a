"""STAT of a directory: all entries, batch by batch, while other sessions have their turn."""

import contextlib
import os
import socket

import pytest

from readiness.servers.ftp import listing
from readiness.servers.ftp.control import HIGH_WATER
from tests.servers.ftp.ftp_driver import Driver

COUNT = 1500


@pytest.fixture
def driver(tmp_path):
    for number in range(COUNT):
        (tmp_path / f"{number:05}").touch()
    driver = Driver(tmp_path)
    yield driver
    driver.close()


def listed(text):
    return [line.split()[-1] for line in text.splitlines()[1:-1]]


def descriptors():
    return len(os.listdir("/dev/fd"))


def test_stat_lists_all_entries_in_order(driver):
    client = driver.login()
    code, text = client.command("STAT .")
    assert code == 213
    assert listed(text) == [f"{number:05}" for number in range(COUNT)]
    assert all(line.startswith(" ") for line in text.splitlines()[1:-1])
    assert client.command("NOOP")[0] == 200


def test_others_are_answered_while_many_lists_are_under_way(driver):
    greedy, other = driver.login(), driver.login()
    greedy.send("\r\n".join(["STAT ."] * 16))
    for _command in range(20):
        assert other.command("NOOP")[0] == 200
    assert greedy.session.long_reply.chunks is not None
    for _reply in range(16):
        assert len(listed(greedy.reply()[1])) == COUNT


def test_the_next_command_waits_for_the_end_of_the_list(driver):
    client = driver.login()
    client.send("STAT .\r\nNOOP\r\nSTAT\r\nSTAT 00001\r\nNOOP")
    assert [client.reply()[0] for _ in range(5)] == [213, 200, 211, 213, 200]


def test_abor_cuts_the_list_and_the_list_says_so(driver):
    client = driver.login()
    before = descriptors()
    client.send("STAT .")
    session = client.session
    driver.turn_until(lambda: session.long_reply.chunks)
    client.send("STAT .\r\nNOOP\r\nABOR")
    code, text = client.reply()
    assert (code, text.splitlines()[-1]) == (213, "213 Not all: aborted.")
    assert len(listed(text)) < COUNT
    assert client.reply()[1].endswith("\r\n213 Not all: aborted.")
    assert [client.reply()[0] for _ in range(2)] == [200, 226]
    assert descriptors() == before


def test_a_client_that_does_not_read_holds_the_list_up_and_not_the_server(driver):
    client, other = driver.login(), driver.login()
    session = client.session
    session.control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.send("\r\n".join(["STAT ."] * 64))
    driver.turn_until(lambda: len(session.control.write_buffer) >= HIGH_WATER)
    for _command in range(100):
        assert other.command("NOOP")[0] == 200
    assert len(session.control.write_buffer) < HIGH_WATER + 100 * listing.ENTRIES_PER_BATCH
    driver.turn_until(lambda: driver.server.timers.next_timeout() > 0)  # the loop comes to sleep
    assert all(len(listed(client.reply()[1])) == COUNT for _ in range(64))


def test_a_client_that_has_gone_ends_its_list(driver):
    client = driver.login()
    before = descriptors()
    client.send("STAT .")
    session = client.session
    driver.turn_until(lambda: session.long_reply.chunks)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    driver.turn_until(lambda: session not in driver.server.sessions)
    assert descriptors() == before - 2  # both ends of the connection


def test_a_client_that_has_sent_all_its_commands_is_answered(driver):
    client = driver.login()
    client.send("STAT .\r\nNOOP")
    session = client.session
    client.sock.shutdown(socket.SHUT_WR)
    assert len(listed(client.reply()[1])) == COUNT
    assert client.reply()[0] == 200
    driver.turn_until(lambda: session not in driver.server.sessions)


def test_a_directory_that_cannot_be_read_to_its_end_is_told(driver, monkeypatch):
    def fails(directory):
        raise OSError(5, os.strerror(5))

    client = driver.login()
    monkeypatch.setattr(listing.os, "scandir", fails)
    assert client.command("STAT .") == (213, "213-Status:\r\n213 Not all: Input/output error.")
    assert client.command("NOOP")[0] == 200


def test_nothing_follows_the_last_reply_of_a_session(driver):
    client = driver.login()
    client.send("STAT .")
    session = client.session
    driver.turn_until(lambda: session.long_reply.chunks)
    session.control.close_after_reply(421, "The end.")
    session.process_pending()
    driver.turn_until(lambda: client.has_reply() or client.buffer.endswith(b"421 The end.\r\n"))
    assert not session.command_in_progress
    client.sock.shutdown(socket.SHUT_WR)
    driver.turn_until(lambda: session not in driver.server.sessions)
    assert client.buffer.endswith(b"421 The end.\r\n")


def test_the_server_stops_amid_a_list(driver):
    client = driver.login()
    client.send("STAT .")
    session = client.session
    driver.turn_until(lambda: session.long_reply.chunks)
    with contextlib.closing(driver):
        pass
    driver.server = driver.start()

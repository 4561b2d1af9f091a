"""Each state is what its name says, for the kernel and for a call that is tried; and it leaves nothing open."""

import errno
import os
import select
import sys

import pytest

from readiness.base.messages import Refusal
from readiness.system import socket_states

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems answer otherwise")

# readable, writable, exceptional; what reading and writing give (select(2), and fs/select.c for the file)
KNOWN = {
    "quiet": ("w", "EAGAIN", "1"),
    "byte": ("rw", "b'!'", "1"),
    "full": ("", "EAGAIN", "EAGAIN"),
    "pending": ("r", "a connection", None),
    "file": ("rw", "b'text'", "1"),
    "pipe ended": ("r", "b''", None),
    "half-closed": ("rw", "b''", "1"),
    "reset": ("rw", "ECONNRESET", "ECONNRESET"),
    "refused": ("rw", "ECONNREFUSED", "ECONNREFUSED"),
    "urgent": ("wx", "EAGAIN", "1"),
}


def tried(state, name):
    with socket_states.open_state(state) as opened:
        call = getattr(opened, name)
        try:
            return call and str(call())
        except OSError as error:
            return errno.errorcode[error.errno]


@LINUX
@pytest.mark.parametrize("state", socket_states.STATES)
def test_a_state_is_what_its_name_says(state):
    with socket_states.open_state(state) as opened:
        found = select.select([opened], [opened], [opened], 0)
        assert not os.get_blocking(opened.fd) or state == "file"  # where the flag means nothing
    letters = "".join(letter for letter, ready in zip("rwx", found, strict=True) if ready)
    assert (letters, tried(state, "read"), tried(state, "write")) == KNOWN[state]


def test_who_accepts_takes_the_connection():
    with socket_states.open_state("pending") as opened:
        opened.read()
        assert select.select([opened], [], [], 0)[0] == []
        with pytest.raises(BlockingIOError):
            opened.read()


def test_every_state_is_said_in_words():
    assert len({socket_states.describe_state(state) for state in socket_states.STATES}) == len(socket_states.STATES)


def test_another_state_is_refused():
    with pytest.raises(Refusal, match="no state 'drowsy': choose among quiet, byte"):
        socket_states.open_state("drowsy")


@LINUX
def test_what_does_not_come_about_is_said(monkeypatch):
    monkeypatch.setattr(socket_states, "_TIMEOUT", 0)
    with socket_states.open_state("quiet") as opened, pytest.raises(Refusal, match="did not come about"):
        socket_states._until(opened, 0)


@LINUX
def test_late_bytes_are_late_and_come_whole():
    with socket_states.delayed_pipe() as fd:
        assert os.get_blocking(fd)
        os.set_blocking(fd, False)
        with pytest.raises(BlockingIOError):
            os.read(fd, 1)
        assert select.select([fd], [], [], 60)[0]
        os.set_blocking(fd, True)
        assert len(os.read(fd, 1 << 20)) == 65536


def test_nobody_need_read_what_is_late(capfd):
    with socket_states.delayed_pipe():
        pass
    assert capfd.readouterr().err == ""

"""Each state is what its name says, for select and for a call that is attempted; and it leaves nothing open."""

import errno
import math
import os
import select
import sys

import pytest

from readiness.base.messages import UserError
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


def attempt(state, name):
    with socket_states.open_state(state) as prepared:
        call = getattr(prepared, name)
        try:
            return call and str(call())
        except OSError as error:
            return errno.errorcode[error.errno]


@LINUX
@pytest.mark.parametrize("state", socket_states.STATES)
def test_a_state_is_what_its_name_says(state):
    with socket_states.open_state(state) as prepared:
        result = select.select([prepared], [prepared], [prepared], 0)
        assert not os.get_blocking(prepared.fd) or state == "file"  # where the flag means nothing
    letters = "".join(letter for letter, ready in zip("rwx", result, strict=True) if ready)
    assert (letters, attempt(state, "read"), attempt(state, "write")) == KNOWN[state]


def test_accept_takes_the_connection():
    with socket_states.open_state("pending") as prepared:
        prepared.read()
        assert select.select([prepared], [], [], 0)[0] == []
        with pytest.raises(BlockingIOError):
            prepared.read()


def test_every_state_has_its_own_description():
    assert len({socket_states.describe_state(state) for state in socket_states.STATES}) == len(socket_states.STATES)
    assert all(socket_states.explain_state(state).endswith(".") for state in socket_states.STATES)


def test_another_state_is_refused():
    with pytest.raises(UserError, match="no state 'drowsy': choose among quiet, byte"):
        socket_states.open_state("drowsy")


@LINUX
def test_a_state_that_is_not_reached_is_an_error(monkeypatch):
    monkeypatch.setattr(socket_states, "_TIMEOUT", 0)
    with socket_states.open_state("quiet") as prepared, pytest.raises(UserError, match="did not come about"):
        socket_states._wait_ready(prepared, 0)


@LINUX
def test_delayed_bytes_are_late_and_arrive_whole():
    with socket_states.delayed_pipe() as fd:
        assert os.get_blocking(fd)
        os.set_blocking(fd, False)
        with pytest.raises(BlockingIOError):
            os.read(fd, 1)
        assert select.select([fd], [], [], 60)[0]
        os.set_blocking(fd, True)
        assert len(os.read(fd, 1 << 20)) == 65536


def test_delayed_bytes_need_not_be_read(capfd):
    with socket_states.delayed_pipe():
        pass
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("numbers", [{"delay": 1e10}, {"delay": math.nan}, {"delay": -1}, {"size": -1}])
def test_a_delay_that_would_hold_up_the_cell_is_refused(numbers):
    with pytest.raises(UserError, match="choose a"), socket_states.delayed_pipe(**numbers):
        pass

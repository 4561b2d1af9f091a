"""Trials of ends: clients that reset, vanish, shout, or say nothing; the others must not notice."""

import socket
import time

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.backpressure import flood
from readiness.clients.conformance.helpers import answer_to, ask, connect, ended, receive, reset, same, send
from readiness.clients.conformance.server_under_test import Subject

STORM = 1000  # connections that come and go
IDLE = 0.5  # seconds after which a silent client is let go, in the trial of that


def reset_in_four_states(subject: Subject) -> None:
    """A reset ends that client and nobody else: fresh, in mid-line, while owed, after its half-close."""
    idea = _("recv and send raise ConnectionResetError or BrokenPipeError: let that client go, and nobody else.")

    def fresh(_sock: socket.socket) -> None:
        pass

    def in_mid_line(sock: socket.socket) -> None:
        send(sock, b"half a li", idea)

    def while_owed(sock: socket.socket) -> None:
        flood(sock, idea)

    def half_closed(sock: socket.socket) -> None:
        send(sock, b"z" * 1000 + b"\n", idea)
        sock.shutdown(socket.SHUT_WR)

    with connect(subject) as other:
        ask(other, b"before\n", idea)
        for state in (fresh, in_mid_line, while_owed, half_closed):
            sock = connect(subject, window=4096)
            try:
                state(sock)
                ask(other, b"between\n", idea)
            finally:
                reset(sock)
            for _turn in range(3):
                ask(other, b"after\n", idea)
        with connect(subject) as newcomer:
            ask(newcomer, b"new\n", idea)


def urgent_byte(subject: Subject) -> None:
    """An urgent byte is part of no line, and harms nobody, the one who sent it neither."""
    idea = _("An urgent byte is out of band: recv leaves it out, and exceptfds or POLLPRI is no error.")
    with connect(subject) as sock, connect(subject) as other:
        send(sock, b"ab", idea)
        sock.send(b"!", socket.MSG_OOB)
        ask(other, b"ping\n", idea)  # so that the server has met it before more comes
        send(sock, b"cd\n", idea)
        same(receive(sock, 8), answer_to(b"abcd\n"), idea)
        ask(other, b"ping\n", idea)


def come_and_go(subject: Subject) -> None:
    """A thousand that connect and close leave nothing behind, nor does one that is owed and resets."""
    idea = _(
        "accept may find nobody any more, recv gives b'' at the end, send raises after a reset: "
        "whatever ends a client, unregister and close, or descriptors leak."
    )
    with connect(subject) as other:
        ask(other, b"ping\n", idea)
        before = subject.descriptors()
        owed = connect(subject, window=4096)
        try:
            flood(owed, idea)
        finally:
            reset(owed)
        for number in range(STORM):
            try:
                sock = connect(subject)
            except AssertionError as error:
                sentence = _("Connection {n}: {error} {idea}").format(n=number, error=error, idea=idea)
                raise AssertionError(sentence) from None
            reset(sock) if number % 3 == 0 else sock.close()
        ask(other, b"ping\n", idea)
        end = time.monotonic() + helpers.PATIENCE
        while before is not None and (left := (subject.descriptors() or 0) - before) > 0:
            ask(other, b"ping\n", idea)
            assert time.monotonic() < end, _("{n} descriptors are left behind after all have gone. {idea}").format(
                n=left, idea=idea
            )


def idle_timeout(subject: Subject) -> None:
    """One who is silent is let go; one who talks is not. The server's idle timeout is 0.5 s."""
    stays = _("A client that says nothing for {n} s is still there: keep deadlines, and let the wait end at the next.")
    busy = _("One who talks was let go as idle: note when a byte last moved.")
    with connect(subject) as silent, connect(subject) as talker:
        end, gone = time.monotonic() + 3 * IDLE, False
        while not gone or time.monotonic() < end:
            ask(talker, b"ping\n", busy)
            gone = gone or ended(silent, IDLE / 5)
            assert gone or time.monotonic() < end + helpers.PATIENCE, stays.format(n=IDLE)
            assert not gone or not ended(talker, IDLE / 5), busy  # what is left of the time is the talker's

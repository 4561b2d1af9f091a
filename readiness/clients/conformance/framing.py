"""Trials of framing: TCP has no messages, so lines must come out right however their bytes come in."""

import contextlib
import random
import socket

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.helpers import MARK, answer_to, ask, connect, receive, receive_all, same, send
from readiness.clients.conformance.server_under_test import Subject

LONGEST = 1 << 20  # bytes of a line, its newline not counted
DROP = 0.01  # seconds between two bytes, in which there must be no answer


def dribble(subject: Subject) -> None:
    """A line that comes a byte at a time has one answer."""
    idea = _("TCP has no messages: a recv may bring any part of a line, and only its newline ends it.")
    with connect(subject) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"drop by drop":
            send(sock, bytes([byte]), idea)
            sock.settimeout(DROP)
            early = receive(sock, 100)
            assert not early, _("Before its newline, {early} came. {idea}").format(early=early, idea=idea)
        sock.settimeout(helpers.PATIENCE)
        send(sock, b"\n", idea)
        same(receive(sock, 16), b"DROP BY DROP" + MARK, idea)


def two_lines_at_once(subject: Subject) -> None:
    """Two lines in one segment have two answers, and an empty line has one, too."""
    idea = _("TCP has no messages: one recv may bring several lines, and each has its answer.")
    with connect(subject) as sock:
        send(sock, b"one\ntwo\n\n", idea)
        same(receive(sock, 18), answer_to(b"one\ntwo\n\n"), idea)


def split_characters(subject: Subject) -> None:
    """A character of several bytes may be cut between two of them, and bytes that are no text come back, too."""
    idea = _("The service is of bytes: decode nothing, since a recv may end inside a character.")
    text = "größe 中\n".encode()
    with connect(subject) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(text)):
            send(sock, text[:cut], idea)
            with connect(subject) as other:  # so that the server has read the first part before the second comes
                ask(other, b"between\n", idea)
            send(sock, text[cut:], idea)
            same(receive(sock, len(text) + 3), answer_to(text), idea)
        ask(sock, b"\xff\xfe\x00\r\n", idea)


def random_cuts(subject: Subject) -> None:
    """Many lines of many lengths, cut at random places, come back byte for byte."""
    idea = _("A line may come in parts, and parts of two lines may come together.")
    chance = random.Random(3)
    lines = [bytes(chance.choices(b"abcxyz \xe4", k=chance.choice((0, 1, 5, 80, 3000)))) + b"\n" for _n in range(300)]
    data = b"".join(lines)
    right = answer_to(data)
    with connect(subject) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got, start = b"", 0
        while start < len(data):
            end = start + chance.choice((1, 2, 3, 100, 1460, 5000))
            send(sock, data[start:end], idea)
            start = end
            whole = data.rfind(b"\n", 0, start) + 1
            got += receive(sock, len(answer_to(data[:whole])) - len(got))
            if chance.random() < 0.2 or start >= len(data):
                same(got, right[: len(got)], idea)
        same(got, right, idea)


def long_line(subject: Subject) -> None:
    """A line of 1 MiB comes back, whole."""
    line = b"x" * LONGEST + b"\n"
    with connect(subject) as sock:
        ask(sock, line, _("A line may be far longer than one recv."))
        ask(sock, b"next\n", "")


def unfinished_line(subject: Subject) -> None:
    """What stands unfinished when the input ends is answered, too."""
    idea = _("The end of input ends the last line, as a newline does; nothing unfinished has no answer; then close.")
    for data, right in ((b"one\nlast", b"ONE" + MARK + b"LAST" + MARK), (b"one\n", b"ONE" + MARK), (b"", b"")):
        with connect(subject) as sock:
            send(sock, data, idea)
            sock.shutdown(socket.SHUT_WR)
            same(receive_all(sock, idea), right, idea)


def line_too_long(subject: Subject) -> None:
    """A line of more than 1 MiB: the answers before it, one line that begins with ERROR, and the end."""
    idea = _("A line needs a bound, or one client fills the memory; after the error nothing is answered: end it.")
    for rest in (b"", b"x" * (2 << 20) + b"\nnext\n"):  # it may go on sending after the server has had enough
        with connect(subject) as sock:
            with contextlib.suppress(OSError):  # a reset; what came before it tells
                sock.sendall(b"first\n" + b"x" * (LONGEST + 1) + rest)
            first, _newline, last = receive_all(sock, idea).partition(b"\n")
        same(first + b"\n", b"FIRST" + MARK, idea)
        right = last.startswith(b"ERROR") and last.count(b"\n") == 1 and last.endswith(b"\n")
        assert right, _("After the first answer came {n:,} bytes: {last}. {idea}").format(
            n=len(last), last=repr(last[:60]), idea=idea
        )

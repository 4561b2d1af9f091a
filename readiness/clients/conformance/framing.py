"""Tests of framing: TCP has no messages, so a server must find the lines in the bytes, whatever their pieces are."""

import contextlib
import random
import socket

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.helpers import (
    SUFFIX,
    answer_to,
    assert_echo,
    assert_same_bytes,
    connect,
    expect,
    receive,
    receive_until_eof,
    send,
)
from readiness.clients.conformance.server_under_test import ServerUnderTest

MAX_LINE = 1 << 20  # bytes of a line, its newline not counted
BYTE_INTERVAL = 0.01  # seconds between two bytes, in which there must be no answer


def byte_by_byte(server: ServerUnderTest) -> None:
    """Check that a line that arrives one byte at a time gets one answer, and no answer before its newline."""
    hint = _("TCP has no messages: a recv may bring any part of a line, and only its newline ends it.")
    with connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"drop by drop":
            send(sock, bytes([byte]), hint)
            sock.settimeout(BYTE_INTERVAL)
            early = receive(sock, 100)
            expect(not early, _("Before its newline, {early} came. {hint}"), early=early, hint=hint)
        sock.settimeout(helpers.ANSWER_TIMEOUT)
        send(sock, b"\n", hint)
        assert_same_bytes(receive(sock, 16), b"DROP BY DROP" + SUFFIX, hint)


def two_lines_at_once(server: ServerUnderTest) -> None:
    """Check that two lines in one segment get two answers, and that an empty line gets an answer, too."""
    hint = _("TCP has no messages: one recv may bring several lines, and each has its answer.")
    with connect(server) as sock:
        send(sock, b"one\ntwo\n\n", hint)
        assert_same_bytes(receive(sock, 18), answer_to(b"one\ntwo\n\n"), hint)


def split_characters(server: ServerUnderTest) -> None:
    """Check that a line comes back correctly if its bytes arrive in two parts that cut a UTF-8 character.

    Bytes that are not valid UTF-8 must come back, too.
    """
    hint = _("The service is of bytes: decode nothing, since a recv may end inside a character.")
    text = "größe 中\n".encode()
    with connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(text)):
            send(sock, text[:cut], hint)
            with connect(server) as other:  # so that the server has read the first part before the second comes
                assert_echo(other, b"between\n", hint)
            send(sock, text[cut:], hint)
            assert_same_bytes(receive(sock, len(text) + 3), answer_to(text), hint)
        assert_echo(sock, b"\xff\xfe\x00\r\n", hint)


def random_cuts(server: ServerUnderTest) -> None:
    """Check that 300 lines of different lengths, cut at random places, come back byte for byte."""
    hint = _("A line may come in parts, and parts of two lines may come together.")
    rng = random.Random(3)
    lines = [bytes(rng.choices(b"abcxyz \xe4", k=rng.choice((0, 1, 5, 80, 3000)))) + b"\n" for _n in range(300)]
    data = b"".join(lines)
    expected = answer_to(data)
    with connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received, start = b"", 0
        while start < len(data):
            end = start + rng.choice((1, 2, 3, 100, 1460, 5000))
            send(sock, data[start:end], hint)
            start = end
            whole = data.rfind(b"\n", 0, start) + 1
            received += receive(sock, len(answer_to(data[:whole])) - len(received))
            if rng.random() < 0.2 or start >= len(data):
                assert_same_bytes(received, expected[: len(received)], hint)
        assert_same_bytes(received, expected, hint)


def long_line(server: ServerUnderTest) -> None:
    """Check that a line of 1 MiB comes back whole."""
    line = b"x" * MAX_LINE + b"\n"
    with connect(server) as sock:
        assert_echo(sock, line, _("A line may be far longer than one recv."))
        assert_echo(sock, b"next\n", "")


def unfinished_line(server: ServerUnderTest) -> None:
    """Check that a last line without a newline gets an answer when the client shuts down its sending side."""
    hint = _("The end of input ends the last line, as a newline does; an empty rest has no answer; then close.")
    for data, expected in ((b"one\nlast", b"ONE" + SUFFIX + b"LAST" + SUFFIX), (b"one\n", b"ONE" + SUFFIX), (b"", b"")):
        with connect(server) as sock:
            send(sock, data, hint)
            sock.shutdown(socket.SHUT_WR)
            assert_same_bytes(receive_until_eof(sock, hint), expected, hint)


def line_too_long(server: ServerUnderTest) -> None:
    """Check what the server does with a line of more than 1 MiB.

    It must answer the lines before, then send one line that begins with ERROR, and then close the connection.
    """
    hint = _(
        "A line needs a bound, or one client fills the memory; after the error nothing is answered: "
        "close the connection."
    )
    for rest in (b"", b"x" * (2 << 20) + b"\nnext\n"):  # a client may go on sending after the error
        with connect(server) as sock:
            with contextlib.suppress(OSError):  # a reset; the answers before it are checked below
                sock.sendall(b"first\n" + b"x" * (MAX_LINE + 1) + rest)
            first, _newline, last = receive_until_eof(sock, hint).partition(b"\n")
        assert_same_bytes(first + b"\n", b"FIRST" + SUFFIX, hint)
        is_one_error_line = last.startswith(b"ERROR") and last.count(b"\n") == 1 and last.endswith(b"\n")
        sentence = _("After the first answer came {n:,} bytes: {last}. {hint}")
        expect(is_one_error_line, sentence, n=len(last), last=repr(last[:60]), hint=hint)

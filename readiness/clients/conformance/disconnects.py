"""Tests of disconnects: a client that resets, closes, falls silent or sends urgent data must not affect others."""

import socket
import time

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.backpressure import flood
from readiness.clients.conformance.helpers import (
    answer_to,
    assert_echo,
    assert_same_bytes,
    connect,
    expect,
    is_closed_within,
    receive,
    send,
)
from readiness.clients.conformance.server_under_test import ServerUnderTest
from readiness.system.sockets import abort

CHURN_CONNECTIONS = 1000  # that connect and close
SHORT_IDLE_TIMEOUT = 0.5  # seconds after which the server closes a silent connection, in the test of that


def reset_in_four_states(server: ServerUnderTest) -> None:
    """Check that a client that resets its connection (RST) affects no other client.

    The client resets in four states: new, in the middle of a line, with unsent bytes, and after a half-close.
    """
    hint = _("recv and send raise ConnectionResetError or BrokenPipeError: close that connection, and no other.")

    def fresh(_sock: socket.socket) -> None:
        pass

    def in_mid_line(sock: socket.socket) -> None:
        send(sock, b"half a li", hint)

    def with_unsent_data(sock: socket.socket) -> None:
        flood(sock, hint, pid=server.pid)

    def half_closed(sock: socket.socket) -> None:
        send(sock, b"z" * 1000 + b"\n", hint)
        sock.shutdown(socket.SHUT_WR)

    with connect(server) as other:
        assert_echo(other, b"before\n", hint)
        for enter_state in (fresh, in_mid_line, with_unsent_data, half_closed):
            sock = connect(server, window=4096)
            try:
                enter_state(sock)
                assert_echo(other, b"between\n", hint)
            finally:
                abort(sock)
            for _turn in range(3):
                assert_echo(other, b"after\n", hint)
        with connect(server) as newcomer:
            assert_echo(newcomer, b"new\n", hint)


def urgent_byte(server: ServerUnderTest) -> None:
    """Check that an urgent byte (MSG_OOB) is not part of a line, and disturbs neither its sender nor another client."""
    hint = _("An urgent byte is out of band: recv leaves it out, and exceptfds or POLLPRI is no error.")
    with connect(server) as sock, connect(server) as other:
        send(sock, b"ab", hint)
        sock.send(b"!", socket.MSG_OOB)
        assert_echo(other, b"ping\n", hint)  # so that the server has met it before more comes
        send(sock, b"cd\n", hint)
        assert_same_bytes(receive(sock, 8), answer_to(b"abcd\n"), hint)
        assert_echo(other, b"ping\n", hint)


def connection_churn(server: ServerUnderTest) -> None:
    """Check that a thousand connections leave no open descriptor in the server. A third of them end with a reset."""
    hint = _(
        "accept may find no connection any more, recv returns b'' at the end, send raises after a reset: "
        "whatever ends a connection, unregister and close it, or descriptors leak."
    )
    with connect(server) as other:
        assert_echo(other, b"ping\n", hint)
        before = server.open_descriptors()
        slow = connect(server, window=4096)
        try:
            flood(slow, hint, pid=server.pid)
        finally:
            abort(slow)
        for number in range(CHURN_CONNECTIONS):
            try:
                sock = connect(server)
            except AssertionError as error:
                sentence = _("Connection {n}: {error} {hint}").format(n=number, error=error, hint=hint)
                raise AssertionError(sentence) from None
            abort(sock) if number % 3 == 0 else sock.close()
        assert_echo(other, b"ping\n", hint)
        deadline = time.monotonic() + helpers.ANSWER_TIMEOUT
        while before is not None and (leaked := (server.open_descriptors() or 0) - before) > 0:
            assert_echo(other, b"ping\n", hint)
            sentence = _("{n} descriptors are left behind after all have gone. {hint}")
            expect(time.monotonic() < deadline, sentence, n=leaked, hint=hint)


def idle_timeout(server: ServerUnderTest) -> None:
    """Check that a silent connection is closed, and that an active connection is not.

    The server must run with an idle timeout of 0.5 seconds.
    """
    silent_hint = _(
        "A client that sends nothing for {n} s is still connected: keep deadlines, and let the wait end at the next."
    ).format(n=SHORT_IDLE_TIMEOUT)
    active_hint = _("A client that sends was closed as idle: store the time of its last activity.")
    with connect(server) as silent, connect(server) as active:
        deadline, closed = time.monotonic() + 3 * SHORT_IDLE_TIMEOUT, False
        while not closed or time.monotonic() < deadline:
            assert_echo(active, b"ping\n", active_hint)
            closed = closed or is_closed_within(silent, SHORT_IDLE_TIMEOUT / 5)
            expect(closed or time.monotonic() < deadline + helpers.ANSWER_TIMEOUT, silent_hint)
            # once the silent one is closed, the rest of the time is for the active one
            expect(not closed or not is_closed_within(active, SHORT_IDLE_TIMEOUT / 5), active_hint)

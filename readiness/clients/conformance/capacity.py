"""Tests with many clients: a thousand connect at the same moment, hundreds are silent, or descriptors run out."""

import contextlib
import errno
import selectors
import socket
import struct
import time
from collections.abc import Sequence

from readiness.base.messages import _
from readiness.clients.conformance.helpers import (
    answer_to,
    assert_echo,
    bind_loopback_alias,
    connect,
    expect,
    is_closed_within,
    raised_fd_limit,
)
from readiness.clients.conformance.server_under_test import LaunchedServer, ServerUnderTest

CONNECTS = 1000  # at the same moment
SERVE_TIMEOUT = 20  # seconds in which they must all be served
IDLE_CLIENTS = 300
SERVER_FD_LIMIT = 64  # the limit that a server has in the test of that
FD_CLIENTS = 100  # clients that connect to it
RECOVERY_SECONDS = 1.5  # within which it accepts again
MAX_STOP_SECONDS = 1.0  # within which it has stopped; 0.2 if no other program uses the processor


def simultaneous_connects(server: ServerUnderTest) -> None:
    """Check that a thousand clients can connect at the same moment and get their answers.

    The kernel must not drop their connects, so the server's backlog must be large enough (listen(2)).
    """
    with raised_fd_limit(), contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        socks = [stack.enter_context(socket.socket()) for _number in range(CONNECTS)]
        for sock in socks:
            bind_loopback_alias(sock)
            sock.setblocking(False)
            error = sock.connect_ex(server.address)
            expect(error in (0, errno.EINPROGRESS, errno.EWOULDBLOCK), errno.errorcode.get(error, str(error)))
            selector.register(sock, selectors.EVENT_WRITE, sock)
        answers = dict.fromkeys(socks, b"")
        waiting, deadline = set(socks), time.monotonic() + SERVE_TIMEOUT
        while waiting and time.monotonic() < deadline:
            for key, mask in selector.select(1):
                sock = key.data
                try:
                    if mask & selectors.EVENT_WRITE:
                        sock.send(b"%d\n" % sock.fileno())
                        selector.modify(sock, selectors.EVENT_READ, sock)
                    else:
                        answers[sock] += (data := sock.recv(100))
                        if not data or data.endswith(b"\n"):
                            waiting.discard(sock)
                            selector.unregister(sock)
                except OSError:
                    waiting.discard(sock)
                    selector.unregister(sock)
        served = sum(answer == answer_to(b"%d\n" % sock.fileno()) for sock, answer in answers.items())
        sentence = _(
            "{n} of {all:,} were served. Accept several in a turn, with a backlog that holds the clients that wait."
        )
        expect(served == CONNECTS, sentence, n=served, all=CONNECTS)
        retried = sum(_retransmissions(sock) > 0 for sock in socks)
        sentence = _(
            "{n} of {all:,} had to try again, after a second or more: the backlog of listen was full, and the kernel "
            "dropped them. A backlog of 5 is for five."
        )
        expect(retried <= CONNECTS // 100, sentence, n=retried, all=CONNECTS)


def _retransmissions(sock: socket.socket) -> int:
    """Return how many TCP segments were sent again (tcp(7), TCP_INFO: ``tcpi_total_retrans``); 0 without TCP_INFO."""
    try:
        return struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]
    except (AttributeError, OSError, struct.error):
        return 0


def idle_clients(server: ServerUnderTest) -> None:
    """Check that three hundred silent clients cost no processor time, and that another client gets its answers.

    The server must use less than a twentieth of a processor.
    """
    with raised_fd_limit(), contextlib.ExitStack() as stack:
        for _number in range(IDLE_CLIENTS):
            stack.enter_context(connect(server))
        with connect(server) as other:
            assert_echo(other, b"ping\n", _("A client that sends nothing must delay no other client."))
            share = server.cpu_share(0.5)
            sentence = _(
                "While nothing happens at all, the server uses {share:.0%} of a processor. "
                "A socket with room is always writable: ask for that only while bytes are unsent."
            )
            expect(share is None or share < 0.05, sentence, share=share)
            assert_echo(other, b"ping\n", "")


def out_of_descriptors(server: ServerUnderTest) -> None:
    """Check a server that may open 64 descriptors, and to which a hundred clients connect.

    It must serve the accepted clients, and must not spin. When these leave, it must accept the others within
    `RECOVERY_SECONDS` seconds.
    """
    hint = _("accept fails with EMFILE when there are no descriptors, and the listener stays ready: pause accepting.")
    with raised_fd_limit(), contextlib.ExitStack() as stack:
        socks = [stack.enter_context(connect(server)) for _number in range(FD_CLIENTS)]
        for sock in socks:
            with contextlib.suppress(OSError):  # a server that has died is found below: no client gets an answer
                sock.sendall(b"here\n")
        served = _answered(socks, FD_CLIENTS, timeout=1)
        sentence = _("Only {n} of {all} were answered. {hint}")
        expect(len(served) > SERVER_FD_LIMIT // 2, sentence, n=len(served), all=FD_CLIENTS, hint=hint)
        sentence = _("All {n} were served: the limit of descriptors was not kept.")
        expect(len(served) < FD_CLIENTS, sentence, n=FD_CLIENTS)
        share = server.cpu_share(0.6)
        sentence = _(
            "Out of descriptors, the server uses {share:.0%} of a processor: it tries again at once, and spins. {hint}"
        )
        expect(share is None or share < 0.3, sentence, share=share, hint=hint)
        assert_echo(served[0], b"still here\n", hint)
        for sock in served:
            sock.close()
        started = time.monotonic()
        waiting = [sock for sock in socks if sock not in served]
        recovered = _answered(waiting, len(waiting), timeout=RECOVERY_SECONDS)
        elapsed = time.monotonic() - started
        sentence = _(
            "{n} of {all} that had waited were served within {elapsed:.1f} s after descriptors came back. {hint}"
        )
        expect(len(recovered) == len(waiting), sentence, n=len(recovered), all=len(waiting), elapsed=elapsed, hint=hint)


def stop_and_start(command: Sequence[object]) -> float:
    """Check that a server with a thousand clients stops quickly, and that a second server can then use the same port.

    This is not one of `TESTS`, because it starts both servers itself.

    Args:
        command: the program and its arguments. The program must accept ``--port PORT``.

    Returns:
        The seconds that the first server took to stop.

    Raises:
        AssertionError: The first server did not stop within `MAX_STOP_SECONDS` seconds, or the second did not start.
    """
    hint = _("SO_REUSEADDR before bind: connections that have just ended still hold the port for a minute.")
    with raised_fd_limit(), contextlib.ExitStack() as stack:
        with LaunchedServer(command) as first:
            socks = [stack.enter_context(connect(first)) for _number in range(CONNECTS)]
            assert_echo(socks[0])
            stop_seconds = first.stop()
            sentence = _("It took {s:.1f} s to stop. Let the wait see that it is time to go.")
            expect(stop_seconds < MAX_STOP_SECONDS, sentence, s=stop_seconds)
            sentence = _("The server has stopped, and a client's connection is still open: close what is open.")
            expect(is_closed_within(socks[0], 1), sentence)
        try:
            with LaunchedServer([*command, "--port", first.address[1]]) as second, connect(second) as sock:
                assert_echo(sock)
        except AssertionError as error:
            raise AssertionError(_("At the same port again: {error} {hint}").format(error=error, hint=hint)) from None
        return stop_seconds


def _answered(socks: list[socket.socket], count: int, timeout: float) -> list[socket.socket]:
    """Return the sockets that have received the answer to "here".

    It ends when `count` sockets have it, or when nothing arrives for `timeout` seconds.
    """
    served: list[socket.socket] = []
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
        while len(served) < count and (events := selector.select(timeout)):
            for key, _mask in events:
                with contextlib.suppress(OSError):
                    if key.data.recv(100) == answer_to(b"here\n"):
                        served.append(key.data)
                selector.unregister(key.fileobj)
    return served

"""Trials of pressure: clients that send and don't read, or never stop, beside others that must be served."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from statistics import quantiles

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.helpers import answer_to, ask, connect, receive, receive_all, same, send
from readiness.clients.conformance.server_under_test import Subject

FLOOD = 48 << 20  # bytes: more than all the buffers of the kernel on the way, there and back
OWED = (20_000, 120_000, 200_000)  # bytes: the kernel takes some 90,000 for a client with so small a window
STILL = 0.3  # seconds without a byte taken: the server has had enough
HOSE = 1 << 30  # bytes at most of one who never stops
STARVED = 2.0  # seconds without an answer beside it, and we need not wait on
PINGS = 40
SOON = 0.1  # seconds for a line of one client, whatever another does, in nine of ten cases
LINE = b"x" * 1023 + b"\n"
BLOCK = LINE * 64


def flood(sock: socket.socket, idea: str = "", most: int = FLOOD) -> int:
    """Send blocks, `most` bytes, and read nothing, until nothing is taken for a while; how many bytes were.

    AssertionError with `idea`: the server has ended the connection.
    """
    sock.setblocking(False)
    sent = 0
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while sent < most and selector.select(STILL):
            try:
                sent += sock.send(BLOCK[sent % len(BLOCK) :])
            except BlockingIOError:
                pass
            except OSError as error:
                raise AssertionError(
                    _("A client reads nothing, and after {n:,} bytes the server has let it go: {error}. {idea}").format(
                        n=sent, error=error, idea=idea
                    )
                ) from None
    sock.settimeout(helpers.PATIENCE)
    return sent


def latency(sock: socket.socket, pings: int, idea: str, between: Callable[[], object] = lambda: None) -> float:
    """Seconds within which nine of ten lines are answered; `between` is called before each."""
    took = []
    for _ping in range(pings):
        between()
        begun = time.perf_counter()
        ask(sock, b"ping\n", idea)
        took.append(time.perf_counter() - begun)
    return quantiles(took, n=10)[-1]


def slow_reader(subject: Subject) -> None:
    """One who sends and reads nothing freezes nobody, is owed a bounded amount, and gets every byte in the end."""
    frozen = _("A server that waits until one client has room lets all others wait: never block, keep what is owed.")
    lost = _("send says how many bytes it took: the others are still owed, and a full buffer (EAGAIN) is no error.")
    with connect(subject, window=4096, segment=536) as slow, connect(subject) as other:
        sent = flood(slow, lost)
        assert sent < FLOOD, _(
            "A client that reads nothing could send {n} MiB: all that is kept for it is memory. "
            "Stop reading from one who is owed too much."
        ).format(n=sent >> 20)
        late = latency(other, PINGS, frozen)
        assert late < SOON, _("Beside it, one of ten lines took more than {ms:.0f} ms. {idea}").format(
            ms=late * 1e3, idea=frozen
        )
        right = answer_to(LINE) * (sent // len(LINE))
        same(receive(slow, len(right)), right, lost)


def half_close_while_owed(subject: Subject) -> None:
    """One who ends its input while much is still owed gets all of it."""
    idea = _("The end of input is not the end of the connection: send what is owed first, close then.")
    for size in OWED:
        data = (b"y" * 99 + b"\n") * (size // 100)
        with connect(subject, window=4096, segment=536) as sock, connect(subject) as other:
            send(sock, data, idea)
            sock.shutdown(socket.SHUT_WR)
            for _turn in range(20):  # turns of its loop, so that it has seen the end before we read
                ask(other, b"ping\n", idea)
            same(receive_all(sock, idea), answer_to(data), idea)


def firehose(subject: Subject) -> None:
    """One who sends without a pause, and reads, does not starve another."""
    idea = _("One who always has more to say must not be heard to its end: a bounded number of bytes in a turn.")
    with connect(subject) as sock, connect(subject) as other, _Hose(sock) as hose:
        other.settimeout(STARVED)
        late = latency(other, PINGS, idea, between=hose.moves)
    assert late < SOON, _("Beside it, one of ten lines took more than {ms:.0f} ms. {idea}").format(
        ms=late * 1e3, idea=idea
    )


class _Hose:
    """Two threads that send and read as fast as they can, until left, or until `HOSE` bytes were sent.

    Short lines: they cost the server more than they cost us, so that there is always more to read.
    """

    BLOCK = b"xxx\n" * (1 << 17)

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._end, self._moved = sock, threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=deed, daemon=True) for deed in (self._send, self._read)]

    def _send(self) -> None:
        with contextlib.suppress(OSError):
            for _block in range(HOSE // len(self.BLOCK)):
                self._sock.sendall(self.BLOCK)
                self._moved.set()
                if self._end.is_set():
                    break

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while self._sock.recv(1 << 20):
                pass

    def moves(self) -> None:
        """Wait until another block is sent, so that no pause of ours lets all the questions through."""
        self._moved.clear()
        assert self._moved.wait(helpers.PATIENCE), _("One who sends without a pause, and reads, is no longer read.")

    def __enter__(self) -> "_Hose":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


def owed_and_idle(subject: Subject) -> None:
    """To owe bytes to those who do not read costs no processor time, also when they have ended their input."""
    idea = _(
        "Wait for what can be done: for room, while something is owed; for bytes, while some may come. "
        "At the end of input a socket is readable for ever."
    )
    with (
        connect(subject, window=4096) as slow,
        connect(subject, window=4096, segment=536) as last,
        connect(subject) as other,
    ):
        flood(slow, idea)
        send(last, (b"y" * 99 + b"\n") * (OWED[-1] // 100), idea)
        last.shutdown(socket.SHUT_WR)
        for _turn in range(20):  # turns of its loop, so that it has seen the end
            ask(other, b"ping\n", idea)
        share = subject.busy(0.5)
        assert share is None or share < 0.1, _(
            "While clients that are owed bytes do nothing, the server uses {share:.0%} of a processor. {idea}"
        ).format(share=share, idea=idea)
        ask(other, b"ping\n", idea)

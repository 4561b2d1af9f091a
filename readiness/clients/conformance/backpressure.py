"""Tests of back-pressure: a client that does not read, or that never stops sending, must not harm the other clients."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from statistics import quantiles

from readiness.base.messages import _
from readiness.clients.conformance import helpers
from readiness.clients.conformance.helpers import (
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
from readiness.system import process_usage

FLOOD_BYTES = 48 << 20  # more than all the buffers of the kernel on the way, there and back
UNSENT_SIZES = (20_000, 120_000, 200_000)  # bytes: the kernel takes some 90,000 for a client with so small a window
QUIET_SECONDS = 0.3  # without a byte taken: the server has stopped reading
MAX_QUIET_SECONDS = 3.0  # the same, if the server's process waits for a processor
FIREHOSE_BYTES = 1 << 30  # at most, of a client that never stops
STARVATION_TIMEOUT = 2.0  # seconds without an answer to another client, after which waiting longer shows nothing
PING_COUNT = 40
MAX_LATENCY = 0.1  # seconds for a line of one client, whatever another does, in nine of ten cases
LINE = b"x" * 1023 + b"\n"
BLOCK = LINE * 64
WAITED_TOO_LONG = _("Another client waited more than {ms:.0f} ms for one of ten lines. {hint}")


def flood(sock: socket.socket, hint: str = "", max_bytes: int = FLOOD_BYTES, pid: int | None = None) -> int:
    """Send blocks of lines, and read nothing. Return the number of bytes sent.

    It ends when the server takes no more bytes for `QUIET_SECONDS` seconds, or when `max_bytes` are sent. On a busy
    machine, a server may get no processor for such a time. So it does not end, up to `MAX_QUIET_SECONDS` seconds, while
    the process `pid` wants to run and has not yet had a processor for `QUIET_SECONDS` seconds.

    Raises:
        AssertionError: The server has closed the connection. The text ends with `hint`.
    """
    sock.setblocking(False)
    sent = 0
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while sent < max_bytes and _wait_for_room(selector, pid):
            try:
                sent += sock.send(BLOCK[sent % len(BLOCK) :])
            except BlockingIOError:
                pass
            except OSError as error:
                sentence = _("A client reads nothing, and after {n:,} bytes the server has let it go: {error}. {hint}")
                raise AssertionError(sentence.format(n=sent, error=error, hint=hint)) from None
    sock.settimeout(helpers.ANSWER_TIMEOUT)
    return sent


def _wait_for_room(selector: selectors.BaseSelector, pid: int | None) -> bool:
    """Wait as `flood` does. Return False if the server has stopped reading."""
    if pid is None or selector.select(0):
        return bool(selector.select(QUIET_SECONDS))
    deadline = time.monotonic() + MAX_QUIET_SECONDS
    before = process_usage.exact_cpu_seconds(pid) or 0.0
    while not selector.select(QUIET_SECONDS):
        had_time = (process_usage.exact_cpu_seconds(pid) or 0.0) - before >= QUIET_SECONDS
        if had_time or not process_usage.runs(pid) or time.monotonic() > deadline:
            return bool(selector.select(0))  # it may have read just before it fell asleep
    return True


def latency_p90(sock: socket.socket, pings: int, hint: str, before_each: Callable[[], object] = lambda: None) -> float:
    """Return the 90th percentile of the answer times in seconds: nine of ten lines are answered within this time.

    Args:
        sock: a connection to the server.
        pings: the number of lines to send.
        hint: the end of the error's text, if an answer is missing.
        before_each: a function that is called before each line.

    Raises:
        AssertionError: An answer is missing or wrong.
    """
    latencies = []
    for _ping in range(pings):
        before_each()
        started = time.perf_counter()
        assert_echo(sock, b"ping\n", hint)
        latencies.append(time.perf_counter() - started)
    return quantiles(latencies, n=10)[-1]


def slow_reader(server: ServerUnderTest) -> None:
    """Check the server with a client that sends and does not read.

    It must not delay another client, the server must limit its unsent bytes, and it must get every byte when it reads
    later.
    """
    frozen = _("A server that blocks in send for one client serves no other: never block, buffer the unsent bytes.")
    lost = _("send returns how many bytes it took: buffer the others; a full buffer (EAGAIN) is no error.")
    with connect(server, window=4096, segment=536) as slow, connect(server) as other:
        sent = flood(slow, lost, pid=server.pid)
        sentence = _(
            "A client that reads nothing could send {n} MiB: all answers to it are kept in memory. "
            "Stop reading from a client that has too many unsent bytes."
        )
        expect(sent < FLOOD_BYTES, sentence, n=sent >> 20)
        p90 = latency_p90(other, PING_COUNT, frozen)
        expect(p90 < MAX_LATENCY, WAITED_TOO_LONG, ms=p90 * 1e3, hint=frozen)
        expected = answer_to(LINE) * (sent // len(LINE))
        assert_same_bytes(receive(slow, len(expected)), expected, lost)


def half_close_with_unsent_data(server: ServerUnderTest) -> None:
    """Check that a client still gets all its answers if it shuts down its sending side while many bytes are unsent."""
    hint = _("The end of input is not the end of the connection: send what is unsent first, then close.")
    for size in UNSENT_SIZES:
        data = (b"y" * 99 + b"\n") * (size // 100)
        with connect(server, window=4096, segment=536) as sock, connect(server) as other:
            send(sock, data, hint)
            sock.shutdown(socket.SHUT_WR)
            for _turn in range(20):  # turns of its loop, so that it has seen the end before we read
                assert_echo(other, b"ping\n", hint)
            assert_same_bytes(receive_until_eof(sock, hint), answer_to(data), hint)


def firehose(server: ServerUnderTest) -> None:
    """Check that a client that sends without a pause, and reads its answers, does not delay another client for long."""
    hint = _("A client may always have more to send: read a bounded number of bytes in a turn.")
    with connect(server) as sock, connect(server) as other, _Firehose(sock) as running:
        other.settimeout(STARVATION_TIMEOUT)
        p90 = latency_p90(other, PING_COUNT, hint, before_each=running.wait_for_progress)
    expect(p90 < MAX_LATENCY, WAITED_TOO_LONG, ms=p90 * 1e3, hint=hint)


class _Firehose:
    """Context manager: two threads send and read as fast as they can, on the connection `sock`.

    They stop when the `with` block ends, or when `FIREHOSE_BYTES` are sent. The lines are short, so that they cost the
    server more time than this process, and there is always more to read.
    """

    BLOCK = b"xxx\n" * (1 << 17)

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._stop, self._progress = sock, threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._send, self._read)]

    def _send(self) -> None:
        with contextlib.suppress(OSError):
            for _block in range(FIREHOSE_BYTES // len(self.BLOCK)):
                self._sock.sendall(self.BLOCK)
                self._progress.set()
                if self._stop.is_set():
                    break

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while self._sock.recv(1 << 20):
                pass

    def wait_for_progress(self) -> None:
        """Wait until another block is sent. If this process paused, the server would have time for every ping."""
        self._progress.clear()
        expect(
            self._progress.wait(helpers.ANSWER_TIMEOUT),
            _("The server no longer reads from a client that sends without a pause, and reads."),
        )

    def __enter__(self) -> "_Firehose":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


def idle_with_unsent_data(server: ServerUnderTest) -> None:
    """Check that unsent bytes cost no processor time while their clients don't read.

    One of these clients has shut down its sending side. The server must use less than a tenth of a processor.
    """
    hint = _(
        "Wait for what can be done: for room, while bytes are unsent; for bytes, while some may come. "
        "After the end of input a socket stays readable."
    )
    with (
        connect(server, window=4096) as slow,
        connect(server, window=4096, segment=536) as half_closed,
        connect(server) as other,
    ):
        flood(slow, hint, pid=server.pid)
        send(half_closed, (b"y" * 99 + b"\n") * (UNSENT_SIZES[-1] // 100), hint)
        half_closed.shutdown(socket.SHUT_WR)
        for _turn in range(20):  # turns of its loop, so that it has seen the end
            assert_echo(other, b"ping\n", hint)
        share = server.cpu_share(0.5)
        sentence = _("While clients with unsent bytes do nothing, the server uses {share:.0%} of a processor. {hint}")
        expect(share is None or share < 0.1, sentence, share=share, hint=hint)
        assert_echo(other, b"ping\n", hint)

"""The program of one fault scenario: a client that does something for which many servers are not prepared.

`Worker` starts it and writes one request, ``{"scenario": name, "address": [host, port], "pid": server}``. The program
sends ``{"state": text, "sent": bytes, "received": bytes}`` many times, ``{"result": {…}}`` once, and stays connected.
"""

import contextlib
import errno
import json
import os
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable
from time import perf_counter

from readiness.base.messages import _
from readiness.base.worker import send_to_parent
from readiness.clients.scenario_client import STALL_TIMEOUT, ScenarioClient
from readiness.system.sockets import abort

LINE = b"x" * 63 + b"\n"
CHUNK = LINE * 1024
SLOW_READER_CHUNKS = 1024  # that the slow reader would send: 64 MiB, more than the kernel holds (tcp_rmem, tcp_wmem)
HALF_CLOSE_BYTES = 16_000_000  # that the half-closer sends: more than the kernel keeps of an answer that is not read
BURST_CLIENTS = 200  # clients that connect at once
BURST_DEADLINE = 0.5  # seconds within which each of them should have its answer
FD_CLIENTS = 400  # clients that try to use up the server's descriptors
FIREHOSE_SECONDS = 1.0
PROBE_INTERVAL = 0.02  # seconds between the probe's pings
SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
"""Errors of a client that say nothing about the server: no descriptor, no local port or no memory is left."""
resumed = threading.Event()


def slow_reader(client: ScenarioClient) -> None:
    """Send 64 MiB and read no answer. Report how many bytes the server took."""
    sock = client.connect()
    sock.settimeout(1)  # a server that is only slow, on a busy machine, takes bytes again within a second
    size = SLOW_READER_CHUNKS * len(CHUNK)
    end, state = _("and waits"), _("reads nothing, and waits")
    try:
        while client.sent < size:
            client.sent += sock.send(CHUNK[: size - client.sent])
            client.report_progress(_("sends, and reads nothing"))
        end, state = _("which is everything"), _("reads nothing; has sent everything")
    except TimeoutError:
        pass
    except OSError as error:
        end = _("then: {error}").format(error=error.strerror)
        state = _("reads nothing, then: {error}").format(error=error.strerror)
    text = _("reads nothing; has sent {n:,} of {size:,} bytes, {end}")
    client.report_result(text.format(n=client.sent, size=size, end=end), state, size=size)


def half_close(client: ScenarioClient) -> None:
    """Send 16,000,000 bytes, shut down the sending side, and read the answer late. Report how many bytes are missing.

    The client begins to read when it has sent everything, or can send no more for `STALL_TIMEOUT` seconds. Its buffers
    have the system's default sizes.
    """
    sock = client.connect()
    sock.settimeout(5)
    data = memoryview(LINE * (HALF_CLOSE_BYTES // len(LINE)))

    def send() -> None:
        with contextlib.suppress(OSError):
            while client.sent < len(data):
                client.sent += sock.send(data[client.sent : client.sent + len(CHUNK)])
            sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)  # so that it goes on while we read, where the server takes no more for now
    sender.start()
    before = -1
    while sender.is_alive() and client.sent > before:
        before = client.sent
        client.report_progress(_("sends, and does not read yet"))
        sender.join(STALL_TIMEOUT)
    client.report_progress(_("reads now"), force=True)
    answer = client.recv_until_eof(sock)
    sender.join()
    lost = len(data) - answer.count(b"X") - answer.count(b"\n")  # the marks _SB are the server's
    text = _("half-closed; {lost:,} of its {n:,} bytes never came back")
    state = _("half-closed; {lost:,} bytes never came back")
    if not lost:
        text, state = _("half-closed; all of its {n:,} bytes came back"), _("half-closed; all bytes came back")
    client.report_result(text.format(lost=lost, n=len(data)), state.format(lost=lost), lost=lost)


def _exchange(client: ScenarioClient, *pieces: bytes) -> bytes:
    """Send the pieces immediately after each other, half-close, and return the answer.

    On Linux the flag MSG_MORE makes the kernel hold each piece back until the last one (send(2)). So the server
    receives all pieces at once in every run. Without the flag, this happens in a part of the runs.
    """
    sock = client.connect()
    for n, piece in enumerate(pieces, 1):
        client.sent += sock.send(piece, getattr(socket, "MSG_MORE", 0) if n < len(pieces) else 0)
    sock.shutdown(socket.SHUT_WR)
    return client.recv_until_eof(sock)


def split_character(client: ScenarioClient) -> None:
    """Send 400 Chinese characters of three bytes each. Report whether the answer can be decoded."""
    answer = _exchange(client, "中".encode() * 400 + b"\n")
    suffixes = answer.count(b"_SB")
    try:
        count, reason, at = answer.decode().count("中"), "", 0
        text = _("sent 400 characters; got {count} back; number of marks _SB: {suffixes}")
    except UnicodeDecodeError as error:
        count, reason, at = 0, error.reason, error.start
        text = _("can't decode its answer: {reason} at byte {at:,}; number of marks _SB: {suffixes}")
    text = text.format(count=count, suffixes=suffixes, reason=reason, at=at)
    client.report_result(text, decodes=not reason, suffixes=suffixes)


def back_to_back_sends(client: ScenarioClient) -> None:
    """Send two lines immediately after each other, joined by the kernel (see `_exchange`), and report the answer."""
    answer = _exchange(client, b"one\n", b"two\n")
    text = _("sent two lines, which the kernel joined (MSG_MORE); the answer: {answer}").format(answer=answer)
    client.report_result(text, answer=answer.decode(errors="replace"), suffixes=answer.count(b"_SB"))


def reset(client: ScenarioClient) -> None:
    """Send 64 KiB, and close the connection with a reset (RST)."""
    sock = client.connect()
    sock.sendall(CHUNK)
    client.sent = len(CHUNK)
    abort(sock)
    client.report_result(_("has left with a reset"), disconnected=True)


def connection_burst(client: ScenarioClient) -> None:
    """Connect 200 times while the server's process is stopped (SIGSTOP), so that all clients wait when it continues."""
    started, answered = perf_counter(), 0
    with selectors.DefaultSelector() as selector:
        client.socks = [socket.socket() for _n in range(BURST_CLIENTS)]
        os.kill(client.server_pid, signal.SIGSTOP)
        try:
            for sock in client.socks:
                sock.setblocking(False)
                with contextlib.suppress(BlockingIOError):  # the connect has started
                    sock.connect(client.address)
                selector.register(sock, selectors.EVENT_WRITE, sock)
        finally:
            os.kill(client.server_pid, signal.SIGCONT)
        while selector.get_map() and (remaining := started + BURST_DEADLINE - perf_counter()) > 0:
            for key, mask in selector.select(remaining):
                sock = key.data
                with contextlib.suppress(OSError):
                    if mask & selectors.EVENT_WRITE:
                        client.sent += sock.send(b"hello\n")
                        selector.modify(sock, selectors.EVENT_READ, sock)
                        continue
                    size = len(sock.recv(100))
                    client.received += size
                    answered += size > 0
                selector.unregister(sock)
            client.report_progress(_("{n} of {all} answered").format(n=answered, all=BURST_CLIENTS))
    text = _("{n} of {all} that connected at once got their answer within {deadline} s")
    client.report_result(text.format(n=answered, all=BURST_CLIENTS, deadline=BURST_DEADLINE), answered=answered)


def exhaust_descriptors(client: ScenarioClient) -> None:
    """Connect until the server accepts no more. Then close half of the connections, and connect again."""
    served, recovered = 0, False
    with contextlib.suppress(ConnectionRefusedError):  # the listener is closed
        while served < FD_CLIENTS and _is_served(client):
            served += 1
            client.report_progress(_("{n} connections").format(n=served))
        client.report_progress(_("{n} connections, and the next one is not served").format(n=served), force=True)
        send_to_parent(paused=True)  # the harness samples the server while it has no descriptor left
        resumed.wait()
        for sock in client.socks[: served // 2]:
            abort(sock)
        started = perf_counter()
        while not recovered and perf_counter() < started + 1.5:
            recovered = _is_served(client)
    text = _("{n} connections were served, and no more; half of them left, and a new one was served")
    if not recovered:
        text = _("{n} connections were served, and no more; half of them left, but a new one is not served")
    client.report_result(text.format(n=served), served=served, recovered=recovered)


def _is_served(client: ScenarioClient) -> bool:
    """Return True if a new connection gets an answer within `STALL_TIMEOUT` seconds. A refusal raises an error."""
    before = client.received
    with contextlib.suppress(TimeoutError, ConnectionResetError, BrokenPipeError):
        sock = client.connect()  # a loop that dies in this moment resets it
        client.sent += sock.send(b"?\n")
        client.received += len(sock.recv(100))
    return client.received > before


def firehose(client: ScenarioClient) -> None:
    """Send as fast as possible for one second, and read the answers."""
    sock = client.connect()
    sock.setblocking(False)
    deadline, end = perf_counter() + FIREHOSE_SECONDS, ""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while perf_counter() < deadline and not end:
            for _key, mask in selector.select(deadline - perf_counter()):
                try:
                    if mask & selectors.EVENT_WRITE:
                        client.sent += sock.send(CHUNK)  # part of a line may go: what matters is that it never ends
                    if mask & selectors.EVENT_READ:
                        data = sock.recv(1 << 20)
                        client.received += len(data)
                        end = "" if data else _("the server closed the connection")
                except BlockingIOError:
                    pass
                except OSError as error:
                    end = error.strerror or str(error)
            client.report_progress(_("sends as fast as it can"))
    abort(sock)
    text = _("has sent {n:,} bytes, then: {why}") if end else _("has sent {n:,} bytes in a second")
    state = _("has sent until: {why}") if end else _("has sent all it could in a second")
    client.report_result(text.format(n=client.sent, why=end), state.format(why=end), disconnected=True)


def probe(client: ScenarioClient) -> None:
    """Send a short line, wait for the answer, and report ``{"latency": seconds}``. Repeat until the connection ends."""
    sock = client.connect()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(None)
    with contextlib.suppress(OSError):
        while True:
            sent_at = perf_counter()
            sock.send(b"ping\n")
            if not sock.recv(100):
                break
            send_to_parent(latency=perf_counter() - sent_at)
            resumed.wait(PROBE_INTERVAL)
    send_to_parent(finished=True)


SCENARIOS: dict[str, Callable[[ScenarioClient], None]] = {
    "slow reader": slow_reader,
    "half-close": half_close,
    "split character": split_character,
    "two quick sends": back_to_back_sends,
    "reset": reset,
    "200 at once": connection_burst,
    "out of descriptors": exhaust_descriptors,
    "firehose": firehose,
}


def _follow_parent() -> None:
    """Resume the scenario when the parent sends a line. End this process when its input ends. Runs in a thread."""
    for _line in sys.stdin:
        resumed.set()
    os._exit(0)


def main() -> None:
    """Read the request from standard input, run its scenario, and stay connected until the parent ends this process."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_follow_parent, daemon=True).start()
    client = ScenarioClient(tuple(request["address"]), request["pid"])
    try:
        SCENARIOS.get(request["scenario"], probe)(client)
    except OSError as error:
        if error.errno in SHORTAGES:
            text = _("This machine has nothing left for one more client: {error}.")
            send_to_parent(user_error=text.format(error=error.strerror))
        text = _("could not talk to the server: {error}").format(error=error.strerror or error)
        client.report_result(text, failed=True)
    threading.Event().wait()  # until the parent ends this process


if __name__ == "__main__":
    main()

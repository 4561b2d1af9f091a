"""The parts of the echo servers that don't wait, the ways to start one, and the server under every selector.

What each server does with clients of every kind is judged by the suite.
"""

import contextlib
import importlib
import itertools
import math
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.background import BackgroundServer
from readiness.base.messages import UserError
from readiness.servers.echo import NAMES, __main__
from readiness.servers.echo.connection import HIGH_WATER, Connection
from readiness.servers.echo.framing import MAX_LINE, OVERFLOW_REPLY, SUFFIX, LineProtocol
from readiness.servers.echo.selectors_server import EchoServer
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.timers import Timers
from readiness.widgets import BACKENDS


def in_pieces(data, cuts):
    """The same bytes, cut at these positions."""
    positions = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(positions)]


@given(
    st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"\r")), max_size=20),
    st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")),
    st.lists(st.integers(min_value=0), max_size=10),
)
def test_lines_are_answered_wherever_they_are_cut(whole, last, cuts):
    data = b"".join(line + b"\n" for line in whole) + last
    protocol = LineProtocol()
    answer = b"".join(protocol.feed(piece) for piece in in_pieces(data, cuts))
    assert answer == b"".join(line.upper() + SUFFIX for line in whole)
    assert protocol.feed_eof() == (last.upper() + SUFFIX if last else b"")
    assert protocol.feed_eof() == b""


@pytest.mark.parametrize("chunk", [1 << 16, 1 << 20, 1 << 22])
@pytest.mark.parametrize("too_many", [0, 1])
def test_a_line_may_be_this_long_and_no_longer(too_many, chunk):
    data = b"first\n" + b"x" * (MAX_LINE + too_many) + b"\nlast\n"
    protocol = LineProtocol()
    answer = b"".join(protocol.feed(data[start : start + chunk]) for start in range(0, len(data), chunk))
    rest = OVERFLOW_REPLY if too_many else b"X" * MAX_LINE + SUFFIX + b"LAST" + SUFFIX
    assert answer == b"FIRST" + SUFFIX + rest
    assert protocol.overflowed == bool(too_many)
    assert protocol.feed_eof() == b""


def test_a_line_too_long_is_reported_before_its_end():
    protocol = LineProtocol()
    assert protocol.feed(b"x" * MAX_LINE) == b""
    assert protocol.feed(b"x") == OVERFLOW_REPLY
    assert (protocol.feed(b"\nmore\n"), len(protocol.partial)) == (b"", 0)


@pytest.fixture
def clock(monkeypatch):
    """The time as timers see it: a list of one number."""
    now = [100.0]
    monkeypatch.setattr("readiness.servers.timers.monotonic", lambda: now[0])
    return now


def test_timers_run_in_order_and_only_when_due(clock):
    fired, timers = [], Timers()
    assert timers.next_timeout() is None
    for seconds in (3.0, 1.0, 2.0, 2.0):
        timers.call_later(seconds, fired.append, (seconds, len(fired)))
    assert timers.next_timeout() == 1.0
    timers.run_due()
    assert fired == []
    clock[0] += 2.5
    assert timers.next_timeout() == 0.0
    timers.run_due()
    assert [seconds for seconds, _number in fired] == [1.0, 2.0, 2.0]
    assert timers.next_timeout() == 0.5


@pytest.mark.parametrize("seconds", [2_592_000.0, 1e10, 1e300, float("inf")])
def test_a_wait_is_a_day_at_most(clock, seconds):
    timers = Timers()
    timers.call_later(seconds, pytest.fail)
    assert timers.next_timeout() == 86_400.0
    clock[0] += 86_400
    timers.run_due()  # nothing is due yet
    assert timers.next_timeout() == 86_400.0


def test_a_cancelled_timer_does_not_run_and_is_soon_removed(clock):
    fired, timers = [], Timers()
    kept = timers.call_later(1.0, fired.append, "kept")
    for number in range(10_000):
        timer = timers.call_later(5.0, fired.append, number)
        timers.cancel(timer)
        timers.cancel(timer)  # again: nothing more
    assert len(timers._heap) < 200
    clock[0] += 10
    timers.run_due()
    assert fired == ["kept"]
    timers.cancel(kept)  # it has fired
    assert timers.next_timeout() is None


def test_a_callback_may_set_the_next_timer(clock):
    fired, timers = [], Timers()

    def again():
        fired.append(clock[0])
        timers.call_later(1.0, again)

    timers.call_later(1.0, again)
    for _second in range(3):
        clock[0] += 1
        timers.run_due()
    assert fired == [101.0, 102.0, 103.0]


@pytest.fixture
def pair():
    sock, peer = socket.socketpair()
    with sock, peer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        peer.settimeout(10)
        yield Connection(sock), peer


def test_a_connection_wants_write_while_bytes_are_unsent_and_read_below_high_water(pair):
    connection, peer = pair
    line = b"x" * 1000 + b"\n"
    peer.sendall(b"hello\n")
    assert connection.read() == READ
    assert peer.recv(100) == b"HELLO" + SUFFIX
    wanted, sent = READ, 0
    while wanted & READ:
        peer.sendall(line)
        wanted, sent = connection.read(), sent + 1
        assert wanted & WRITE or not connection.write_buffer
    assert wanted == WRITE
    assert HIGH_WATER <= len(connection.write_buffer) < HIGH_WATER + len(line + SUFFIX)
    peer.shutdown(socket.SHUT_WR)
    received = b""
    while len(received) < sent * (len(line) + 3) - HIGH_WATER // 2:
        received += peer.recv(65536)
        wanted = connection.flush()
    assert wanted == READ | WRITE
    with contextlib.suppress(BlockingIOError):
        wanted = connection.read()  # its end
    assert wanted == WRITE
    while wanted:
        received += peer.recv(65536)
        wanted = connection.flush()
    connection.sock.close()
    received += b"".join(iter(lambda: peer.recv(65536), b""))
    assert received == (line.upper()[:-1] + SUFFIX) * sent


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_serves_under_every_selector(backend):
    with BackgroundServer(EchoServer(BACKENDS[backend]())) as running:
        with socket.create_connection(running.server.address, 10) as client:
            for text in (b"who is ready", "größe 中".encode()):
                client.sendall(text + b"\n")
                assert client.recv(100) == text.upper() + SUFFIX
            assert {key.events for key in running.server.selector.get_map().values()} == {selectors.EVENT_READ}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("blocking", "threads")])
def test_a_client_that_reads_slowly_is_not_idle(name, need):
    if name in ("poll", "epoll"):
        need(hasattr(select, name), f"needs {name}")
    server = importlib.import_module(f"readiness.servers.echo.{name}_server").EchoServer(idle_timeout=0.4)
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # inherited: a small kernel buffer
    with BackgroundServer(server), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(server.address)
        client.sendall(b"x" * 99_999 + b"\n")
        started, received = monotonic(), 0
        with selectors.DefaultSelector() as sleeper:
            while received < 100_003:
                taken = len(client.recv(2000))
                assert taken, f"closed after {received:,} bytes"
                received += taken
                sleeper.select(0.02)  # reads slowly
        assert monotonic() - started > 0.8


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "readiness.servers", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )


def test_a_name_or_a_port_that_cannot_be_is_reported_in_a_sentence():
    unknown = run("kqueue")
    assert unknown.returncode == 2
    assert "choose from" in unknown.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("selectors", "--port", port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Can't listen on 127.0.0.1, port {port}: Address already in use. Choose")
    assert refused.stderr.count("\n") == 1
    for wrong in (("--port", "70000"), ("--idle", "nan"), ("--idle", "0"), ("--idle", "1e10")):
        refused = run("selectors", *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{wrong[1]} is no " in refused.stderr


def test_a_method_that_this_machine_lacks_is_reported_in_a_sentence(monkeypatch, capsys):
    for name in ("epoll", "EPOLLIN"):
        monkeypatch.delattr(f"select.{name}", raising=False)
    monkeypatch.delitem(sys.modules, "readiness.servers.echo.epoll_server", raising=False)
    assert __main__.main(["epoll"]) == 1
    assert capsys.readouterr().err == "This machine has no epoll.\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_an_output_that_takes_nothing_is_reported_in_a_sentence():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-W", "error", "-X", "dev", "-m", "readiness.servers", "selectors"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("Can't print the address of the server: No space left on device. Choose")


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
def test_a_signal_that_is_ignored_at_the_start_stays_ignored():
    """`sh -c 'command &'` ignores SIGINT: Ctrl-C is then for another command."""
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "readiness.servers", "selectors"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            with socket.create_connection(("127.0.0.1", int(line.rpartition(":")[2])), 10) as client:
                for text in (b"still\n", b"here\n"):  # an answer shows that the loop went on after the signal
                    client.sendall(text)
                    assert client.recv(100) == text.upper()[:-1] + SUFFIX
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_its_address_serves_and_ends_at_a_signal(name, number, need):
    if name == "epoll":
        need(hasattr(select, "epoll"), "needs epoll")
    command = [sys.executable, "-W", "error", "-X", "dev", "-m", "readiness.servers", name]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    def not_ignored():  # these tests may have been started with `&`, which ignores SIGINT
        signal.signal(number, signal.SIG_DFL)

    with subprocess.Popen(command, preexec_fn=not_ignored, **pipes) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith(f"{name} listens on 127.0.0.1:")
            with socket.create_connection(("127.0.0.1", int(line.rpartition(":")[2])), 10) as client:
                client.sendall(b"here")
                client.shutdown(socket.SHUT_WR)
                assert client.makefile("rb").read() == b"HERE_SB\n"
            with socket.create_connection(("127.0.0.1", int(line.rpartition(":")[2])), 10) as client:
                client.sendall(b"still here when it ends\n")
                assert client.recv(100) == b"STILL HERE WHEN IT ENDS_SB\n"
                process.send_signal(number)
                out, err = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("idle_timeout", [-1, 0, math.nan, 2**1024, None])
@pytest.mark.parametrize("name", NAMES)
def test_an_idle_timeout_that_is_no_time_is_refused_before_it_listens(name, idle_timeout):
    module = importlib.import_module(f"readiness.servers.echo.{name}_server")
    with pytest.raises(UserError, match=r"^idle_timeout is .*: choose a number above 0\.$"):
        module.EchoServer(idle_timeout=idle_timeout)  # a socket that stays open would be a warning


@pytest.mark.parametrize("idle_timeout", [1e-300, 1e10, math.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_server_runs_on_with_any_idle_timeout(name, idle_timeout):
    module = importlib.import_module(f"readiness.servers.echo.{name}_server")
    with BackgroundServer(module.EchoServer(idle_timeout=idle_timeout)) as server:
        with socket.create_connection(server.server.address, 10) as client, contextlib.suppress(OSError):
            client.sendall(b"hello\n")
            assert client.recv(100) in (b"", b"HELLO_SB\n")
        assert server.running

"""The parts of the echo servers that don't wait, the ways to start one, and that it serves under any selector.

What each server does with clients of every kind is judged by the suite.
"""

import contextlib
import importlib
import itertools
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

from readiness.base.background import Background
from readiness.servers import timers
from readiness.servers.echo import NAMES, __main__
from readiness.servers.echo.connection import HIGH, Client
from readiness.servers.echo.framing import LONGEST, MARK, TOO_LONG, Lines
from readiness.servers.echo.selectors_server import EchoServer
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.timers import Timers
from readiness.widgets import BACKENDS


def in_pieces(data, cuts):
    """The same bytes, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(
    st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"\r")), max_size=20),
    st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")),
    st.lists(st.integers(min_value=0), max_size=10),
)
def test_lines_are_answered_wherever_they_are_cut(whole, last, cuts):
    data = b"".join(line + b"\n" for line in whole) + last
    lines = Lines()
    answer = b"".join(lines.take(piece) for piece in in_pieces(data, cuts))
    assert answer == b"".join(line.upper() + MARK for line in whole)
    assert lines.end() == (last.upper() + MARK if last else b"")
    assert lines.end() == b""


@pytest.mark.parametrize("chunk", [1 << 16, 1 << 20, 1 << 22])
@pytest.mark.parametrize("too_many", [0, 1])
def test_a_line_may_be_this_long_and_no_longer(too_many, chunk):
    data = b"first\n" + b"x" * (LONGEST + too_many) + b"\nlast\n"
    lines = Lines()
    answer = b"".join(lines.take(data[start : start + chunk]) for start in range(0, len(data), chunk))
    rest = TOO_LONG if too_many else b"X" * LONGEST + MARK + b"LAST" + MARK
    assert answer == b"FIRST" + MARK + rest
    assert lines.broken == bool(too_many)
    assert lines.end() == b""


def test_a_line_too_long_is_told_before_its_end():
    lines = Lines()
    assert lines.take(b"x" * LONGEST) == b""
    assert lines.take(b"x") == TOO_LONG
    assert (lines.take(b"\nmore\n"), len(lines.unfinished)) == (b"", 0)


@pytest.fixture
def clock(monkeypatch):
    """The time as timers see it: a list of one number."""
    now = [100.0]
    monkeypatch.setattr(timers, "monotonic", lambda: now[0])
    return now


def test_timers_ring_in_order_and_only_when_due(clock):
    rung, bell = [], Timers()
    assert bell.timeout() is None
    for seconds in (3.0, 1.0, 2.0, 2.0):
        bell.after(seconds, rung.append, (seconds, len(rung)))
    assert bell.timeout() == 1.0
    bell.run()
    assert rung == []
    clock[0] += 2.5
    assert bell.timeout() == 0.0
    bell.run()
    assert [seconds for seconds, _number in rung] == [1.0, 2.0, 2.0]
    assert bell.timeout() == 0.5


def test_a_cancelled_timer_is_silent_and_soon_forgotten(clock):
    rung, bell = [], Timers()
    kept = bell.after(1.0, rung.append, "kept")
    for number in range(10_000):
        timer = bell.after(5.0, rung.append, number)
        bell.cancel(timer)
        bell.cancel(timer)  # again: nothing more
    assert len(bell._heap) < 200
    clock[0] += 10
    bell.run()
    assert rung == ["kept"]
    bell.cancel(kept)  # it has rung
    assert bell.timeout() is None


def test_a_deed_may_set_the_next_timer(clock):
    rung, bell = [], Timers()

    def again():
        rung.append(clock[0])
        bell.after(1.0, again)

    bell.after(1.0, again)
    for _second in range(3):
        clock[0] += 1
        bell.run()
    assert rung == [101.0, 102.0, 103.0]


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        theirs.settimeout(10)
        yield Client(ours), theirs


def test_a_client_needs_write_while_it_is_owed_and_read_while_that_is_not_much(pair):
    client, peer = pair
    line = b"x" * 1000 + b"\n"
    peer.sendall(b"hello\n")
    assert client.read() == READ
    assert peer.recv(100) == b"HELLO" + MARK
    needs, sent = READ, 0
    while needs & READ:
        peer.sendall(line)
        needs, sent = client.read(), sent + 1
        assert needs & WRITE or not client.owed
    assert needs == WRITE
    assert HIGH <= len(client.owed) < HIGH + len(line + MARK)
    peer.shutdown(socket.SHUT_WR)
    got = b""
    while len(got) < sent * (len(line) + 3) - HIGH // 2:
        got += peer.recv(65536)
        needs = client.flush()
    assert needs == READ | WRITE
    with contextlib.suppress(BlockingIOError):
        needs = client.read()  # its end
    assert needs == WRITE
    while needs:
        got += peer.recv(65536)
        needs = client.flush()
    client.sock.close()
    got += b"".join(iter(lambda: peer.recv(65536), b""))
    assert got == (line.upper()[:-1] + MARK) * sent


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_serves_under_every_selector(backend):
    with Background(EchoServer(BACKENDS[backend]())) as running:
        with socket.create_connection(running.server.address, 10) as client:
            for text in (b"who is ready", "größe 中".encode()):
                client.sendall(text + b"\n")
                assert client.recv(100) == text.upper() + MARK
            assert {key.events for key in running.server.selector.get_map().values()} == {selectors.EVENT_READ}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("blocking", "threads")])
def test_one_who_reads_slowly_is_not_idle(name, need):
    if name in ("poll", "epoll"):
        need(hasattr(select, name), f"needs {name}")
    server = importlib.import_module(f"readiness.servers.{name}").EchoServer(idle=0.4)
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # inherited: little is the kernel's to send
    with Background(server), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(server.address)
        client.sendall(b"x" * 99_999 + b"\n")
        begun, got = monotonic(), 0
        with selectors.DefaultSelector() as nothing:
            while got < 100_003:
                taken = len(client.recv(2000))
                assert taken, f"let go after {got:,} bytes"
                got += taken
                nothing.select(0.02)  # its slowness
        assert monotonic() - begun > 0.8


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "readiness.servers", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )


def test_a_name_or_a_port_that_cannot_be_is_said_in_a_sentence():
    unknown = run("kqueue")
    assert unknown.returncode == 2
    assert "choose from" in unknown.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("selectors", "--port", port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Can't listen on 127.0.0.1, port {port}: Address already in use. Choose")
    assert refused.stderr.count("\n") == 1
    for wrong in (("--port", "70000"), ("--idle", "nan"), ("--idle", "0"), ("--idle", "soon")):
        refused = run("selectors", *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{wrong[1]} is no " in refused.stderr


def test_a_way_that_this_machine_lacks_is_said_in_a_sentence(monkeypatch, capsys):
    for name in ("epoll", "EPOLLIN"):
        monkeypatch.delattr(f"select.{name}", raising=False)
    monkeypatch.delitem(sys.modules, "readiness.servers.echo.epoll_server", raising=False)
    assert __main__.main(["epoll"]) == 1
    assert capsys.readouterr().err == "This machine has no epoll.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", NAMES)
def test_alone_it_says_where_it_is_serves_and_ends_at_a_signal(name, number, need):
    if name == "epoll":
        need(hasattr(select, "epoll"), "needs epoll")
    command = [sys.executable, "-W", "error", "-X", "dev", "-m", "readiness.servers", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            assert said.startswith(f"{name} listens on 127.0.0.1:")
            with socket.create_connection(("127.0.0.1", int(said.rpartition(":")[2])), 10) as client:
                client.sendall(b"here")
                client.shutdown(socket.SHUT_WR)
                assert client.makefile("rb").read() == b"HERE_SB\n"
            with socket.create_connection(("127.0.0.1", int(said.rpartition(":")[2])), 10) as client:
                client.sendall(b"still here when it ends\n")
                assert client.recv(100) == b"STILL HERE WHEN IT ENDS_SB\n"
                process.send_signal(number)
                out, err = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "", "")

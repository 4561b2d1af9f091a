"""A server's loop runs beside the caller, ends at once, and its error is raised in the caller."""

import asyncio
import os
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from readiness.base import background
from readiness.base.background import BackgroundServer, StopEvent, wait_until
from readiness.base.messages import UserError
from readiness.servers.echo.selectors_server import EchoServer
from readiness.system.thread_state import wait_until_asleep


class Loop:
    """A server without clients: `callback` is its loop."""

    address = ("127.0.0.1", 0)

    def __init__(self, callback):
        self.callback, self.closed = callback, 0

    def serve(self, stop):
        self.callback(stop)

    def close(self):
        self.closed += 1


def until_stopped(stop):
    import select

    select.select([stop], [], [])


def fails(stop):
    raise KeyError("handler")


def test_entered_means_running_and_left_means_ended():
    server = Loop(until_stopped)
    with BackgroundServer(server) as running:
        assert running.running
        assert running.thread_id in {thread.native_id for thread in threading.enumerate()}
    assert not running.running
    assert server.closed == 1


def test_stop_twice_is_once():
    server = Loop(until_stopped)
    running = BackgroundServer(server).start()
    running.stop()
    running.stop()
    assert server.closed == 1


def test_the_loops_error_is_raised_here_once():
    running = BackgroundServer(Loop(fails)).start()
    assert wait_until(lambda: running.error is not None, 5)
    assert not running.running
    assert "KeyError" in repr(running)
    with pytest.raises(KeyError):
        running.raise_if_failed()
    running.raise_if_failed()
    running.stop()


def test_leaving_raises_it_unless_an_error_is_under_way():
    with pytest.raises(KeyError), BackgroundServer(Loop(fails)):
        pass
    with pytest.raises(ZeroDivisionError), BackgroundServer(Loop(fails)):
        raise ZeroDivisionError


def test_a_loop_that_is_stuck_is_named_by_its_line():
    gate = threading.Event()

    def stuck_in_here(stop):
        gate.wait()

    running = BackgroundServer(Loop(stuck_in_here), "frozen").start()
    with pytest.raises(UserError, match=r"“frozen”(?s:.*)at: gate\.wait\(\)   \(stuck_in_here, line \d+\)\nUntil"):
        running.stop()
    gate.set()
    assert wait_until(lambda: not running._thread.is_alive(), 5)
    running._stop.close()


def test_closing_the_server_frees_a_loop_that_hangs_on_its_socket():
    local, peer = socket.socketpair()

    class Blocked(Loop):
        def close(self):
            local.shutdown(socket.SHUT_RDWR)
            local.close()

    BackgroundServer(Blocked(lambda stop: local.recv(1))).start().stop()
    peer.close()


def accept_until_stopped(server, stop):
    while not stop.is_set():
        server.accept_one()


def accept_without_end(server, stop):
    while True:
        server.accept_one()


def accept_in_select(server, stop):
    import select

    while not stop.is_set():
        select.select([server.listener], [], [])
        server.accept_one()


class Accepting:
    """A learner's server that waits for clients, and sees `stop` only after the next client, or never."""

    def __init__(self, loop):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address, self.loop = self.listener.getsockname(), loop

    def serve(self, stop):
        self.loop(self, stop)

    def accept_one(self):
        client, _address = self.listener.accept()
        with client:
            client.sendall(client.recv(100))

    def close(self):
        self.listener.close()


@pytest.mark.parametrize("loop", [accept_until_stopped, accept_without_end, accept_in_select])
def test_a_server_that_waits_in_accept_ends_and_frees_its_port(loop):
    running = BackgroundServer(Accepting(loop)).start()
    with socket.create_connection(running.server.address, 10) as client:
        client.sendall(b"here")
        assert client.recv(4) == b"here"
    assert wait_until_asleep(running._thread)
    running.stop()
    assert not running._thread.is_alive()
    with socket.socket() as client:
        assert client.connect_ex(running.server.address) != 0
    socket.create_server(running.server.address).close()


@pytest.mark.parametrize("error", [SystemExit(1), SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_what_would_end_the_kernel_comes_out_as_a_sentence(error, capsys):
    def leaves(stop):
        raise error

    failed = background.start(Loop(leaves), "cell")
    assert wait_until(lambda: failed.error, 5)
    with background.start(Loop(until_stopped), "cell") as second:
        assert second.running
    background.stop("cell")
    assert capsys.readouterr() == ("", "")
    with pytest.raises(
        UserError, match=r"“cell” raised [\w.]*(Exit|Interrupt|Cancelled)(?s:.*)at: raise error   \(leaves"
    ):
        BackgroundServer(Loop(leaves), "cell").start().stop()
    assert failed.server.closed == 1


def test_close_may_not_end_the_kernel_either():
    class Leaving(Loop):
        def close(self):
            sys.exit(3)

    with pytest.raises(UserError, match="raised SystemExit: 3"):
        BackgroundServer(Leaving(until_stopped)).start().stop()


def test_the_loops_error_comes_before_that_of_close():
    class HalfMade(Loop):
        def close(self):
            raise AttributeError("half made")

    with pytest.raises(KeyError, match="handler"), BackgroundServer(HalfMade(fails)):
        pass
    with pytest.raises(AttributeError, match="half made"), BackgroundServer(HalfMade(until_stopped)):
        pass


def test_a_server_whose_close_hangs_is_left_and_the_next_one_starts(monkeypatch, capsys):
    monkeypatch.setattr(background, "CLOSE_TIMEOUT", 0.1)
    gate = threading.Event()

    class Hanging(Loop):
        def close(self):
            gate.wait()

    background.start(Hanging(until_stopped), "cell")
    with background.start(Loop(until_stopped), "cell") as second:
        assert second.running
    assert (
        "The method close of “cell” has not returned after 0.1 seconds.\n  at: gate.wait()" in capsys.readouterr().err
    )
    gate.set()
    background.stop("cell")


def test_the_next_server_says_that_the_last_one_did_not_stop(capsys):
    gate = threading.Event()
    first = background.start(Loop(lambda stop: gate.wait()), "cell")
    with background.start(Loop(until_stopped), "cell") as second:
        assert second.running
    sentence, line, advice = capsys.readouterr().err.splitlines()
    assert sentence.startswith("The thread of “cell” did not stop")
    assert "gate.wait()" in line
    assert "choose another port, or restart the kernel" in advice
    gate.set()
    first._thread.join()
    first._stop.close()
    background.stop("cell")


def test_without_another_thread_a_server_is_closed_all_the_same(monkeypatch):
    server = Loop(until_stopped)
    running = BackgroundServer(server).start()

    def no_more(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    running.stop()
    assert server.closed == 1
    with pytest.raises(RuntimeError, match="new thread"):
        (unstarted := BackgroundServer(server)).start()
    unstarted.stop()
    assert server.closed == 2


def test_stop_is_a_descriptor_that_stays_readable():
    import select

    stop = StopEvent()
    assert not select.select([stop], [], [], 0)[0]
    stop.set()
    stop.set()
    assert stop.is_set()
    assert select.select([stop], [], [], 0)[0]
    assert select.select([stop], [], [], 0)[0]
    stop.close()


def test_running_a_cell_again_replaces_its_server():
    first = background.start(Loop(until_stopped), "cell")
    second = background.start(Loop(until_stopped), "cell")
    assert not first.running
    assert first.server.closed == 1
    assert second.running
    background.stop("cell")
    assert not second.running
    background.stop("cell")


def test_a_server_that_failed_is_replaced_without_a_message():
    failed = background.start(Loop(fails), "cell")
    assert wait_until(lambda: failed.error, 5)
    with background.start(Loop(until_stopped), "cell") as second:
        assert second.running
    background.stop("cell")


def test_200_starts_and_stops_leave_nothing():
    for _ in range(200):
        with BackgroundServer(EchoServer()) as running:
            with socket.create_connection(running.server.address) as client:
                client.sendall(b"x\n")
                assert client.recv(5) == b"X_SB\n"


@pytest.mark.skipif(os.name != "posix", reason="waits for a child's end by signal")
def test_at_the_interpreters_end_servers_end_without_a_message():
    program = (
        "from readiness.base import background; from readiness.servers.echo.selectors_server import EchoServer\n"
        "class Loud(EchoServer):\n"
        "    def close(self): super().close(); print('closed')\n"
        "print(background.start(Loud(), 'a').running, background.start(Loud(), 'b').running)"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True True\nclosed\nclosed\n", "")
    assert not psutil.Process().children()


@pytest.mark.parametrize("name", ["join", "_close", "_knock"])
def test_a_stop_that_was_interrupted_is_finished_by_the_next(name, monkeypatch):
    def interrupted(*args):
        monkeypatch.undo()
        raise KeyboardInterrupt

    gate = threading.Event()
    server = Loop(lambda stop: until_stopped(stop) if name == "_close" else gate.wait())
    running = background.start(server, "cell")
    monkeypatch.setattr(running._thread if name == "join" else running, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        background.stop("cell")
    gate.set()
    running._thread.join(10)  # it was asked to stop; on a busy machine this takes longer than JOIN_TIMEOUT
    background.stop("cell")
    assert server.closed == 1
    assert not running._thread.is_alive()
    assert running._stop.fileno() == -1


def test_a_close_that_was_interrupted_is_not_begun_twice(monkeypatch):
    gate = threading.Event()

    class Slow(Loop):
        def close(self):
            super().close()
            gate.wait()

    server = Slow(until_stopped)
    running = BackgroundServer(server).start()

    def interrupted(*args):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(running._closing, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        running.stop()
    gate.set()
    running.stop()
    assert server.closed == 1


@pytest.mark.parametrize("again", [lambda: background.stop("cell"), background.stop_all])
def test_a_start_that_was_interrupted_leaves_a_server_with_a_name(again, monkeypatch):
    def interrupted(self):
        original(self)
        raise KeyboardInterrupt

    server, original = Loop(until_stopped), threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        background.start(server, "cell")
    monkeypatch.undo()
    monkeypatch.setattr(background, "JOIN_TIMEOUT", 10)
    again()
    assert server.closed == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "readiness-cell"]


def test_a_start_that_is_interrupted_while_the_last_server_stops_leaves_that_one_with_its_name(monkeypatch):
    def interrupted(*args):
        monkeypatch.undo()
        raise KeyboardInterrupt

    first, second = Loop(until_stopped), Loop(until_stopped)
    monkeypatch.setattr(background.start(first, "cell"), "_close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        background.start(second, "cell")
    background.stop("cell")
    assert (first.closed, second.closed) == (1, 0)


def test_a_server_that_stops_itself_is_closed():
    server = Loop(lambda stop: background.stop("cell"))
    running = background.start(server, "cell")
    running._thread.join(5)
    assert (running.running, server.closed, running.error) == (False, 1, None)
    running.stop()
    assert server.closed == 1


@pytest.mark.parametrize("timeout", [pytest.param(10**400, id="huge"), float("inf"), float("nan")])
def test_any_number_is_a_timeout(timeout):
    assert wait_until(lambda: True, timeout)

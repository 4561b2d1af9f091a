"""A server in a forked process: it serves, its errors are raised in the parent, and it is killed afterwards."""

import contextlib
import functools
import linecache
import os
import re
import select
import signal
import socket
import sys
import time

import psutil
import pytest

from readiness.base import forked_server
from readiness.base.background import wait_until
from readiness.base.forked_server import ForkedServer, ServerLoopError, ServerNote
from readiness.servers.echo.selectors_server import EchoServer
from readiness.system import signals

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a copy of a process needs fork")


class Broken(EchoServer):
    """Calls `callback` in its loop as soon as a client connects."""

    def __init__(self, callback):
        super().__init__()
        self.callback = callback

    def accept(self):
        super().accept()
        self.callback()


def send_and_receive(server, data=b"here\n"):
    with socket.create_connection(server.address, 10) as client:
        client.sendall(data)
        return client.recv(100)


def raises(error):
    raise error


def test_it_serves_and_is_gone_afterwards():
    with ForkedServer(EchoServer) as server:
        assert send_and_receive(server) == b"HERE_SB\n"
        assert server.pid != os.getpid()
    assert not psutil.pid_exists(server.pid)


def test_the_loops_error_is_raised_instead_of_the_blocks():
    broken = ForkedServer(lambda: Broken(lambda: raises(KeyError("seven"))))
    with pytest.raises(ServerLoopError, match=r"KeyError: 'seven'\n  at: raise error"), broken as server:
        raise AssertionError(f"no reply but {send_and_receive(server)}")


def test_raise_if_failed_raises_the_loops_error_and_nothing_while_it_runs():
    with ForkedServer(lambda: Broken(lambda: raises(KeyError("seven")))) as server:
        server.raise_if_failed()
        socket.create_connection(server.address, 10).close()
        assert wait_until(lambda: psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE, 10)
        with pytest.raises(ServerLoopError, match="KeyError: 'seven'"):
            server.raise_if_failed()


def test_a_not_implemented_error_comes_back_as_it_is():
    with pytest.raises(NotImplementedError, match="your code here"):
        with ForkedServer(lambda: Broken(lambda: raises(NotImplementedError("your code here")))) as server:
            send_and_receive(server)
    with pytest.raises(NotImplementedError), ForkedServer(lambda: raises(NotImplementedError)):
        pass


def test_a_server_that_cannot_start_says_why():
    expected = "^Your server could not be made. OSError: taken"
    with pytest.raises(ServerLoopError, match=expected), ForkedServer(lambda: raises(OSError("taken"))):
        pass


def test_a_loop_that_returns_is_an_error():
    class Short(EchoServer):
        def serve(self, stop):
            pass

    with pytest.raises(ServerLoopError, match="before it was asked to stop"), ForkedServer(Short) as server:
        assert wait_until(lambda: psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE, 10)


def test_the_blocks_error_is_raised_where_the_server_lives():
    with pytest.raises(ValueError, match="mine"), ForkedServer(EchoServer):
        raise ValueError("mine")


def test_one_that_hangs_is_killed_and_its_prints_are_not_seen(capfd):
    def hang():
        print("noise")
        while True:
            pass

    with ForkedServer(lambda: Broken(hang)) as server:
        socket.create_connection(server.address, 10).close()
    assert not psutil.pid_exists(server.pid)
    assert capfd.readouterr() == ("", "")


def notes_of(callback):
    """Run a server whose loop calls a function of a cell. Return the notes on the error of the block."""
    names = {"os": os, "time": time, "sys": sys}
    source = f"def on_ready():\n    {callback}\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    exec(compile(source, "<cell>", "exec"), names)

    def run():
        with ForkedServer(lambda: Broken(names["on_ready"])) as server:
            with socket.create_connection(server.address, 10):
                time.sleep(0.3)
            raise AssertionError("mine")

    with pytest.raises((AssertionError, ServerLoopError)) as caught:
        run()
    notes = getattr(caught.value, "__notes__", [])
    assert all(isinstance(note, ServerNote) for note in notes)
    return "\n".join(notes)


def test_the_last_lines_that_it_printed_are_noted_on_the_error():
    text = notes_of("for n in range(3000): print('größe', n)")
    lines = "\n  ".join(f"größe {n}" for n in range(2980, 3000))
    assert text.endswith(f"The server's process printed (the last lines):\n  {lines}")
    assert notes_of("sys.stderr.write('x' * 500)").endswith("  " + "x" * 200 + "…")
    assert notes_of("for _ in range(7): print('again')").endswith("\n  again   (7 times)")
    assert notes_of("pass") == ""


def test_prints_are_noted_where_the_loop_raises_too():
    assert notes_of("print('before'); raise KeyError") == "The server's process printed (the last lines):\n  before"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc says whether a process runs")
def test_a_busy_loop_is_noted_with_its_line():
    text = notes_of("while True: pass")
    assert (
        text == "The server's process runs in a loop that does not wait.\n  at: while True: pass   (on_ready, line 2)"
    )


def test_a_wait_outside_of_the_loop_is_noted_with_its_line():
    text = notes_of("time.sleep(60)")
    assert text == "The server's process waits, but not in its loop.\n  at: time.sleep(60)   (on_ready, line 2)"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc names the children of a process")
def test_a_process_that_the_server_forked_is_noted():
    text = notes_of("os.fork()")
    assert text == (
        "The server's process has started another process. A copy that os.fork makes keeps every socket open."
    )


def test_no_line_of_the_parents_is_named_for_a_server_that_waits_in_its_loop():
    source = "def run():\n    with ForkedServer(EchoServer):\n        raise AssertionError('mine')\n"
    linecache.cache["<check>"] = (len(source), None, source.splitlines(keepends=True), "<check>")
    names = {"ForkedServer": ForkedServer, "EchoServer": EchoServer}
    exec(compile(source, "<check>", "exec"), names)
    with pytest.raises(AssertionError, match="mine") as caught:
        names["run"]()
    assert getattr(caught.value, "__notes__", []) == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc names the children of a process")
def test_processes_that_the_server_forks_are_killed_with_it():
    read, write = os.pipe()
    with (
        contextlib.suppress(ServerLoopError),
        ForkedServer(lambda: Broken(lambda: os.fork() or time.sleep(60))) as server,
    ):
        socket.create_connection(server.address, 10).close()
        assert wait_until(lambda: psutil.Process(server.pid).children(), 10)
        [grandchild] = psutil.Process(server.pid).children()
        os.close(write)
    assert select.select([read], [], [], 10)[0]  # every copy of the pipe's other end is closed
    assert os.read(read, 1) == b""
    os.close(read)
    gone = psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD
    assert wait_until(lambda: not grandchild.is_running() or grandchild.status() in gone, 10)


def test_what_the_server_forks_does_not_report_for_it():
    def fork_and_return():
        if not os.fork():
            raise KeyError("of the copy")

    with ForkedServer(lambda: Broken(fork_and_return)) as server:
        assert send_and_receive(server) == b"HERE_SB\n"
        time.sleep(0.3)
        server.raise_if_failed()


@pytest.mark.parametrize("leave", [lambda: os._exit(3), lambda: os.kill(os.getpid(), 9)])
def test_a_process_that_ends_before_it_listens_is_an_error(leave):
    with pytest.raises(ServerLoopError, match="ended before the server listened"), ForkedServer(leave):
        pass


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_what_would_end_the_kernel_is_the_loops_error_too(error):
    kind = type(error).__name__
    broken = ForkedServer(lambda: Broken(lambda: raises(error)))
    with pytest.raises(ServerLoopError, match=f"loop ended. {kind}"), broken as server:
        raise AssertionError(f"no reply but {send_and_receive(server)}")


@pytest.mark.skipif(sys.platform != "linux", reason="needs F_SETSIG")
def test_it_ends_with_its_parent_even_inside_of_c_code():
    """A search that backtracks without an end holds Python's lock, so no thread of that process runs."""

    class Stuck(EchoServer):
        def serve(self, stop):
            re.match(r"(a+)+$", "a" * 60 + "b")

    read, write = os.pipe()
    parent = os.fork()
    if not parent:
        os.write(write, b"%d" % ForkedServer(Stuck).__enter__().pid)
        signal.pause()
    os.close(write)
    server = psutil.Process(int(os.read(read, 100)))
    try:
        assert wait_until(lambda: server.cpu_times().user > 0.3, 10)
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        assert select.select([read], [], [], 10)[0]
        assert os.read(read, 1) == b""
    finally:
        os.close(read)
        with contextlib.suppress(psutil.NoSuchProcess):
            server.kill()


def test_it_ends_with_its_parent():
    read, write = os.pipe()
    parent = os.fork()
    if not parent:
        ForkedServer(EchoServer).__enter__()
        os._exit(0)  # without a goodbye
    os.close(write)
    os.waitpid(parent, 0)
    assert os.read(read, 1) == b""  # the grandchild's copy of the other end is closed: it has ended
    os.close(read)


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="waits for the end of a process, and leaves its exit code")
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended by the signal SIGKILL"),
        (lambda: os._exit(3), "ended with the exit code 3"),
    ],
)
def test_a_process_that_ends_without_a_report_is_noticed(end, sentence, asked):
    server = ForkedServer(lambda: Broken(end)).__enter__()
    with contextlib.suppress(ConnectionError):
        send_and_receive(server)
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    if asked:
        with pytest.raises(ServerLoopError, match=sentence):
            server.raise_if_failed()
        server.raise_if_failed()
        server.__exit__(None, None, None)
    else:
        with pytest.raises(ServerLoopError, match=sentence):
            server.__exit__(None, None, None)


class WithoutSelector:
    def __init__(self):
        pass


class UnprintableError(Exception):
    def __str__(self):
        raise KeyError("text")


def with_address(address):
    server = EchoServer()
    return type("Addressed", (), {"address": address, "serve": server.serve})()


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (functools.partial(WithoutSelector, None), "takes 1 positional argument but 2 were given"),
        (lambda: type("NoServe", (), {"address": ("127.0.0.1", 1)})(), "no attribute 'serve'"),
        (lambda: type("NoAddress", (), {})(), "no attribute 'address'"),
        *(
            (functools.partial(with_address, wrong), "must be a pair of a host and a port")
            for wrong in (object(), None, 80, "127.0.0.1:5", ("127.0.0.1", "5"), EchoServer.close)
        ),
        (lambda: raises(UnprintableError()), r"UnprintableError: its text can't be shown \(KeyError\)"),
    ],
)
def test_a_server_that_is_not_one_is_told_without_a_line_of_the_course(factory, sentence):
    with pytest.raises(ServerLoopError, match=sentence) as error, ForkedServer(factory) as server:
        assert wait_until(lambda: psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE, 10)
    for own in ("factory()", "send_report", "serve(StopEvent", "_checked_address"):
        assert own not in str(error.value)


def test_a_constructor_that_does_not_return_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(forked_server, "START_TIMEOUT", 0.2)
    before = psutil.Process().children()
    with pytest.raises(ServerLoopError, match="does not listen after 0"), ForkedServer(signal.pause):
        pass
    assert psutil.Process().children() == before


def reap_all(*_arguments):
    """A handler of SIGCHLD that takes the exit code of each child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


@pytest.mark.parametrize("disposition", [signal.SIG_IGN, reap_all])
def test_it_works_where_a_learner_takes_the_ends_of_children(disposition):
    with signals.handler(signal.SIGCHLD, disposition):
        with ForkedServer(EchoServer) as server:
            assert send_and_receive(server) == b"HERE_SB\n"
        assert not psutil.pid_exists(server.pid)
        broken = ForkedServer(lambda: Broken(lambda: os._exit(3)))
        with contextlib.suppress(ConnectionError):
            send_and_receive(broken.__enter__())
        assert wait_until(lambda: not psutil.pid_exists(broken.pid), 10)
        with pytest.raises(ServerLoopError, match=r"Your server's process has ended\.$"):
            broken.__exit__(None, None, None)

"""A server apart: it serves, its errors come back in words, and its process is gone afterwards, whatever it did."""

import os
import socket

import psutil
import pytest

from readiness.base.background import wait_until
from readiness.base.forked_server import Apart, Ended
from readiness.servers.echo.selectors_server import EchoServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a copy of a process needs fork")


class Broken(EchoServer):
    """Does `deed` in its loop as soon as a client comes."""

    def __init__(self, deed):
        super().__init__()
        self.deed = deed

    def accept(self):
        super().accept()
        self.deed()


def ask(apart, question=b"here\n"):
    with socket.create_connection(apart.address, 10) as client:
        client.sendall(question)
        return client.recv(100)


def raises(error):
    raise error


def test_it_serves_and_is_gone_afterwards():
    with Apart(EchoServer) as apart:
        assert ask(apart) == b"HERE_SB\n"
        assert apart.pid != os.getpid()
    assert not psutil.pid_exists(apart.pid)


def test_what_the_loop_dies_of_comes_back_in_the_place_of_what_the_block_met():
    broken = Apart(lambda: Broken(lambda: raises(KeyError("seven"))))
    with pytest.raises(Ended, match=r"KeyError: 'seven'\n  at: raise error"), broken as apart:
        raise AssertionError(f"no answer but {ask(apart)}")


def test_a_look_at_it_raises_what_it_has_died_of_and_nothing_while_it_runs():
    with Apart(lambda: Broken(lambda: raises(KeyError("seven")))) as apart:
        apart.check()
        socket.create_connection(apart.address, 10).close()
        assert wait_until(lambda: psutil.Process(apart.pid).status() == psutil.STATUS_ZOMBIE, 10)
        with pytest.raises(Ended, match="KeyError: 'seven'"):
            apart.check()


def test_what_is_not_written_yet_comes_back_as_it_is():
    with pytest.raises(NotImplementedError, match="your code here"):
        with Apart(lambda: Broken(lambda: raises(NotImplementedError("your code here")))) as apart:
            ask(apart)
    with pytest.raises(NotImplementedError), Apart(lambda: raises(NotImplementedError)):
        pass


def test_a_server_that_cannot_start_says_why():
    with pytest.raises(Ended, match="OSError: taken"), Apart(lambda: raises(OSError("taken"))):
        pass


def test_a_loop_that_returns_is_said():
    class Short(EchoServer):
        def serve(self, stop):
            pass

    with pytest.raises(Ended, match="nobody had told it to stop"), Apart(Short) as apart:
        assert wait_until(lambda: psutil.Process(apart.pid).status() == psutil.STATUS_ZOMBIE, 10)


def test_what_the_block_meets_is_raised_where_the_server_lives():
    with pytest.raises(ValueError, match="mine"), Apart(EchoServer):
        raise ValueError("mine")


def test_one_that_hangs_is_killed_and_one_that_prints_disturbs_nobody(capfd):
    def hang():
        print("noise")
        while True:
            pass

    with Apart(lambda: Broken(hang)) as apart:
        socket.create_connection(apart.address, 10).close()
    assert not psutil.pid_exists(apart.pid)
    assert capfd.readouterr() == ("", "")


def test_it_ends_with_its_parent():
    read, write = os.pipe()
    parent = os.fork()
    if not parent:
        Apart(EchoServer).__enter__()
        os._exit(0)  # without a goodbye
    os.close(write)
    os.waitpid(parent, 0)
    assert os.read(read, 1) == b""  # the grandchild's copy of the other end is closed: it has ended
    os.close(read)

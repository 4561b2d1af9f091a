"""When the system lacks something, or a signal comes at a wrong moment, one connection ends and the server goes on."""

import errno
import importlib
import os
import select
import selectors
import signal
import socket
import sys
import threading

import pytest

from readiness.base import foreground
from readiness.base.background import BackgroundServer
from readiness.servers.echo import NAMES
from readiness.servers.echo.selectors_server import EchoServer


def echo_server(name, **options):
    if name in ("poll", "epoll") and not hasattr(select, name):
        pytest.skip(f"needs {name}")
    module = importlib.import_module(f"readiness.servers.echo.{name}_server")
    return module.EchoServer(**options)


@pytest.fixture
def fast_retry(monkeypatch):
    for name in NAMES:
        if name not in ("poll", "epoll") or hasattr(select, name):
            module = importlib.import_module(f"readiness.servers.echo.{name}_server")
            monkeypatch.setattr(module, "ACCEPT_RETRY_DELAY", 0.01, raising=False)


def echoes(sock, line=b"here\n"):
    """Whether the server answers this line; False after the end of the connection."""
    try:
        sock.sendall(line)
        return sock.recv(100) == line.upper().replace(b"\n", b"_SB\n")
    except ConnectionError:
        return False


def connect(address):
    return socket.create_connection(address, 10)


# The kernel can't watch one more descriptor


class Refusing:
    """Stands for a selector, a poll or an epoll: the calls whose numbers are in `failing` raise `error`."""

    def __init__(self, original, method, failing, error):
        self.original, self.method, self.failing, self.error = original, method, set(failing), error
        self.calls = 0

    def __getattr__(self, name):
        if name != self.method:
            return getattr(self.original, name)
        return self.refuse_some

    def refuse_some(self, *args):
        self.calls += 1
        if self.calls in self.failing:
            raise self.error
        return getattr(self.original, self.method)(*args)


def refuse(server, name, method, failing, number=errno.ENOSPC):
    attribute = "selector" if name == "selectors" else name
    refusing = Refusing(getattr(server, attribute), method, failing, OSError(number, os.strerror(number)))
    setattr(server, attribute, refusing)
    return refusing


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOMEM])
@pytest.mark.parametrize("name", ["poll", "epoll", "selectors"])
def test_a_client_that_can_not_be_watched_is_closed_alone(name, number, fast_retry):
    server = echo_server(name)
    # 1: stop, 2: the first client, 3: the second one, 4: the listener after the pause, and once more
    refuse(server, name, "register", {3, 4}, number)
    with BackgroundServer(server), connect(server.address) as first:
        assert echoes(first)
        with connect(server.address) as second:
            assert not echoes(second)
        with connect(server.address) as third:
            assert echoes(third)
        assert echoes(first)


@pytest.mark.parametrize("name", ["poll", "epoll", "selectors"])
def test_a_client_whose_events_can_not_be_changed_is_closed_alone(name):
    server = echo_server(name)
    refusing = refuse(server, name, "modify", range(1, 100), errno.ENOMEM)
    with BackgroundServer(server), connect(server.address) as first, connect(server.address) as other:
        first.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(first, selectors.EVENT_WRITE)
            while not refusing.calls and selector.select(10):  # it reads nothing: so the server must wait for room
                try:
                    first.send(b"x" * 1023 + b"\n")
                except BlockingIOError:
                    pass
                except ConnectionError:
                    break
        assert echoes(other)
        assert len(server.connections) == 1


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="needs epoll")
def test_a_change_that_the_selector_forgets_is_no_error_at_the_end(monkeypatch):
    class Forgetful(selectors.EpollSelector):
        def modify(self, fileobj, events, data=None):  # as BaseSelector does it, when its register fails
            self.unregister(fileobj)
            raise OSError(errno.ENOMEM, "no memory")

    server = EchoServer(Forgetful())
    with connect(server.address) as client:
        server.accept()
        (connection,) = server.connections
        server.update_events(connection, 3)
        assert not server.connections
        assert client.recv(1) == b""
    server.close()


def test_asyncio_closes_a_client_that_can_not_be_watched():
    server = echo_server("asyncio")
    register = server.selector.register

    def refuse_clients(fileobj, events, data=None):
        if data is not None and fileobj not in (server.listener.fileno(), *others):
            raise OSError(errno.ENOSPC, "no space")
        return register(fileobj, events, data)

    others = []
    with BackgroundServer(server) as running:
        others.append(running._stop.fileno())
        with connect(server.address) as client:
            assert echoes(client)
            server.selector.register = refuse_clients
            with connect(server.address) as second:
                assert not echoes(second)
            assert echoes(client)


# No more threads


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
def test_without_another_thread_one_client_is_closed_and_the_server_goes_on(error, monkeypatch, fast_retry):
    server = echo_server("threads")
    with BackgroundServer(server), connect(server.address) as first:
        assert echoes(first)

        def no_more(self):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_more)
            with connect(server.address) as second:
                assert not echoes(second)
            assert list(server.connections.values()) == [t for t in server.connections.values() if t.is_alive()]
        with connect(server.address) as third:
            assert echoes(third)
        assert echoes(first)


def test_closing_does_not_wait_for_a_thread_that_never_started():
    server = echo_server("threads")
    with socket.socket() as sock:
        server.connections[sock] = threading.Thread()
        server.close()


# A signal between accept and what follows


@pytest.fixture
def signal_after_accept(monkeypatch):
    """SIGTERM arrives when accept has returned, before its caller has the socket. The handlers are restored."""
    accept = socket.socket.accept

    def accept_and_signal(sock):
        accepted = accept(sock)
        signal.raise_signal(signal.SIGTERM)
        return accepted

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(socket.socket, "accept", accept_and_signal)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.skipif(sys.platform == "win32", reason="raises a signal in its own process")
@pytest.mark.parametrize("name", NAMES)
def test_a_signal_in_the_moment_of_an_accept_ends_the_server_at_once(name, signal_after_accept, capsys):
    server = echo_server(name)
    with connect(server.address) as client:
        rescue = threading.Timer(5, client.shutdown, [socket.SHUT_RDWR])  # else a failing test would take 300 seconds
        rescue.start()
        foreground.serve_until_signal(server, name)
        in_time = rescue.is_alive()
        rescue.cancel()
        rescue.join()
    assert in_time
    assert "listens on 127.0.0.1" in capsys.readouterr().out

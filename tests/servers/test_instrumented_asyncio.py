"""A watched loop notes what each turn found, and a protocol served by it starts, answers and stops like our servers."""

import asyncio
import contextlib
import socket

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.servers.instrumented_asyncio import AsyncioServer


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data.upper())


@pytest.fixture
def server():
    with BackgroundServer(AsyncioServer(Echo)) as background:
        assert wait_until(lambda: background.server.loop.watched() == 3, 5)  # its waker, stop, the listener
        assert wait_until(lambda: background.server.loop.queued() == 0, 5)
        yield background.server


def ask(server, data=b"hello"):
    with socket.create_connection(server.address, timeout=5) as client:
        client.sendall(data)
        return client.recv(100)


def test_a_protocol_is_served(server):
    assert ask(server) == b"HELLO"
    assert ask(server) == b"HELLO"


def test_a_client_is_a_descriptor_and_each_message_a_turn_with_one_event(server):
    loop = server.loop
    with socket.create_connection(server.address, timeout=5) as client:
        assert wait_until(lambda: loop.watched() == 4, 5)
        before = loop.turns[-1].number
        client.sendall(b"x")
        assert client.recv(1) == b"X"
        assert [turn.events for turn in loop.turns if turn.number > before] == [1]
        assert loop.turns[-1].ran == 1
    assert wait_until(lambda: loop.watched() == 3, 5)


def test_a_timer_stands_in_the_heap_until_it_is_due(server):
    loop, called = server.loop, []
    server.call(lambda: loop.call_later(100, called.append, "late"))
    server.call(lambda: loop.call_later(0.01, called.append, "due"))
    assert wait_until(lambda: called == ["due"], 5)
    assert [90 < seconds <= 100 for seconds in loop.timers()] == [True]
    assert sum(turn.due for turn in loop.turns) == 1


def test_a_cancelled_timer_is_not_counted(server):
    loop, handles = server.loop, []
    server.call(lambda: handles.extend([loop.call_later(100, int), loop.call_later(200, int)]))
    assert wait_until(lambda: len(loop.timers()) == 2, 5)
    server.call(handles[1].cancel)  # not the first: the loop drops that one itself
    assert wait_until(lambda: len(loop.timers()) == 1, 5)


def test_what_is_called_soon_runs_in_the_next_turn(server):
    loop = server.loop

    def five():
        for _ in range(5):
            loop.call_soon(int)

    server.call(five)
    assert wait_until(lambda: loop.turns[-1].soon == 5, 5)
    assert loop.turns[-1].ran == 5
    assert loop.turns[-2].soon == 1


def test_it_stops_with_clients_and_timers_and_leaves_nothing():
    with BackgroundServer(AsyncioServer(Echo)) as background:
        server = background.server
        clients = [socket.create_connection(server.address, timeout=5) for _ in range(3)]
        assert wait_until(lambda: server.loop.watched() == 6, 5)
        server.call(lambda: server.loop.call_later(100, int))
    assert server.loop.is_closed()
    for client in clients:
        with client, contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""  # a goodbye, or a reset: as good


def test_one_that_never_ran_can_be_closed():
    AsyncioServer(Echo).close()

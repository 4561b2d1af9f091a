"""An instrumented loop records its iterations; a protocol that it serves starts, answers and stops like a server."""

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
        assert wait_until(lambda: background.server.loop.descriptor_count() == 3, 5)  # its waker, stop, the listener
        assert wait_until(lambda: background.server.loop.ready_queue_length() == 0, 5)
        yield background.server


def echo(server, data=b"hello"):
    with socket.create_connection(server.address, timeout=5) as client:
        client.sendall(data)
        return client.recv(100)


def test_a_protocol_is_served(server):
    assert echo(server) == b"HELLO"
    assert echo(server) == b"HELLO"


def test_a_client_is_a_descriptor_and_each_message_an_iteration_with_one_event(server):
    loop = server.loop
    with socket.create_connection(server.address, timeout=5) as client:
        assert wait_until(lambda: loop.descriptor_count() == 4, 5)
        before = loop.iterations[-1].number
        client.sendall(b"x")
        assert client.recv(1) == b"X"
        assert [iteration.events for iteration in loop.iterations if iteration.number > before] == [1]
        assert loop.iterations[-1].callbacks_run == 1
    assert wait_until(lambda: loop.descriptor_count() == 3, 5)


def test_a_timer_stands_in_the_heap_until_it_is_due(server):
    loop, called = server.loop, []
    server.call_in_loop(lambda: loop.call_later(100, called.append, "late"))
    server.call_in_loop(lambda: loop.call_later(0.01, called.append, "due"))
    assert wait_until(lambda: called == ["due"], 5)
    assert [90 < seconds <= 100 for seconds in loop.timers()] == [True]
    assert sum(iteration.due_timers for iteration in loop.iterations) == 1


def test_a_cancelled_timer_is_not_counted(server):
    loop, handles = server.loop, []
    server.call_in_loop(lambda: handles.extend([loop.call_later(100, int), loop.call_later(200, int)]))
    assert wait_until(lambda: len(loop.timers()) == 2, 5)
    server.call_in_loop(handles[1].cancel)  # not the first: the loop drops that one itself
    assert wait_until(lambda: len(loop.timers()) == 1, 5)


def test_what_is_called_soon_runs_in_the_next_iteration(server):
    loop = server.loop

    def five():
        for _ in range(5):
            loop.call_soon(int)

    server.call_in_loop(five)
    assert wait_until(lambda: loop.iterations[-1].ready_callbacks == 5, 5)
    assert loop.iterations[-1].callbacks_run == 5
    assert loop.iterations[-2].ready_callbacks == 1


def test_it_stops_with_clients_and_timers_and_leaves_nothing():
    with BackgroundServer(AsyncioServer(Echo)) as background:
        server = background.server
        clients = [socket.create_connection(server.address, timeout=5) for _ in range(3)]
        assert wait_until(lambda: server.loop.descriptor_count() == 6, 5)
        server.call_in_loop(lambda: server.loop.call_later(100, int))
    assert server.loop.is_closed()
    for client in clients:
        with client, contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""  # an end of input or a reset


def test_one_that_never_ran_can_be_closed():
    AsyncioServer(Echo).close()

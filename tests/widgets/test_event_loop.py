"""The loop panel: its buttons give the loop what their labels say, and its tables show the result."""

import asyncio
import contextlib
import re
import socket

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.servers.instrumented_asyncio import AsyncioServer
from readiness.widgets import LoopPanel
from tests.widgets.helpers import cells, html, press, shows


class Sink(asyncio.Protocol):
    def data_received(self, data):
        pass


@pytest.fixture
def server():
    with BackgroundServer(AsyncioServer(Sink)) as background:
        yield background.server


@pytest.fixture
def panel(server):
    with contextlib.closing(LoopPanel(server)) as shown:
        yield shown


def state(panel):
    """The three values of the table of the loop's state."""
    return [value for _name, value in cells(panel)[:3]]


def test_the_tables_follow_the_loop(server, panel):
    assert wait_until(lambda: ", 3 descriptors" in state(panel)[0], 5)
    press(panel, "Connect a client")
    assert wait_until(lambda: ", 4 descriptors" in state(panel)[0], 5)
    press(panel, "Timer in 3 seconds")
    assert wait_until(lambda: re.match(r"1, the first in [0-3]\.\d s", state(panel)[1]), 5)
    press(panel, "Call five soon")
    assert wait_until(lambda: any("5" in row for row in cells(panel)), 5)
    before = len(server.loop.iterations)
    press(panel, "Say hello")
    assert wait_until(lambda: len(server.loop.iterations) > before, 5)
    press(panel, "Disconnect all")
    assert wait_until(lambda: ", 3 descriptors" in state(panel)[0], 5)
    press(panel, "Say hello")
    assert "connect one first" in panel.alert_text
    assert shows(panel, "Callbacks that turn")


def test_the_turns_since_the_last_press_are_marked(server, panel):
    assert wait_until(lambda: server.loop.iterations, 5)
    assert not any(row[0].startswith("▸") for row in cells(panel)[4:])
    panel.stop_refreshing()
    before = server.loop.iterations[-1].number
    press(panel, "Call five soon")
    assert wait_until(lambda: len(server.loop.iterations) >= before + 2, 5)
    panel.refresh()
    turns = [row[0] for row in cells(panel)[4:]]
    assert turns[:3] == [f"▸ {before + 2}", f"▸ {before + 1}", str(before)]
    assert html(panel).count("font-weight: bold") > 10, "five cells of each marked turn are bold"


def test_a_loop_that_has_ended_is_shown_as_a_sentence(server, panel):
    server.call_in_loop(server.loop.stop)
    assert wait_until(lambda: not server.loop.is_running(), 5)
    assert shows(panel, "has ended")


def test_a_refused_connection_is_shown_in_the_panel(server, panel):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        server.address = gone.getsockname()
    press(panel, "Connect a client")
    assert "ConnectionRefusedError" in panel.alert_text

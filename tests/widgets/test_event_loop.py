"""The loop panel: its buttons give the loop what their labels say, and its tables show the result."""

import asyncio
import re
import socket

import ipywidgets as widgets
import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.servers.instrumented_asyncio import AsyncioServer
from readiness.widgets import LoopPanel


class Sink(asyncio.Protocol):
    def data_received(self, data):
        pass


@pytest.fixture
def panel():
    with BackgroundServer(AsyncioServer(Sink)) as background:
        shown = LoopPanel(background.server)
        yield shown
        shown.close()


def press(panel, name):
    bar = panel.widget.children[0]
    next(b for b in bar.children if isinstance(b, widgets.Button) and b.description == name).click()


def cells(panel):
    return re.findall(r"<td[^>]*>([^<]*)</td>", panel._view.value)


def test_the_tables_follow_the_loop(panel):
    assert wait_until(lambda: ", 3 descriptors" in cells(panel)[0], 5)
    press(panel, "Connect a client")
    assert wait_until(lambda: ", 4 descriptors" in cells(panel)[0], 5)
    press(panel, "Timer in 3 seconds")
    assert wait_until(lambda: re.match(r"1, the first in [0-3]\.\d s", cells(panel)[1]), 5)
    press(panel, "Call five soon")
    assert wait_until(lambda: "5" in cells(panel), 5)
    before = len(panel._server.loop.iterations)
    press(panel, "Say hello")
    assert wait_until(lambda: len(panel._server.loop.iterations) > before, 5)
    press(panel, "Disconnect all")
    assert wait_until(lambda: ", 3 descriptors" in cells(panel)[0], 5)
    press(panel, "Say hello")
    assert "connect one first" in panel._alert.widget.value
    assert wait_until(lambda: "Callbacks run in turn" in panel._status.widget.value, 5)


def test_a_loop_that_has_ended_is_shown_as_a_sentence(panel):
    panel._server.call_in_loop(panel._server.loop.stop)
    assert wait_until(lambda: not panel._server.loop.is_running(), 5)
    assert wait_until(lambda: "has ended" in panel._status.widget.value, 5)


def test_a_refused_connection_is_shown_in_the_panel(panel):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        panel._server.address = gone.getsockname()
    press(panel, "Connect a client")
    assert "ConnectionRefusedError" in panel._alert.widget.value

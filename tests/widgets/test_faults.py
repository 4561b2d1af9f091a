"""The fault panel: its buttons start fault scenarios, and it shows the state of the server and of each client."""

import re

import ipywidgets as widgets
import pytest

from readiness.base.background import wait_until
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import FaultPanel, base
from tests.clients.test_fault_harness import Naive


@pytest.fixture
def panel():
    shown = FaultPanel(Naive, EchoServer)
    yield shown
    base.close_panel("faults")


def buttons(widget):
    if isinstance(widget, widgets.Button):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from buttons(child)


def press(panel, name):
    next(button for button in buttons(panel.widget) if button.description == name).click()


def shows(line, text):
    return wait_until(lambda: text in line.widget.value, 10)


def cells(panel):
    return re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", panel._view.value)


def test_a_freeze_is_shown_and_ends_when_everyone_leaves(panel):
    assert shows(panel._status, "The server serves. Bystander: has its answers.")
    press(panel, "Slow reader")
    assert shows(panel._alert, "No client gets an answer")
    assert shows(panel._status, "The server answers no client. Slow reader: reads nothing")
    assert "answers no client" in cells(panel)
    press(panel, "Everyone leaves")
    assert shows(panel._status, "The server serves. Bystander: has its answers.")
    assert "No client" not in panel._alert.widget.value


def test_a_crash_is_shown_with_its_line_and_the_server_starts_again(panel):
    press(panel, "Out of descriptors")
    assert shows(panel._alert, "Too many open files")
    assert "(accept, line" in panel._alert.widget.value
    assert shows(panel._status, "The server has ended.")
    press(panel, "Start again")
    assert shows(panel._status, "The server serves.")
    assert panel._alert.widget.value == ""


def test_the_switch_runs_the_other_server_and_it_holds(panel):
    switch = next(w for w in panel.widget.children if isinstance(w, widgets.ToggleButtons))
    switch.value = EchoServer
    press(panel, "Slow reader")
    press(panel, "Out of descriptors")
    assert shows(panel._status, "and a new one was served")
    assert cells(panel)[4] == "serves"


def test_the_number_of_scenarios_is_limited(panel):
    for _n in range(8):
        press(panel, "Reset")
    assert panel._alert.widget.value == ""
    press(panel, "Reset")
    assert "At most 8 visitors at a time" in panel._alert.widget.value


def test_a_panel_that_was_replaced_shows_it(panel):
    other = FaultPanel(EchoServer)
    assert shows(panel._status, "run its cell again")
    press(panel, "Reset")
    assert "run its cell again" in panel._alert.widget.value
    assert panel._status.widget.value == ""
    press(other, "Reset")
    assert shows(other._status, "has left with a reset")


def test_without_fork_it_shows_a_sentence(monkeypatch):
    monkeypatch.delattr("os.fork")
    panel = FaultPanel(EchoServer)
    assert "can&#x27;t fork" in panel._alert.widget.value
    press(panel, "Reset")
    assert "No server runs" in panel._alert.widget.value
    base.close_panel("faults")

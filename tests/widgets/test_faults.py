"""The break panel: its buttons start fault scenarios, and it shows the state of the server and of each client."""

import re

import ipywidgets as widgets
import pytest

from readiness.base.background import wait_until
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import BreakPanel, base
from tests.clients.test_fault_harness import Naive


@pytest.fixture
def shown():
    panel = BreakPanel(Naive, EchoServer)
    yield panel
    base.replace("breaking", None)


def buttons(widget):
    if isinstance(widget, widgets.Button):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from buttons(child)


def press(panel, name):
    next(button for button in buttons(panel.widget) if button.description == name).click()


def says(line, words):
    return wait_until(lambda: words in line.widget.value, 10)


def cells(panel):
    return re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", panel._view.value)


def test_a_freeze_is_said_and_ends_when_everyone_leaves(shown):
    assert says(shown._status, "The server serves. Bystander: has its answers.")
    press(shown, "Slow reader")
    assert says(shown._alert, "Nobody has an answer")
    assert says(shown._status, "The server answers nobody. Slow reader: reads nothing")
    assert "answers nobody" in cells(shown)
    press(shown, "Everyone leaves")
    assert says(shown._status, "The server serves. Bystander: has its answers.")
    assert "Nobody" not in shown._alert.widget.value


def test_a_death_is_said_with_its_line_and_it_starts_again(shown):
    press(shown, "Out of descriptors")
    assert says(shown._alert, "Too many open files")
    assert "(accept, line" in shown._alert.widget.value
    assert says(shown._status, "The server has ended.")
    press(shown, "Start again")
    assert says(shown._status, "The server serves.")
    assert shown._alert.widget.value == ""


def test_the_switch_runs_the_other_server_and_it_holds(shown):
    switch = next(w for w in shown.widget.children if isinstance(w, widgets.ToggleButtons))
    switch.value = EchoServer
    press(shown, "Slow reader")
    press(shown, "Out of descriptors")
    assert says(shown._status, "and a new one was served")
    assert cells(shown)[4] == "serves"


def test_there_is_an_end_to_visitors(shown):
    for _n in range(8):
        press(shown, "Reset")
    assert shown._alert.widget.value == ""
    press(shown, "Reset")
    assert "8 visitors are the most" in shown._alert.widget.value


def test_a_panel_that_was_replaced_says_so(shown):
    other = BreakPanel(EchoServer)
    assert says(shown._status, "run its cell again")
    press(shown, "Reset")
    assert "run its cell again" in shown._alert.widget.value
    assert shown._status.widget.value == ""
    press(other, "Reset")
    assert says(other._status, "has left with a reset")


def test_without_fork_it_says_so_in_words(monkeypatch):
    monkeypatch.delattr("os.fork")
    panel = BreakPanel(EchoServer)
    assert "can&#x27;t fork" in panel._alert.widget.value
    press(panel, "Reset")
    assert "No server runs" in panel._alert.widget.value
    base.replace("breaking", None)

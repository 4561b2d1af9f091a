"""The fault panel: its buttons start fault scenarios, and it shows the state of the server and of each client."""

import re

import pytest

from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import FaultPanel
from readiness.widgets.panel import close_panel
from tests.clients.test_fault_harness import Naive
from tests.widgets.helpers import buttons, cells, control, html, press, shows, warns


@pytest.fixture
def panel():
    shown = FaultPanel(Naive, EchoServer)
    yield shown
    close_panel("faults")


def test_a_freeze_is_shown_and_ends_when_everyone_leaves(panel):
    assert shows(panel, "The server serves. Bystander: gets answers.")
    press(panel, "Slow reader")
    assert warns(panel, "No client gets an answer")
    assert shows(panel, "The server answers no client. Slow reader: reads nothing")
    assert cells(panel)[1][0] == "answers no client"
    press(panel, "Disconnect all")
    assert shows(panel, "The server serves. Bystander: gets answers.")
    assert "No client" not in panel.alert_text


@pytest.mark.parametrize(
    ("name", "end"), [("Slow reader", "and waits"), ("Half-close", "came back"), ("Firehose", "in a second")]
)
def test_what_a_client_does_repeats_no_number_that_stands_beside_it(panel, name, end):
    press(panel, name)
    assert shows(panel, end)
    client, sent, *_counts, what = cells(panel)[-1]
    assert (client, sent != "0") == (name, True)
    assert not re.search(r"\d", what)


def test_a_crash_is_shown_with_its_line_and_the_server_starts_again(panel):
    press(panel, "Out of descriptors")
    assert warns(panel, "Too many open files")
    assert "(accept, line" in panel.alert_text
    assert shows(panel, "The server has ended.")
    press(panel, "Start again")
    assert shows(panel, "The server serves.")
    assert panel.alert_text == ""


def test_the_switch_runs_the_other_server_and_it_holds(panel):
    control(panel, "Server").value = EchoServer
    press(panel, "Slow reader")
    press(panel, "Out of descriptors")
    assert shows(panel, "and a new one was served")
    assert cells(panel)[1][0] == "serves"


def test_after_a_switch_the_clients_of_the_server_before_stay_for_a_comparison(panel):
    control(panel, "Server").value = EchoServer
    press(panel, "Half-close")
    assert shows(panel, "came back")
    before = cells(panel)[-1]
    control(panel, "Server").value = Naive
    assert shows(panel, "Bystander: gets answers.")
    assert "Before, with EchoServer" in html(panel)
    assert cells(panel)[-1] == before
    control(panel, "Server").value = EchoServer  # no client of Naive is left to compare with
    assert shows(panel, "Bystander: gets answers.")
    assert "Before, with" not in html(panel)


def test_the_number_of_scenarios_is_limited(panel):
    for _n in range(8):
        press(panel, "Reset")
    assert panel.alert_text == ""
    press(panel, "Reset")
    assert "At most 8 of these clients at a time" in panel.alert_text


def test_a_panel_that_was_replaced_shows_it(panel):
    reset = buttons(panel)["Reset"]
    other = FaultPanel(EchoServer)
    assert shows(panel, "run its cell again")
    reset.click()
    assert "run its cell again" in panel.alert_text
    press(other, "Reset")
    assert shows(other, "has left with a reset")


def test_why_no_server_runs_is_shown_whatever_is_pressed(monkeypatch):
    with monkeypatch.context() as without_fork:
        without_fork.delattr("os.fork")
        panel = FaultPanel(EchoServer)
        for name in (None, "Reset", "Disconnect all", "Start again", "Disconnect all"):
            press(panel, *filter(None, [name]))
            assert "can't fork" in panel.alert_text, name
    press(panel, "Start again")
    assert panel.alert_text == ""
    close_panel("faults")

"""The trigger panel does in the kernel what its buttons say, and shows it in a sentence and in a table."""

import select

import pytest

from readiness.system import trigger_modes
from readiness.widgets import TriggerPanel
from readiness.widgets.panel import close_panel
from tests.widgets.helpers import buttons, cells, control, html, press, saved_forms

EPOLL = pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")


@pytest.fixture
def panel():
    panel = TriggerPanel()
    yield panel
    close_panel("triggers")


def shown(panel):
    """The rows of the table, without the headers."""
    return cells(panel)[1:]


@EPOLL
def test_each_button_is_a_step_in_the_table_and_in_the_status(panel):
    assert [row[1] for row in shown(panel)] == ["write 3", "wait", "wait"]
    press(panel, "Wait")
    assert panel.status_text == "Step 4, wait. Level-triggered: event. Edge-triggered: nothing. Bytes unread: 3."
    press(panel, "Read 1")
    assert panel.status_text == "Step 5, read 1. Bytes unread: 2."
    press(panel, "Write 3 bytes")
    press(panel, "Modify")
    press(panel, "Read all")
    press(panel, "Wait")
    assert shown(panel)[2:] == [
        ["3", "wait", "3", "event", "nothing"],
        ["4", "wait", "3", "event", "nothing"],
        ["5", "read 1", "2", "", ""],
        ["6", "write 3", "5", "", ""],
        ["7", "modify", "5", "", ""],
        ["8", "read all", "0", "", ""],
        ["9", "wait", "0", "nothing", "nothing"],
    ]


@EPOLL
def test_the_table_shows_the_last_steps_by_their_numbers(panel):
    assert "Steps 1 to 3, " in html(panel)
    for _ in range(20):
        press(panel, "Wait")
    assert [row[0] for row in shown(panel)] == [str(n) for n in range(9, 24)]
    assert "Steps 9 to 23, " in html(panel)
    assert panel.picture() is not None


@EPOLL
def test_another_descriptor_and_start_again_begin_with_nothing(panel):
    control(panel, "Descriptor").value = "pipe"
    assert shown(panel) == []
    assert "new pipe" in panel.status_text
    press(panel, "Wait")
    assert shown(panel) == [["1", "wait", "0", "nothing", "nothing"]]
    press(panel, "Start again")
    assert panel.history == []


@EPOLL
def test_an_error_is_shown_and_the_history_stays(panel, monkeypatch):
    monkeypatch.setattr(trigger_modes.LevelEdgePair, "write", None)
    press(panel, "Write 3 bytes")
    assert "TypeError" in panel.alert_text
    assert len(shown(panel)) == 3
    press(panel, "Wait")
    assert "Step 4" in panel.status_text


@EPOLL
def test_run_again_it_replaces_the_old_one(panel):
    wait = buttons(panel)["Wait"]
    TriggerPanel()
    assert panel.history == []
    wait.click()
    assert panel.history == []
    assert "run its cell again" in panel.alert_text


@EPOLL
def test_what_stays_in_a_saved_notebook_is_the_history(panel):
    saved = saved_forms(panel)
    assert saved["text/plain"].split()[-4:] == ["wait", "3", "event", "nothing"]
    assert saved["image/png"].startswith(b"\x89PNG")


def test_without_epoll_it_shows_one_line(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    panel = TriggerPanel()
    press(panel, "Wait")
    assert "no epoll" in panel.alert_text
    saved = saved_forms(panel)
    assert saved["text/plain"] == panel.alert_text
    assert "image/png" not in saved
    close_panel("triggers")


@EPOLL
def test_the_title_of_its_picture_says_what_the_last_wait_shows(panel):
    assert panel.picture().alt.startswith("Only the level-triggered epoll reports the old bytes again.")
    press(panel, "Write 3 bytes", "Wait")
    assert panel.picture().alt.startswith("Both epolls return an event.")
    press(panel, "Read all", "Wait")
    assert panel.picture().alt.startswith("No epoll returns an event.")

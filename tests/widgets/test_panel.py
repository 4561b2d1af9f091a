"""A panel shows errors, is replaced by a panel of the same name, and keeps nothing open after its end."""

import asyncio
import contextlib
import threading
from types import SimpleNamespace

import ipywidgets as widgets
import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.widgets import close_all, motion
from readiness.widgets.panel import SETTLE_ENV, SETTLED_KEY, Panel, close_panel, closed_on_error
from readiness.widgets.status_line import format_error, message_html
from tests.widgets.helpers import buttons, control, html, models, parts, press, saved_forms


class Counter(Panel):
    """A panel that counts up by a button, and fails on request."""

    def __init__(self, name=None, **settings):
        super().__init__(name, **settings)
        self.count = self.released = 0
        self.error = self.problem = None
        self.widget = widgets.VBox([self._button("Up", self.up), self._alert.widget, self._status.widget])

    def up(self):
        if self.count == 3:
            raise UserError("Three is the most.")
        self.count += 1

    def _show(self):
        if self.error:
            raise self.error
        self._status.update(str(self.count))
        if self.problem:
            self._problem = self.problem

    def _release(self):
        self.released += 1

    def __repr__(self):
        return f"count {self.count}"


class OwnEnd(BaseException):
    """An exception of a learner, whose text can't be read."""

    def __str__(self):
        raise KeyError("no text")


ENDS = [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), OwnEnd()]


@pytest.fixture
def panel():
    with contextlib.closing(Counter("counter")) as shown:
        yield shown
    close_panel("counter")


def test_a_button_shows_the_state_that_it_leads_to(panel):
    press(panel, "Up")
    assert (panel.status_text, panel.alert_text) == ("1", "")
    assert message_html("1", "status") in html(panel)


def test_an_error_of_a_callback_stays_until_the_next_callback(panel):
    press(panel, "Up", "Up", "Up", "Up")
    assert panel.alert_text == "Three is the most."
    assert message_html("Three is the most.", "alert") in html(panel)
    panel.refresh()
    assert panel.alert_text == "Three is the most."
    panel.call_safely(lambda: None)
    assert panel.alert_text == ""


def test_an_error_of_a_refresh_is_shown_until_the_next_refresh(panel):
    panel.error = OSError("no answer")
    panel.refresh()
    assert panel.alert_text == "OSError: no answer"
    panel.error = None
    panel.refresh()
    assert panel.alert_text == ""


def test_a_problem_of_the_present_state_is_shown_while_it_lasts(panel):
    panel.problem = "The server has ended."
    press(panel, "Up")
    assert panel.alert_text == "The server has ended."
    panel.count = 3
    press(panel, "Up")
    assert panel.alert_text == "Three is the most."
    panel.problem = None
    panel.call_safely(lambda: None)
    assert panel.alert_text == ""


def test_a_panel_is_refreshed_until_it_is_told_to_stop(panel):
    panel.start_refreshing()
    assert wait_until(lambda: panel.status_text == "0", 10)
    panel.start_refreshing()  # the thread before is ended
    panel.stop_refreshing()
    panel.stop_refreshing()
    assert not [thread for thread in threading.enumerate() if thread.name == "readiness-periodic"]


def test_callbacks_and_refreshes_take_turns(panel):
    inside, results = threading.Event(), []

    def callback():
        panel.start_refreshing()
        inside.set()
        results.append(wait_until(lambda: panel.status_text == "0", 0.1))

    panel.call_safely(callback)
    assert results == [False]
    panel.stop_refreshing()


def test_a_closed_panel_refuses_its_buttons_and_is_closed_once(panel):
    panel.start_refreshing()
    up = buttons(panel)["Up"]
    panel.close()
    panel.close()
    assert panel.released == 1
    up.click()  # the browser may have sent it before
    assert panel.count == 0
    assert panel.status_text == panel.alert_text == "This panel is closed: run its cell again."


def test_a_panel_replaces_the_open_panel_of_its_name(panel):
    other = Counter("other")
    again = Counter("counter")
    assert (panel.released, other.released, again.released) == (1, 0, 0)
    close_all()
    assert (panel.released, other.released, again.released) == (1, 1, 1)


def test_a_panel_without_a_name_is_never_closed():
    panel = Counter()
    close_all()
    assert panel.released == 0


def test_a_saved_panel_is_a_text_and_the_live_widget(panel):
    bundle = saved_forms(panel)
    assert bundle["text/plain"] == "count 0"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "image/png" not in bundle


def test_a_panel_that_was_made_before_a_long_run_shows_what_is_true_after_it():
    with contextlib.closing(Counter(status_interval=3600)) as rare:
        rare.refresh()
        rare.count = 146
        rare.refresh()
        assert rare.status_text == "0"
        saved_forms(rare)
        assert rare.status_text == "146"


def test_a_panel_settles_only_for_its_picture_in_a_frozen_notebook(panel, monkeypatch):
    monkeypatch.setattr(panel, "settle", panel.up)
    assert saved_forms(panel)["text/plain"] == "count 0"
    monkeypatch.setenv(SETTLE_ENV, "1")
    bundle, metadata = panel._repr_mimebundle_()
    assert bundle["text/plain"] == "count 1"
    assert 0 <= metadata[SETTLED_KEY] < 5
    panel.close()
    assert saved_forms(panel)["text/plain"] == "count 1"  # a closed panel can't be used


@pytest.fixture
def chart(panel):
    """The counter with a chart, which is here the list of the counts that it has drawn."""
    drawn = []

    def show():
        if not panel.held:
            drawn.append(panel.count)

    panel._show = show
    panel.widget.children = (*panel.widget.children, panel._hold_button())
    panel.refresh()
    drawn.clear()
    return drawn


def test_a_panel_holds_its_charts_until_they_may_go_on(panel, chart):
    press(panel, "Hold the charts, or let them go on")
    panel.refresh()
    press(panel, "Up")
    assert chart == []
    assert control(panel, "Go on").tooltip == "Hold the charts, or let them go on"
    press(panel, "Hold the charts, or let them go on")
    assert chart == [1]
    assert control(panel, "Hold")


def test_with_little_motion_a_chart_changes_rarely_and_after_each_press(panel, chart, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(motion, "time", SimpleNamespace(monotonic=lambda: now[0]))
    [calm] = [part for part in parts(panel.widget, widgets.Button) if "readiness-calm" in part._dom_classes]
    assert calm.layout.display == "none"
    calm.click()
    chart.clear()
    for _tenth in range(50):
        now[0] += 0.1
        panel.refresh()
    assert len(chart) == 2
    chart.clear()
    press(panel, "Up", "Up")
    assert chart == [1, 2]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_no_exception_of_a_callback_or_a_refresh_leaves_the_panel(panel, end):
    def callback():
        raise end

    panel.call_safely(callback)
    assert panel.alert_text.startswith(type(end).__name__)
    panel.call_safely(lambda: None)
    panel.error = end
    for refresh in (lambda: panel.call_safely(lambda: None), lambda: panel.refresh(BaseException)):  # button, thread
        refresh()
        assert panel.alert_text.startswith(type(end).__name__)
        panel._alert.update("")


def test_the_text_of_an_exception_is_shown_if_it_can_be_and_not_without_end():
    assert format_error(SystemExit(1)) == "SystemExit: 1"
    assert format_error(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert format_error(OwnEnd()) == "OwnEnd: its text can't be shown (KeyError)"
    assert len(format_error(ValueError("x" * 10_000))) < 600


def test_closed_panels_keep_no_widgets_but_the_line_of_the_last_one(panel):
    close_panel("counter")
    before = models()
    Counter("counter")
    one = len(models())
    for _n in range(10):
        last = Counter("counter")
    assert len(models()) == one
    close_panel("counter")
    assert len(models() - before) == 5  # a box and a line, each with its layout, and the style of the line
    assert "run its cell again" in html(last)


def test_a_closed_panel_can_still_be_displayed(panel):
    Counter("counter").close()
    Counter("counter")
    Counter("counter")
    assert saved_forms(panel) == {"text/plain": "count 0"}


def test_an_exception_in_its_making_closes_a_panel(panel):
    closed = []

    class Half(Counter):
        @closed_on_error
        def __init__(self):
            super().__init__("half")
            self.start_refreshing()
            raise KeyboardInterrupt

        def _release(self):
            closed.append(1)

    with pytest.raises(KeyboardInterrupt):
        Half()
    assert closed == [1]


def test_a_close_that_is_interrupted_can_be_done_again(panel, monkeypatch):
    monkeypatch.setattr(panel, "_release", lambda: exec("raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        close_panel("counter")
    monkeypatch.undo()
    close_panel("counter")
    assert panel.released == 1

"""The panels do in the kernel what their widgets say, show every fault in words, and leave nothing behind."""

import contextlib
import gc
import json
import re
import socket
import subprocess
import sys
import threading
import tracemalloc

import ipywidgets as widgets
import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.experiments import wait_cost
from readiness.experiments.meter import Sample
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import BACKENDS, ClientRow, EchoPanel, Prediction, SharePanel, Stepper, SweepPanel, stepper
from readiness.widgets.base import LatestTaskThread, PeriodicThread, StatusLine
from readiness.widgets.number_control import NumberControl
from readiness.widgets.wait_history import WaitHistory


@pytest.fixture
def panel():
    shown = EchoPanel(EchoServer, name="test", line_end=b"\n")
    yield shown
    shown.close()


def buttons(widget):
    """Every button in a widget by its tooltip, or its name."""
    found = {}
    for child in getattr(widget, "children", ()):
        found |= buttons(child)
    if isinstance(widget, widgets.Button):
        found[widget.tooltip or widget.description] = widget
    return found


def text_of(row):
    return row._status.value


def enter(row):
    """The Enter key in the row's text box."""
    content = {"data": {"method": "custom", "content": {"event": "submit"}}}
    row._text_box._handle_msg({"content": content, "buffers": []})


def press(panel, name):
    buttons(panel.widget)[name].click()


def test_two_clients_talk_by_button_and_by_enter(panel):
    press(panel, "Client 1: Connect")
    assert "connected" in text_of(panel.client_rows[0])
    panel.client_rows[0]._text_box.value = "größe"
    press(panel, "Client 1: Send")
    assert wait_until(lambda: re.search("GRÖSSE_SB|GRößE_SB", text_of(panel.client_rows[0])), 5)
    enter(panel.client_rows[1])
    assert wait_until(lambda: "HELLO_SB" in text_of(panel.client_rows[1]), 5)
    enter(panel.client_rows[1])
    panel.client_rows[1]._text_box.value = "again"
    assert wait_until(lambda: "AGAIN_SB" in text_of(panel.client_rows[1]), 5)
    panel.client_rows[1]._text_box.value = "left, not entered"
    panel.client_rows[1].client.poll(0.3)
    assert "AGAIN_SB" in text_of(panel.client_rows[1])


def test_a_row_shows_what_went_wrong_and_what_became_of_it(panel):
    press(panel, "Client 1: Reset")
    assert "connect first" in text_of(panel.client_rows[0])
    press(panel, "Client 1: Connect")
    assert "connect first" not in text_of(panel.client_rows[0])
    press(panel, "Client 1: Reset")
    assert "reset by us" in text_of(panel.client_rows[0])
    press(panel, "Client 1: Connect")
    press(panel, "Client 1: Disconnect")
    assert "not connected" in text_of(panel.client_rows[0])


def test_what_a_server_sends_is_text_and_not_markup(panel):
    panel.client_rows[0]._text_box.value = "<img src=x>"
    press(panel, "Client 1: Send")
    assert wait_until(lambda: "&lt;IMG SRC=X&gt;_SB" in text_of(panel.client_rows[0]), 5)


def test_bytes_that_are_no_text_are_shown_as_bytes(panel):
    row = panel.client_rows[0]
    row.reply = "中".encode()[:2] + b"_SB"
    row._show()
    assert r"\xe4\xb8_SB" in text_of(row)


def test_one_more_client(panel):
    press(panel, "One more client")
    press(panel, "Client 3: Send")
    assert wait_until(lambda: "HELLO_SB" in text_of(panel.client_rows[2]), 5)


def test_pressed_buttons_keep_the_focus(panel):
    for button in buttons(panel.widget).values():
        button.click()
        assert not button.disabled


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_switch_reconnects_every_client(panel, backend):
    press(panel, "Client 2: Connect")
    panel._backend_switch.value = backend
    assert type(panel.meter and panel.background.server.selector.selector) is BACKENDS[backend]
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: len(panel.background.server.connections) == 10 + 3 + 1, 10)
    assert panel.client_rows[1].client.connected
    assert panel.median_wait_us(3) > 0
    assert panel.wait_for_samples(10)
    assert wait_until(lambda: backend in panel.status_text, 10)
    assert panel.history.scatter(backend)[0]


def test_the_sliders_resize_the_swarm(panel):
    panel._idle.value = 100
    panel._active.value = 1
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: len(panel.background.server.connections) == 101, 10)
    assert panel.set_load(idle=33)
    assert panel._idle.value == 33


def test_a_server_that_fails_is_shown_and_starts_again(panel):
    def broken():
        raise SystemError("a typo in the handler")

    panel.background.server.accept = broken
    press(panel, "Client 1: Connect")
    assert wait_until(lambda: "a typo in the handler" in panel._alert.widget.value, 10)
    assert 'role="alert"' in panel._alert.widget.value
    panel._idle.value = 20
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: not panel._alert.widget.value, 10)


@pytest.mark.skipif("epoll" not in BACKENDS, reason="needs a backend beside select")
def test_select_ends_at_its_fd_set_with_a_sentence(panel):
    panel.select_backend("select")
    panel.set_load(idle=1500, timeout=10)
    assert wait_until(lambda: "below 1024" in panel._alert.widget.value, 10)
    assert not panel.wait_for_samples(1)
    assert panel.set_load(idle=100)  # it starts again, on numbers that are free now
    assert panel.wait_for_samples(3)
    panel.select_backend("epoll")
    assert panel.set_load(idle=1500)
    assert panel.wait_for_samples(3)
    assert wait_until(lambda: not panel._alert.widget.value, 10)


def test_an_unsupported_backend_is_refused_in_a_sentence(panel):
    with pytest.raises(UserError, match="devpoll"):
        panel.select_backend("devpoll")


def test_running_its_cell_again_replaces_it(panel):
    again = EchoPanel(EchoServer, name="test", line_end=b"\n")
    assert not panel.background.running
    assert not panel.swarm._worker.alive
    assert again.background.running
    again.close()


def test_its_saved_form_is_a_picture_and_a_fixed_text(panel):
    bundle = panel._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(panel)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_it_is_never_empty_when_it_is_first_seen(panel):
    assert any(panel.history.scatter(name)[0] for name in BACKENDS)
    assert wait_until(lambda: panel._view.value.count("<svg") == 2, 10)


def test_500_frames_leave_the_memory_flat(panel):
    panel._refresh_thread.stop()

    def frames(n):
        for _ in range(n):
            panel._refresh()
        gc.collect()

    frames(200)
    tracemalloc.start()
    frames(100)
    before = tracemalloc.get_traced_memory()[0]
    frames(500)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 5 * len(panel._view.value)  # 500 frames kept would be 500


def test_a_wait_history_is_bounded():
    history = WaitHistory()
    for n in range(20_000):
        history.add("poll", [Sample(0, 1 + n % 9000, 1, 1e-6, 0, 1, 0)])
    assert len(history.scatter("poll")[0]) < 500
    assert len(history.timeline) < 100


def test_a_prediction_is_locked_once_it_is_revealed(capsys):
    guess = Prediction("Which?", ["this", "that"])
    guess.choice = "that"
    guess.reveal("this")
    assert guess.locked
    guess.choice = "this"
    assert guess.choice == "that"
    assert capsys.readouterr().out == "You predicted: that. Measured: this.\n"
    assert "Which?" in repr(guess)
    assert guess._repr_mimebundle_()["text/plain"] == repr(guess)


def test_no_prediction_is_fine_too(capsys):
    Prediction("Which?", ["this", "that"]).reveal("this")
    assert "nothing, this time" in capsys.readouterr().out


def test_the_sweep_draws_each_point(monkeypatch):
    points = wait_cost.recorded_points("standard")
    monkeypatch.setattr(wait_cost, "measure", lambda name: iter(points))
    panel = SweepPanel()
    assert panel.run() == points
    assert panel._chart.view.value.count("<use href") >= len(points)
    assert panel.run() == points


def test_the_share_panel_measures_where_the_slider_stands():
    panel = SharePanel()
    seen = {round(100 * p.ready / p.n) for p in panel._chart.points}
    panel._percent.value = 35
    assert wait_until(lambda: any(p.ready == 350 for p in panel._chart.points), 10)
    assert len(seen) == 3
    assert wait_until(lambda: "35 % ready" in panel._chart.status.widget.value, 10)
    panel._kind.value = "pipe"
    assert wait_until(lambda: {p.kind for p in panel._chart.points} == {"pipe"}, 10)
    panel.close()


def test_the_share_panel_shows_recorded_points_elsewhere(monkeypatch):
    monkeypatch.setattr(wait_cost, "can_measure", lambda name: False)
    panel = SharePanel()
    ready = {p.ready for p in wait_cost.recorded_points("shares")}
    assert {p.ready for p in panel._chart.points} <= ready
    panel.close()


def test_a_status_line_changes_rarely_and_always_shows_a_final_text():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.update("two")
    assert "one" in line.widget.value
    line.update("three & <more>", final=True)
    assert "three &amp; &lt;more&gt;" in line.widget.value


def test_a_periodic_thread_goes_on_after_an_error():
    calls, errors = [], []

    def fail():
        calls.append(1)
        raise ValueError("each time")

    thread = PeriodicThread(fail, errors.append, rate=100)
    assert wait_until(lambda: len(errors) >= 3, 10)
    thread.stop()
    assert len(calls) == len(errors)


def test_a_latest_task_thread_runs_the_last_task_and_reports_errors():
    gate, done, errors = threading.Event(), [], []
    thread = LatestTaskThread(errors.append)
    thread.submit(gate.wait)
    wait_until(lambda: thread._pending is None, 5)
    for n in range(5):
        thread.submit(lambda n=n: done.append(n))
    gate.set()
    assert wait_until(lambda: done, 5)
    assert done == [4]
    thread.submit(lambda: 1 / 0)
    assert wait_until(lambda: errors, 5)
    thread.stop()


def test_a_row_alone_needs_no_panel():
    with BackgroundServer(EchoServer()) as running:
        row = ClientRow(1, lambda: running.server.address, threading.RLock(), b"\n")
        row.send()
        assert wait_until(lambda: (row.refresh(), row.reply)[1] == b"HELLO_SB\n", 5)
        row.close()


SPINNING_CELL = """
import time
from readiness import widgets
from readiness.servers.echo.selectors_server import EchoServer
from readiness.graphics.stories import Step
stage = panels.EchoPanel(EchoServer)
ticks, tick = [], stage._ticker._tick
stage._ticker._tick = lambda: (ticks.append(1), tick())
end = time.monotonic() + 3
while time.monotonic() < end:
    pass
print("refreshes", len(refreshes))
"""


def test_when_the_kernel_ends_an_open_panel_ends_without_output():
    program = (
        "from readiness import widgets; from readiness.servers.echo.selectors_server import EchoServer\n"
        "print(widgets.EchoPanel(EchoServer).background.running, widgets.SharePanel().DESCRIPTORS)"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True 1000\n", "")


FRAME_COUNTER = """
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
found = {"frames": 0}

def on_output(message):
    content = message["content"]
    if message["msg_type"] == "comm_msg" and "<svg" in json.dumps(content["data"].get("state", {})):
        found["frames"] += 1
    elif message["msg_type"] == "stream" and content["text"].startswith("refreshes"):
        found["refreshes"] = int(content["text"].split()[1])
    elif message["msg_type"] == "error":
        found["error"] = content["traceback"]

client.execute_interactive(sys.argv[1], timeout=60, output_hook=on_output)
client.stop_channels()
manager.shutdown_kernel(now=True)
print(json.dumps(found))
"""


def test_frames_come_while_another_cell_spins():
    watched = subprocess.run([sys.executable, "-c", FRAME_COUNTER, SPINNING_CELL], capture_output=True, text=True, timeout=90)
    found = json.loads(watched.stdout)
    assert found["refreshes"] >= 12, "3 s at 8 a second would be 24: the thread starves"
    assert found["frames"] >= found["refreshes"] - 2


def test_a_number_control_is_set_by_slider_and_by_box():
    seen = []
    control = NumberControl("Idle clients", (0, 10, 100, 1000), 10, seen.append)
    control._slider.value = 100
    assert (control.value, seen) == (100, [100])
    control._box.value = 250
    assert (control._slider.value, control.value, seen) == (100, 250, [100, 250])
    control._box.value = 5000
    assert (control._slider.value, control.value, seen) == (1000, 1000, [100, 250, 1000])
    control.value = 0
    assert control._slider.value == 0


def test_a_row_shows_that_a_reply_is_awaited():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        row = ClientRow(1, mute.getsockname, threading.RLock())
        row.send()
        row.refresh()
        assert "sent, no answer yet" in text_of(row)
        with mute.accept()[0] as peer:
            peer.sendall(b"at last")
            assert wait_until(lambda: (row.refresh(), row.reply)[1] == b"at last", 5)
        assert "no answer yet" not in text_of(row)
        row.close()


# A number that is predicted


def test_a_number_is_predicted_locked_and_compared_with_the_measured_one(capsys):
    guess = Prediction("How many?", unit="µs")
    assert guess.choice is None
    for text, number in {"12": 12, " 1,000 µs": 1000, "0.5": 0.5, "10 %": 10, "a lot": None, ".5": 0.5}.items():
        guess._text.value = text
        assert guess.choice == number, text
        assert ("as a number" in guess._note.value) == (number is None)
    guess.choice = 1500
    guess.reveal("1,200 µs")
    assert capsys.readouterr().out == "You predicted: 1,500 µs. Measured: 1,200 µs.\n"
    assert guess.locked
    guess.choice = 3
    assert guess.choice == 1500
    assert repr(guess) == "How many?\n  [      ] µs"


def test_no_number_is_no_guess(capsys):
    guess = Prediction("How many?")
    guess.reveal("3")
    assert capsys.readouterr().out == "You predicted: nothing, this time. Measured: 3.\n"


@pytest.mark.parametrize(("how", "answer"), [({"choices": ["a", "b"]}, "b"), ({"unit": "µs"}, 7.0)])
def test_a_cell_that_is_run_again_keeps_its_answer_until_it_is_locked(how, answer):
    question = f"Asked again, with {how}?"
    Prediction(question, **how).choice = answer
    assert Prediction("Another question?", **how).choice is None
    again = Prediction(question, **how)
    assert again.choice == answer
    assert Prediction(question, ["b", "c"]).choice is None  # the question is not the same
    Prediction(question, **how).choice = answer
    locked = Prediction(question, **how)
    locked.reveal("b")
    assert Prediction(question, **how).choice is None


# The stepper


@pytest.fixture
def drawn():
    return []


@pytest.fixture
def story(drawn):
    def draw(n):
        drawn.append(n)
        return StaticFigure(lambda figure: figure.text(0.5, 0.5, f"picture {n}"), f"picture {n}", (2, 1))

    steps = [Step(f"step <{n}>", f"Words {n}.", lambda n=n: draw(n)) for n in range(3)]
    shown = Stepper(steps, name="story", saved_step=2)
    yield shown
    shown.close()


def test_a_story_is_leafed_through_and_stays_at_its_ends(story, drawn):
    assert 'role="status"' in story._text.value
    assert "Step 1 of 3: step &lt;0&gt;" in story._text.value
    for button, at in [("Previous", 0), ("Next", 1), ("Next", 2), ("Next", 2), ("Previous", 1)]:
        press(story, button)
        assert story.index == at
        assert f"picture {at}" in story._view.value
        assert f"Words {at}." in story._text.value
    assert drawn == [0, 1, 2]  # each picture once, when it is first seen


def test_a_story_plays_to_its_end_and_again(story, monkeypatch):
    monkeypatch.setattr(stepper, "STEP_SECONDS", 0.01)
    for _ in range(2):
        press(story, "Play")
        assert wait_until(lambda: story.index == 2 and story._play.description == "Play", 5)
    monkeypatch.setattr(stepper, "STEP_SECONDS", 60)
    press(story, "Play")
    assert wait_until(lambda: story.index == 0, 5)
    assert story._play.description == "Pause"
    press(story, "Next")  # by hand: it pauses
    assert story.index == 1
    assert story._play.description == "Play"
    press(story, "Play")
    press(story, "Pause")
    assert story._play.description == "Play"


def test_a_story_is_saved_with_one_picture_and_all_its_texts(story):
    saved = story._repr_mimebundle_()
    assert saved["text/plain"].splitlines() == [f"{n + 1}. step <{n}>. Words {n}." for n in range(3)]
    assert saved["image/png"] == story._picture(1).png


def test_a_picture_that_fails_is_shown_as_an_error_while_it_plays(monkeypatch):
    def fail():
        raise UserError("No picture here.")

    good = StaticFigure(lambda figure: None, "nothing", (1, 1))
    with contextlib.closing(Stepper([Step("a", "A.", lambda: good), Step("b", "B.", fail)], "failing")) as panel:
        press(panel, "Play")
        assert wait_until(lambda: "No picture here." in panel._text.value, 5)
        assert 'role="alert"' in panel._text.value

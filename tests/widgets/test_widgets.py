"""The panels do in the kernel what their widgets say, show every fault in words, and leave nothing behind."""

import contextlib
import gc
import json
import socket
import subprocess
import sys
import threading
import tracemalloc

import ipywidgets as widgets
import pytest

from readiness.base.background import Background, wait_until
from readiness.base.messages import Refusal
from readiness.experiments import wait_cost
from readiness.experiments.meter import Sample
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import BACKENDS, ClientRow, EchoPanel, Prediction, SharePanel, Stepper, SweepPanel, stepper
from readiness.widgets.base import Errand, Line, Ticker
from readiness.widgets.number_control import Dial
from readiness.widgets.wait_history import Record


@pytest.fixture
def stage():
    panel = EchoPanel(EchoServer, name="stage", end=b"\n")
    yield panel
    panel.close()


def buttons(widget):
    """Every button in a widget by its tooltip, or its name."""
    found = {}
    for child in getattr(widget, "children", ()):
        found |= buttons(child)
    if isinstance(widget, widgets.Button):
        found[widget.tooltip or widget.description] = widget
    return found


def text_of(row):
    return row._state.value


def enter(row):
    """The Enter key in the row's text box."""
    row._text._handle_msg({"content": {"data": {"method": "custom", "content": {"event": "submit"}}}, "buffers": []})


def press(panel, name):
    buttons(panel.widget)[name].click()


def test_two_clients_talk_by_button_and_by_enter(stage):
    press(stage, "Client 1: Connect")
    assert "connected" in text_of(stage.rows[0])
    stage.rows[0]._text.value = "größe"
    press(stage, "Client 1: Send")
    assert wait_until(lambda: "GRÖSSE_SB" in text_of(stage.rows[0]) or "GRößE_SB" in text_of(stage.rows[0]), 5)
    enter(stage.rows[1])
    assert wait_until(lambda: "HELLO_SB" in text_of(stage.rows[1]), 5)
    enter(stage.rows[1])
    stage.rows[1]._text.value = "again"
    assert wait_until(lambda: "AGAIN_SB" in text_of(stage.rows[1]), 5)
    stage.rows[1]._text.value = "left, not entered"
    stage.rows[1].client.poll(0.3)
    assert "AGAIN_SB" in text_of(stage.rows[1])


def test_a_row_shows_what_went_wrong_and_what_became_of_it(stage):
    press(stage, "Client 1: Reset")
    assert "connect first" in text_of(stage.rows[0])
    press(stage, "Client 1: Connect")
    assert "connect first" not in text_of(stage.rows[0])
    press(stage, "Client 1: Reset")
    assert "reset by us" in text_of(stage.rows[0])
    press(stage, "Client 1: Connect")
    press(stage, "Client 1: Disconnect")
    assert "not connected" in text_of(stage.rows[0])


def test_what_a_server_says_is_text_and_not_markup(stage):
    stage.rows[0]._text.value = "<img src=x>"
    press(stage, "Client 1: Send")
    assert wait_until(lambda: "&lt;IMG SRC=X&gt;_SB" in text_of(stage.rows[0]), 5)


def test_bytes_that_are_no_text_are_shown_as_bytes(stage):
    row = stage.rows[0]
    row.reply = "中".encode()[:2] + b"_SB"
    row._show()
    assert r"\xe4\xb8_SB" in text_of(row)


def test_one_more_client(stage):
    press(stage, "One more client")
    press(stage, "Client 3: Send")
    assert wait_until(lambda: "HELLO_SB" in text_of(stage.rows[2]), 5)


def test_pressed_buttons_keep_the_focus(stage):
    for button in buttons(stage.widget).values():
        button.click()
        assert not button.disabled


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_switch_brings_everybody_along(stage, backend):
    press(stage, "Client 2: Connect")
    stage._switch.value = backend
    assert type(stage.meter and stage.background.server.selector.selector) is BACKENDS[backend]
    assert stage.swarm.settled()
    assert wait_until(lambda: len(stage.background.server.clients) == 10 + 3 + 1, 10)
    assert stage.rows[1].client.connected
    assert stage.cost(waits=3) > 0
    assert stage.collect(waits=10)
    assert wait_until(lambda: backend in stage.words(), 10)
    assert stage.record.cloud(backend)[0]


def test_the_sliders_move_the_crowd(stage):
    stage._idle.value = 100
    stage._talking.value = 1
    assert stage.swarm.settled()
    assert wait_until(lambda: len(stage.background.server.clients) == 101, 10)
    assert stage.ask(idle=33)
    assert stage._idle.value == 33


def test_a_server_that_dies_is_said_and_starts_again(stage):
    def broken():
        raise SystemError("a typo in the handler")

    stage.background.server.accept = broken
    press(stage, "Client 1: Connect")
    assert wait_until(lambda: "a typo in the handler" in stage._alert.widget.value, 10)
    assert 'role="alert"' in stage._alert.widget.value
    stage._idle.value = 20
    assert stage.swarm.settled()
    assert wait_until(lambda: not stage._alert.widget.value, 10)


@pytest.mark.skipif("epoll" not in BACKENDS, reason="needs a way to wait beside select")
def test_select_ends_at_its_bitmap_with_a_sentence(stage):
    stage.use("select")
    stage.ask(idle=1500, seconds=10)
    assert wait_until(lambda: "below 1024" in stage._alert.widget.value, 10)
    assert not stage.collect(waits=1)
    assert stage.ask(idle=100)  # it starts again, on numbers that are free now
    assert stage.collect(waits=3)
    stage.use("epoll")
    assert stage.ask(idle=1500)
    assert stage.collect(waits=3)
    assert wait_until(lambda: not stage._alert.widget.value, 10)


def test_a_backend_that_is_not_here_is_refused_in_words(stage):
    with pytest.raises(Refusal, match="devpoll"):
        stage.use("devpoll")


def test_running_its_cell_again_replaces_it(stage):
    again = EchoPanel(EchoServer, name="stage", end=b"\n")
    assert not stage.background.running
    assert not stage.swarm._worker.alive
    assert again.background.running
    again.close()


def test_its_saved_form_is_a_picture_and_a_fixed_text(stage):
    bundle = stage._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(stage)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_it_is_never_empty_when_it_is_first_seen(stage):
    assert any(stage.record.cloud(name)[0] for name in BACKENDS)
    assert wait_until(lambda: stage._view.value.count("<svg") == 2, 10)


def test_500_frames_leave_the_memory_flat(stage):
    stage._ticker.stop()

    def frames(n):
        for _ in range(n):
            stage._tick()
        gc.collect()

    frames(200)
    tracemalloc.start()
    frames(100)
    before = tracemalloc.get_traced_memory()[0]
    frames(500)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 5 * len(stage._view.value)  # 500 frames kept would be 500


def test_a_record_is_bounded():
    record = Record()
    for n in range(20_000):
        record.add("poll", [Sample(0, 1 + n % 9000, 1, 1e-6, 0, 1, 0)])
    assert len(record.cloud("poll")[0]) < 500
    assert len(record.moments) < 100


def test_a_prediction_is_locked_once_it_is_shown(capsys):
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
    panel._share.value = 35
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


def test_a_line_is_calm_and_keeps_the_last_word():
    line = Line(calm=3600)
    line.say("one")
    line.say("two")
    assert "one" in line.widget.value
    line.say("three & <more>", last=True)
    assert "three &amp; &lt;more&gt;" in line.widget.value


def test_a_ticker_goes_on_after_a_fault():
    ticks, faults = [], []

    def tick():
        ticks.append(1)
        raise ValueError("each time")

    ticker = Ticker(tick, faults.append, rate=100)
    assert wait_until(lambda: len(faults) >= 3, 10)
    ticker.stop()
    assert len(ticks) == len(faults)


def test_an_errand_does_the_last_thing_asked_and_says_its_faults():
    gate, done, faults = threading.Event(), [], []
    errand = Errand(faults.append)
    errand.ask(gate.wait)
    wait_until(lambda: errand._next is None, 5)
    for n in range(5):
        errand.ask(lambda n=n: done.append(n))
    gate.set()
    assert wait_until(lambda: done, 5)
    assert done == [4]
    errand.ask(lambda: 1 / 0)
    assert wait_until(lambda: faults, 5)
    errand.stop()


def test_a_row_alone_needs_no_panel():
    with Background(EchoServer()) as running:
        row = ClientRow(1, lambda: running.server.address, threading.RLock(), b"\n")
        row.send()
        assert wait_until(lambda: (row.refresh(), row.reply)[1] == b"HELLO_SB\n", 5)
        row.close()


SPIN = """
import time
from readiness import panels
from readiness.servers.echo.selectors_server import EchoServer
from readiness.graphics.stories import Step
stage = panels.EchoPanel(EchoServer)
ticks, tick = [], stage._ticker._tick
stage._ticker._tick = lambda: (ticks.append(1), tick())
end = time.monotonic() + 3
while time.monotonic() < end:
    pass
print("ticks", len(ticks))
"""


def test_when_the_kernel_ends_an_open_panel_ends_without_a_word():
    program = (
        "from readiness import widgets; from readiness.servers.echo.selectors_server import EchoServer\n"
        "print(panels.EchoPanel(EchoServer).background.running, panels.SharePanel().N)"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True 1000\n", "")


WATCH = """
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
found = {"frames": 0}

def hear(message):
    content = message["content"]
    if message["msg_type"] == "comm_msg" and "<svg" in json.dumps(content["data"].get("state", {})):
        found["frames"] += 1
    elif message["msg_type"] == "stream" and content["text"].startswith("ticks"):
        found["ticks"] = int(content["text"].split()[1])
    elif message["msg_type"] == "error":
        found["error"] = content["traceback"]

client.execute_interactive(sys.argv[1], timeout=60, output_hook=hear)
client.stop_channels()
manager.shutdown_kernel(now=True)
print(json.dumps(found))
"""


def test_frames_come_while_another_cell_spins():
    watched = subprocess.run([sys.executable, "-c", WATCH, SPIN], capture_output=True, text=True, timeout=90)
    found = json.loads(watched.stdout)
    assert found["ticks"] >= 12, "3 s at 8 a second would be 24: the thread starves"
    assert found["frames"] >= found["ticks"] - 2


def test_a_dial_goes_by_slider_and_by_box():
    seen = []
    dial = Dial("Idle clients", (0, 10, 100, 1000), 10, seen.append)
    dial._slider.value = 100
    assert (dial.value, seen) == (100, [100])
    dial._box.value = 250
    assert (dial._slider.value, dial.value, seen) == (100, 250, [100, 250])
    dial._box.value = 5000
    assert (dial._slider.value, dial.value, seen) == (1000, 1000, [100, 250, 1000])
    dial.value = 0
    assert dial._slider.value == 0


def test_a_row_says_that_an_answer_is_owed():
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


def test_a_number_is_predicted_locked_and_set_beside_what_was_measured(capsys):
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

    panel = Stepper([Step(f"step <{n}>", f"Words {n}.", lambda n=n: draw(n)) for n in range(3)], name="story", saved=2)
    yield panel
    panel.close()


def test_a_story_is_leafed_through_and_stays_at_its_ends(story, drawn):
    assert 'role="status"' in story._words.value
    assert "Step 1 of 3: step &lt;0&gt;" in story._words.value
    for button, at in [("Previous", 0), ("Next", 1), ("Next", 2), ("Next", 2), ("Previous", 1)]:
        press(story, button)
        assert story.at == at
        assert f"picture {at}" in story._view.value
        assert f"Words {at}." in story._words.value
    assert drawn == [0, 1, 2]  # each picture once, when it is first seen


def test_a_story_plays_to_its_end_and_again(story, monkeypatch):
    monkeypatch.setattr(stepper, "PACE", 0.01)
    for _ in range(2):
        press(story, "Play")
        assert wait_until(lambda: story.at == 2 and story._play.description == "Play", 5)
    monkeypatch.setattr(stepper, "PACE", 60)
    press(story, "Play")
    assert wait_until(lambda: story.at == 0, 5)
    assert story._play.description == "Pause"
    press(story, "Next")  # by hand: it pauses
    assert story.at == 1
    assert story._play.description == "Play"
    press(story, "Play")
    press(story, "Pause")
    assert story._play.description == "Play"


def test_a_story_is_saved_with_one_picture_and_all_its_words(story):
    saved = story._repr_mimebundle_()
    assert saved["text/plain"].splitlines() == [f"{n + 1}. step <{n}>. Words {n}." for n in range(3)]
    assert saved["image/png"] == story._picture(1).png


def test_a_picture_that_fails_is_said_in_words_while_it_plays(monkeypatch):
    def fail():
        raise Refusal("No picture here.")

    good = StaticFigure(lambda figure: None, "nothing", (1, 1))
    with contextlib.closing(Stepper([Step("a", "A.", lambda: good), Step("b", "B.", fail)], "failing")) as panel:
        press(panel, "Play")
        assert wait_until(lambda: "No picture here." in panel._words.value, 5)
        assert 'role="alert"' in panel._words.value

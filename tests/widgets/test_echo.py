"""The echo panel does in the kernel what its widgets say, shows every error, and leaves nothing behind."""

import contextlib
import gc
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
import tracemalloc

import psutil
import pytest

from readiness.base import background
from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import BACKENDS, EchoPanel, echo, echo_controls, wait_history
from tests.widgets.helpers import buttons, control, html, press, press_enter, saved_forms, warns

PollSelector = getattr(selectors, "PollSelector", selectors.SelectSelector)


@pytest.fixture
def panel():
    shown = EchoPanel(EchoServer, name="test", line_end=b"\n")
    yield shown
    shown.close()


def test_what_is_no_count_is_refused_before_a_panel_is_closed(panel):
    for name in ("client_rows", "idle", "active"):
        for number in (-1, float("nan"), float("inf"), 2**1024, "5", None):
            with pytest.raises(UserError, match=rf"^{name} is .*: choose a whole number"):
                EchoPanel(EchoServer, name="test", **{name: number})
    for count in (0, -1, "5"):
        with pytest.raises(UserError, match=r"^count is .*: choose a whole number from 1"):
            panel.median_wait_cpu_us(count)
    assert panel.background.running


def test_two_clients_talk_by_button_and_by_enter(panel):
    press(panel, "Client 1: Connect")
    assert "connected" in html(panel.client_rows[0])
    control(panel, "Client 1").value = "größe"
    press(panel, "Client 1: Send")
    assert wait_until(lambda: re.search("GRÖSSE_SB|GRößE_SB", html(panel.client_rows[0])), 5)
    press_enter(control(panel, "Client 2"))
    assert wait_until(lambda: "HELLO_SB" in html(panel.client_rows[1]), 5)
    press_enter(control(panel, "Client 2"))
    control(panel, "Client 2").value = "again"
    assert wait_until(lambda: "AGAIN_SB" in html(panel.client_rows[1]), 5)
    control(panel, "Client 2").value = "left, not entered"
    panel.client_rows[1].client.poll(0.3)
    assert "AGAIN_SB" in html(panel.client_rows[1])


def test_a_row_shows_what_went_wrong_and_what_became_of_it(panel):
    press(panel, "Client 1: Reset")
    assert "connect first" in html(panel.client_rows[0])
    press(panel, "Client 1: Connect")
    assert "connect first" not in html(panel.client_rows[0])
    press(panel, "Client 1: Reset")
    assert "reset by us" in html(panel.client_rows[0])
    press(panel, "Client 1: Connect")
    press(panel, "Client 1: Disconnect")
    assert "not connected" in html(panel.client_rows[0])


def test_what_a_server_sends_is_text_and_not_markup(panel):
    control(panel, "Client 1").value = "<img src=x>"
    press(panel, "Client 1: Send")
    assert wait_until(lambda: "&lt;IMG SRC=X&gt;_SB" in html(panel.client_rows[0]), 5)


def test_bytes_that_are_no_text_are_shown_as_bytes(panel):
    row = panel.client_rows[0]
    row.reply = "中".encode()[:2] + b"_SB"
    row.refresh()
    assert r"\xe4\xb8_SB" in html(row)


def test_one_more_client(panel):
    press(panel, "One more client")
    press(panel, "Client 3: Send")
    assert wait_until(lambda: "HELLO_SB" in html(panel.client_rows[2]), 5)


def test_pressed_buttons_keep_the_focus(panel):
    for button in buttons(panel).values():
        button.click()
        assert not button.disabled


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_switch_reconnects_every_client(panel, backend):
    press(panel, "Client 2: Connect")
    control(panel, "Wait with").value = backend
    assert type(panel.meter and panel.background.server.selector.selector) is BACKENDS[backend]
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: len(panel.background.server.connections) == 10 + 3 + 1, 10)
    assert panel.client_rows[1].client.connected
    assert panel.median_wait_cpu_us(3) > 0
    assert panel.wait_for_samples(10)
    assert wait_until(lambda: backend in panel.status_text, 10)
    assert wait_until(lambda: panel.history.points(backend)[0], 10)


def test_the_sliders_resize_the_swarm(panel):
    control(panel, "Idle clients").value = "100"
    control(panel, "That talk").value = "1"
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: len(panel.background.server.connections) == 101, 10)
    assert panel.set_load(idle=33)
    assert control(panel, "Idle clients").value == "33"


def test_a_server_that_fails_is_shown_and_starts_again(panel):
    def broken():
        raise SystemError("a typo in the handler")

    panel.background.server.accept = broken
    press(panel, "Client 1: Connect")
    assert warns(panel, "a typo in the handler")
    assert 'role="alert"' in html(panel)
    control(panel, "Idle clients").value = "20"
    assert panel.swarm.wait_until_ready()
    assert wait_until(lambda: not panel.alert_text, 10)


def test_a_load_that_the_limit_does_not_allow_is_left_out_in_a_sentence(panel, capsys):
    most = panel._controls.idle.steps[-1]
    assert panel.reachable_loads(10, most) == [10, most]
    assert capsys.readouterr().out == ""
    assert panel.reachable_loads(10, most + 1) == [10]
    expected = f"The limit of open descriptors allows {most:,} idle clients here, so this is left out: {most + 1:,}.\n"
    assert capsys.readouterr().out == expected


@pytest.mark.skipif("epoll" not in BACKENDS, reason="needs a backend beside select")
def test_select_ends_at_its_fd_set_with_a_sentence(panel):
    panel.switch_backend("select")
    panel.set_load(idle=1500, timeout=10)
    assert warns(panel, "below 1024")
    assert not panel.wait_for_samples(1)
    assert panel.set_load(idle=100)  # it starts again, on numbers that are free now
    assert panel.wait_for_samples(3)
    panel.switch_backend("epoll")
    assert panel.set_load(idle=1500)
    assert panel.wait_for_samples(3)
    assert wait_until(lambda: not panel.alert_text, 10)


def test_an_unsupported_backend_is_refused_in_a_sentence(panel):
    with pytest.raises(UserError, match="devpoll"):
        panel.switch_backend("devpoll")


def test_running_its_cell_again_replaces_it(panel):
    again = EchoPanel(EchoServer, name="test", line_end=b"\n")
    assert not panel.background.running
    assert not psutil.pid_exists(panel.swarm.pid)
    assert again.background.running
    again.close()


def test_its_saved_form_is_a_picture_and_a_fixed_text(panel):
    bundle = saved_forms(panel)
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(panel)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_it_is_never_empty_when_it_is_first_seen(panel):
    assert any(panel.history.points(name)[0] for name in BACKENDS)
    assert html(panel).count("<svg") == 3  # the bars, the background of the chart, and its data
    assert re.search("(scanned|returned) .*ready|of 15 descriptors", html(panel))


def test_500_frames_leave_the_memory_flat(panel):
    panel.stop_refreshing()

    def frames(n):
        for _ in range(n):
            panel.refresh()
        gc.collect()

    frames(200)
    tracemalloc.start()
    frames(100)
    before = tracemalloc.get_traced_memory()[0]
    frames(500)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 5 * len(html(panel))  # 500 frames kept would be 500


def test_a_number_that_is_too_great_is_bounded_with_a_reason(panel):
    most = panel._controls.idle.steps[-1]
    control(panel, "Idle clients").value = "99999"
    assert control(panel, "Idle clients").value == str(most)
    assert f"Instead of 99999, {most:,} is used." in html(panel)
    assert (most == 18000) != (f"The limit of open descriptors allows {most:,} idle clients here." in html(panel))
    control(panel, "Idle clients").value = "10"
    assert not re.search("Instead of|The limit of", html(panel))
    control(panel, "That talk").value = "99"
    assert control(panel, "That talk").value == "50"
    assert "That talk takes 0 to 50. Instead of 99, 50 is used." in html(panel)


def test_what_was_typed_wrongly_is_forgotten_after_the_next_choice(panel):
    control(panel, "That talk").value = "-5"
    assert "Instead of -5" in html(panel)
    control(panel, "Wait with").value = "select"
    assert "Instead of -5" not in html(panel)


def test_clients_that_take_long_to_connect_are_counted_at_a_low_rate(panel, monkeypatch):
    now, shown = [100.0], []
    monkeypatch.setattr(echo_controls.time, "monotonic", lambda: now[0])
    controls = echo_controls.EchoControls(["poll"], "poll", 0, 0, print, print)
    for connected in range(0, 8000, 250):
        controls.show_progress(connected, 8000)
        shown.append(controls.progress.text)
        now[0] += 0.25
    assert shown[:4] == [""] * 4, "what is done in a second is not counted"
    assert shown[4] == "Connecting: 1,000 of 8,000 clients."
    assert len(set(shown[4:])) == 7, "once a second"
    controls.show_progress(8000, 8000)
    assert controls.progress.text == ""
    controls.show_progress(0, 8000)
    assert controls.progress.text == "", "the next request starts from the beginning"


def test_the_panel_shows_how_many_clients_are_connected(panel, monkeypatch):
    monkeypatch.setattr(type(panel.swarm), "progress", (4200, 18000))
    assert wait_until(lambda: "Connecting: 4,200 of 18,000 clients." in html(panel), 10)
    monkeypatch.undo()
    assert wait_until(lambda: "Connecting" not in html(panel), 10)


def test_only_the_named_backends_can_be_chosen(panel):
    others = EchoPanel(EchoServer, name="few", backends=("poll", "epoll", "devpoll"), client_rows=0)
    try:
        assert [*control(others, "Wait with").options] == [name for name in BACKENDS if name in ("poll", "epoll")]
        with pytest.raises(UserError, match="can't wait here"):
            others.switch_backend("select")
        assert not any("Client 1" in name for name in buttons(others))
    finally:
        others.close()


def test_where_there_is_one_backend_there_is_no_switch(monkeypatch):
    alone = EchoPanel(EchoServer, name="alone", backends=("select",))
    try:
        assert control(alone, "Wait with").layout.display == "none"
        assert "select scanned 15 descriptors to find" in html(alone)
    finally:
        alone.close()


def test_where_there_is_no_epoll_its_place_is_taken(monkeypatch):
    """On macOS, kqueue is the best selector."""
    fakes = {"select": selectors.SelectSelector, "poll": PollSelector, "kqueue": selectors.DefaultSelector}
    for module in (echo, wait_history):
        monkeypatch.setattr(module, "BACKENDS", fakes)
    mac = EchoPanel(EchoServer, name="mac")
    try:
        assert mac.backend == "kqueue"
        assert [*control(mac, "Wait with").options] == ["select", "poll", "kqueue"]
        assert re.search(r"kqueue returned \d of 15 descriptors", html(mac))
        mac.switch_backend("poll")
        assert wait_until(lambda: re.search(r"poll scanned 15 descriptors to find \d ready", html(mac)), 10)
        assert "epoll" not in html(mac)
    finally:
        mac.close()


def test_the_status_line_speaks_once_for_each_number_of_descriptors(panel):
    assert wait_until(lambda: "15 descriptors registered" in panel.status_text, 10)
    before = panel.status_text
    panel.wait_for_samples(20)
    panel.refresh()
    assert panel.status_text == before
    control(panel, "Idle clients").value = "100"
    assert wait_until(lambda: "105 descriptors registered" in panel.status_text, 10)


def test_held_charts_stay_and_texts_go_on(panel):
    press(panel, "Hold the charts, or let them go on")
    assert panel.held
    before = panel._picture._top.value, panel._picture._data.value
    control(panel, "Idle clients").value = "100"
    assert wait_until(lambda: "105 descriptors registered" in panel.status_text, 10)
    assert (panel._picture._top.value, panel._picture._data.value) == before
    press(panel, "Hold the charts, or let them go on")
    assert wait_until(lambda: "105" in panel._picture._top.value, 10)


def test_what_a_cell_has_measured_is_in_the_chart_even_if_no_refresh_came_between(panel):
    panel.stop_refreshing()
    panel.median_costs(10, 100)
    assert panel.history.backends == list(BACKENDS)
    for name in BACKENDS:
        assert panel.history.medians(name)[0] == [15, 105]


def test_a_panel_that_has_settled_shows_every_backend_with_many_clients(panel):
    started = time.monotonic()
    panel.settle()
    assert time.monotonic() - started < 30
    assert panel.history.backends == list(BACKENDS)
    most = min(900, panel._controls.idle.steps[-1])
    for name in BACKENDS:
        assert panel.history.latest[name].registered == most + 5
        assert len(panel.history.medians(name)[0]) >= 4
    assert panel.backend == list(BACKENDS)[-1]
    assert "select scanned 905 descriptors" in panel.picture().alt


SPINNING_CELL = """
import time
from readiness import widgets
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import wait_picture
wait_picture.CALM_SECONDS = wait_picture.CALMER_SECONDS = 0  # draw each refresh
refreshes = []

class CountingPanel(widgets.EchoPanel):
    def refresh(self, *catch):
        refreshes.append(1)
        super().refresh(*catch)

panel = CountingPanel(EchoServer)
refreshes.clear()
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
    if message["msg_type"] == "comm_msg" and "single-waits" in json.dumps(content["data"].get("state", {})):
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
    watched = subprocess.run(
        [sys.executable, "-c", FRAME_COUNTER, SPINNING_CELL], capture_output=True, text=True, timeout=90
    )
    found = json.loads(watched.stdout)
    assert found["refreshes"] >= 12, "3 s at 8 a second would be 24: the thread starves"
    assert found["frames"] >= found["refreshes"] - 2


class Returning(EchoServer):
    """Leaves its loop before it was asked to stop."""

    def serve(self, stop):
        pass


def test_a_loop_that_returns_is_shown_and_ends_what_waits_for_it():
    with contextlib.closing(EchoPanel(Returning, name="returning")) as panel:
        assert warns(panel, "returned before it was asked to stop. Change a number of clients")
        assert not panel.wait_for_samples(1, timeout=600)
        with pytest.raises(UserError, match="returned before it was asked to stop"):
            panel.median_wait_cpu_us(1, timeout=600)
        panel.server = EchoServer
        panel.set_load(idle=20)
        assert panel.wait_for_samples(1)
        panel.call_safely(lambda: None)
        assert panel.alert_text == ""


@pytest.mark.skipif(os.name != "posix", reason="ends the process by signal")
def test_a_crowd_that_has_ended_is_named_by_the_cell_that_measures(panel):
    killer = threading.Timer(0.3, os.kill, (panel.swarm.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(UserError, match=r"ended from outside, by the signal SIGKILL.*Change the number of clients"):
        panel.median_wait_cpu_us(10**6, timeout=600)
    killer.join()
    with pytest.raises(UserError, match="by the signal SIGKILL"):
        panel.median_wait_cpu_us(1, timeout=600)
    panel.set_load(idle=20)
    assert panel.median_wait_cpu_us(3) > 0


def test_a_server_whose_close_hangs_is_shown_and_the_next_one_runs(monkeypatch):
    gate = threading.Event()

    class Hanging(EchoServer):
        def close(self):
            super().close()
            gate.wait()

    monkeypatch.setattr(background, "CLOSE_TIMEOUT", 0.1)
    with contextlib.closing(EchoPanel(Hanging, name="hanging")) as panel:
        other = next(name for name in BACKENDS if name != panel.backend)
        panel.switch_backend(other)
        assert warns(panel, "The method close of “hanging” has not returned after 0.1 seconds")
        assert panel.wait_for_samples(1)
        gate.set()
        panel.switch_backend(next(name for name in BACKENDS if name != other))
        assert wait_until(lambda: panel.alert_text == "", 5)


def test_a_close_that_hangs_holds_a_panel_up_for_two_seconds_at_most():
    assert background.CLOSE_TIMEOUT <= 2

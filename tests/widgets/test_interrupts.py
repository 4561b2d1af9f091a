"""A panel whose cell is interrupted leaves no process, no thread and no widget, wherever the interrupt comes."""

import contextlib
import subprocess
import threading

import psutil
import pytest

from readiness.base import background
from readiness.base.background import wait_until
from readiness.base.worker import Worker
from readiness.clients.fault_harness import FaultHarness
from readiness.clients.ftp_client import ManualFtpClient
from readiness.clients.scenario_process import ScenarioProcess
from readiness.clients.swarm import Swarm
from readiness.experiments.meter import SelectorMeter
from readiness.experiments.wait_cost import Sweep
from readiness.servers.echo.selectors_server import EchoServer
from readiness.servers.ftp import FtpServer, inspection
from readiness.system.trigger_modes import LevelEdgePair
from readiness.widgets import (
    EchoPanel,
    FaultPanel,
    FtpClientPanel,
    FtpServerMonitor,
    SharePanel,
    SweepPanel,
    TriggerPanel,
)
from readiness.widgets.client_row import ClientRow
from readiness.widgets.panel import Panel, close_all
from readiness.widgets.wait_picture import WaitPicture
from tests.widgets.helpers import models

PANELS = {
    "echo": lambda: EchoPanel(EchoServer, name="interrupted"),
    "faults": lambda: FaultPanel(EchoServer, name="interrupted"),
    "share": SharePanel,
    "triggers": TriggerPanel,
    "sweep": lambda: SweepPanel().run("doubled"),
}
PLACES = [
    ("echo", background, "start"),
    ("echo", ClientRow, "__init__"),
    ("echo", subprocess, "Popen"),
    ("echo", Worker, "__init__"),
    ("echo", Swarm, "_start"),
    ("echo", Swarm, "resize"),
    ("echo", Swarm, "wait_until_ready"),
    ("echo", WaitPicture, "draw"),
    ("echo", Panel, "start_refreshing"),
    ("faults", Worker, "__init__"),
    ("faults", Worker, "send"),
    ("faults", FaultHarness, "__enter__"),
    ("faults", Panel, "start_refreshing"),
    ("share", Worker, "__init__"),
    ("share", Worker, "send"),
    ("share", Sweep, "__next__"),
    ("share", SharePanel, "_show"),
    ("triggers", LevelEdgePair, "wait"),
    ("sweep", Sweep, "__init__"),
    ("sweep", Sweep, "__next__"),
]


@pytest.mark.parametrize(("panel", "owner", "name"), PLACES, ids=lambda part: getattr(part, "__name__", part))
def test_nothing_is_left(panel, owner, name, monkeypatch):
    original = getattr(owner, name)

    def interrupted(*args, **kwargs):
        if threading.current_thread() is not threading.main_thread():
            return original(*args, **kwargs)
        monkeypatch.setattr(owner, name, original)
        if name not in ("__init__", "Popen"):  # what is half made can't be kept by its caller
            original(*args, **kwargs)
        raise KeyboardInterrupt

    before, kept = set(psutil.Process().children()), models()
    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt) as _traceback:  # IPython keeps it, too, and all variables in it
        PANELS[panel]()
    if panel != "sweep":  # it has been displayed before it runs
        assert models() <= kept  # a model of an earlier test may go, too
    assert wait_until(lambda: set(psutil.Process().children()) <= before, 5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("readiness-")]


CLOSING_PLACES = [
    ("echo", background, "stop"),
    ("echo", Swarm, "close"),
    ("echo", Worker, "close"),
    ("faults", FaultHarness, "disconnect_all"),
    ("faults", FaultHarness, "__exit__"),
    ("faults", ScenarioProcess, "close"),
    ("faults", Worker, "close"),
    ("triggers", LevelEdgePair, "close"),
]


@pytest.mark.parametrize(("panel", "owner", "name"), CLOSING_PLACES, ids=lambda part: getattr(part, "__name__", part))
def test_a_panel_whose_end_is_interrupted_ends_with_the_next(panel, owner, name, monkeypatch):
    """The cell is run again over its open panel, and is interrupted before a part of that panel has ended."""
    original = getattr(owner, name)

    def interrupted(*args, **kwargs):
        if threading.current_thread() is not threading.main_thread():
            return original(*args, **kwargs)
        monkeypatch.setattr(owner, name, original)
        raise KeyboardInterrupt

    before = set(psutil.Process().children())
    shown = PANELS[panel]()
    if panel == "faults":
        shown.run_scenario("slow reader")
        shown.run_scenario("reset")
    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        PANELS[panel]()
    close_all()
    assert wait_until(lambda: set(psutil.Process().children()) <= before, 5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("readiness-")]


WATCHING = {
    "client": FtpClientPanel,
    "monitor": lambda server: FtpServerMonitor(server, SelectorMeter()),
}
SHOWING_PLACES = [
    ("client", ManualFtpClient, "refresh"),
    ("client", FtpClientPanel, "_show"),
    ("client", Panel, "start_refreshing"),
    ("monitor", inspection, "list_sockets"),
    ("monitor", FtpServerMonitor, "_show"),
    ("monitor", Panel, "start_refreshing"),
]


@pytest.mark.parametrize(("panel", "owner", "name"), SHOWING_PLACES, ids=lambda part: getattr(part, "__name__", part))
def test_an_interrupt_while_a_panel_first_shows_its_state_ends_the_cell(panel, owner, name, monkeypatch, tmp_path):
    def interrupted(*args, **kwargs):
        monkeypatch.undo()
        raise KeyboardInterrupt

    kept = models()
    with contextlib.closing(FtpServer(tmp_path, port=0)) as server:
        monkeypatch.setattr(owner, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            WATCHING[panel](server)
    assert models() <= kept  # a model of an earlier test may go, too
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("readiness-")]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_a_button_or_the_refreshing_thread_meets_does_not_end_the_kernel(error):
    class Leaving(Panel):
        def _show(self):
            raise error

    panel = Leaving()
    panel.call_safely(lambda: None)
    assert error.__name__ in panel.alert_text
    panel._alert.update("")
    panel.start_refreshing()
    assert wait_until(lambda: error.__name__ in panel.alert_text, 5)
    with pytest.raises(error):
        panel.refresh()
    panel.close()

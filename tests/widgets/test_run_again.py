"""A cell that runs ten times keeps no more widgets, processes or threads than one that runs once."""

import threading

import psutil
import pytest

from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import ClaimCards, EchoPanel, FaultPanel, Prediction, ReadinessQuiz, TriggerPanel, close_all
from tests.widgets.helpers import models

CELLS = {
    "echo": lambda: EchoPanel(EchoServer, name="again"),
    "faults": lambda: FaultPanel(EchoServer, name="again"),
    "triggers": TriggerPanel,
    "prediction": lambda: Prediction("How many?", ["one", "two"]),
    "guess": lambda: Prediction("How much?", unit="µs"),
    "quiz": lambda: ReadinessQuiz({"a": {"readable": True, "writable": False, "exceptional": False}}),
    "cards": ClaimCards,
}


@pytest.fixture(autouse=True)
def closed():
    yield
    close_all()


def kept():
    return len(models()), len(psutil.Process().children()), threading.active_count()


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_grows(cell):
    CELLS[cell]()
    last = CELLS[cell]()
    twice = kept()
    for _n in range(4):
        last = CELLS[cell]()
    assert kept() == twice
    assert last.widget.comm is not None

"""Each known fault of an echo server is caught by the trial that is meant for it, and its sentence names the idea."""

import sys
from pathlib import Path

import pytest

from readiness.clients import conformance
from readiness.clients.conformance import Launched, capacity, helpers, server_under_test
from tests.clients.conformance.broken_server import FAULTS

BROKEN = Path(__file__).parent / "broken_server.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts and stops processes by signals")


@pytest.fixture(autouse=True)
def less_patience(monkeypatch):
    monkeypatch.setattr(helpers, "PATIENCE", 1)
    monkeypatch.setattr(capacity, "SECONDS", 3)
    monkeypatch.setattr(server_under_test, "STOP", 3)


def judge(line, trial):
    if trial == "stop_and_start":
        conformance.stop_and_start(line)
    else:
        with conformance.launched(line, trial) as launched:
            conformance.TRIALS[trial](launched)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_caught_with_its_idea(fault):
    _break, trial, word = FAULTS[fault]
    with pytest.raises(AssertionError, match=word):
        judge([sys.executable, BROKEN, fault], trial)


def test_every_trial_has_a_fault_that_it_catches():
    assert {trial for _break, trial, _word in FAULTS.values()} == {*conformance.TRIALS, "stop_and_start"}


def script(text):
    return [sys.executable, "-c", text]


SAYS = "print('127.0.0.1:1', flush=True)\n"
AT_TERM = f"import sys, signal; signal.signal(signal.SIGTERM, lambda *_: {{}}); {SAYS}while True: signal.pause()"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (AT_TERM.format("None"), "did not stop within"),
        (AT_TERM.format("(print('noise'), sys.exit())"), "noise"),
        (AT_TERM.format("sys.exit(3)"), "code 3"),
        ("print('good morning', flush=True)", "good morning"),
        ("raise OSError('taken')", "OSError: taken"),
    ],
)
def test_a_program_that_misbehaves_is_said(text, sentence):
    with pytest.raises(AssertionError, match=sentence), Launched(script(text)):
        pass


def test_a_server_that_died_is_said_in_the_place_of_what_was_met():
    launched = Launched(script(SAYS + "raise ValueError('a typo')"))
    with pytest.raises(AssertionError, match="has died: ValueError: a typo"), launched:
        raise AssertionError("no answer")

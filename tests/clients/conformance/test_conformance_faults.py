"""Each known fault of an echo server is caught by the test that is meant for it, with a message that names the idea."""

import subprocess
import sys
from pathlib import Path

import pytest

from readiness.clients import conformance
from readiness.clients.conformance import LaunchedServer, capacity, helpers, server_under_test
from tests.clients.conformance.broken_server import FAULTS

BROKEN = Path(__file__).parent / "broken_server.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts and stops processes by signals")


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch):
    monkeypatch.setattr(helpers, "ANSWER_TIMEOUT", 1)
    monkeypatch.setattr(capacity, "SERVE_TIMEOUT", 3)
    monkeypatch.setattr(server_under_test, "STOP_TIMEOUT", 3)


def run_test(command, test_name):
    if test_name == "stop_and_start":
        conformance.stop_and_start(command)
    else:
        with conformance.launch_for_test(command, test_name) as server:
            conformance.TESTS[test_name](server)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_caught_with_its_idea(fault):
    _break, test_name, message = FAULTS[fault]
    with pytest.raises(AssertionError, match=message):
        run_test([sys.executable, BROKEN, fault], test_name)


OPTIMIZED = """
import sys
from readiness.clients import conformance
from readiness.clients.conformance import helpers

helpers.ANSWER_TIMEOUT = 1
test_name, *command = sys.argv[1:]
with conformance.launch_for_test(command, test_name) as server:
    conformance.TESTS[test_name](server)
"""
"""Run by ``python -O``, which leaves every assert statement out."""


@pytest.mark.parametrize("fault", ["always_asks_to_write", "keeps_silent_clients"])
def test_a_fault_is_caught_by_an_optimized_python_too(fault):
    _break, test_name, message = FAULTS[fault]
    command = [sys.executable, "-O", "-c", OPTIMIZED, test_name, sys.executable, BROKEN, fault]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert completed.returncode == 1
    assert message in completed.stderr.splitlines()[-1]


def test_every_conformance_test_has_a_fault_that_it_catches():
    assert {test_name for _break, test_name, _message in FAULTS.values()} == {*conformance.TESTS, "stop_and_start"}


def script(program):
    return [sys.executable, "-c", program]


PRINT_ADDRESS = "print('127.0.0.1:1', flush=True)\n"
AT_TERM = (
    "import sys, signal; signal.signal(signal.SIGTERM, lambda *_: {}); " + PRINT_ADDRESS + "while True: signal.pause()"
)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (AT_TERM.format("None"), "did not stop within"),
        (AT_TERM.format("(print('noise'), sys.exit())"), "noise"),
        (AT_TERM.format("sys.exit(3)"), "code 3"),
        ("print('good morning', flush=True)", "good morning"),
        ("raise OSError('taken')", "OSError: taken"),
    ],
)
def test_a_program_that_misbehaves_is_reported(program, message):
    with pytest.raises(AssertionError, match=message), LaunchedServer(script(program)):
        pass


def test_the_death_of_a_server_replaces_the_failure_that_it_caused():
    server = LaunchedServer(script(PRINT_ADDRESS + "raise ValueError('a typo')"))
    with pytest.raises(AssertionError, match="has died: ValueError: a typo"), server:
        raise AssertionError("no answer")

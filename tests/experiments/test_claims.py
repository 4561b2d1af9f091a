"""Each claim's experiments bring what the ruling rests on, can be pasted, and are recorded."""

import itertools
import json
import sys
import threading

import pytest

from readiness.base.messages import UserError
from readiness.experiments import claims, recordings, runner
from readiness.experiments.claims import helpers
from readiness.experiments.claims.claim import VERDICTS, Claim, Trial

TRIALS = {trial.name: trial for claim in claims.CLAIMS for trial in claim.trials}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the rulings are about Linux")

# What a kernel or a library without the fact would bring: the ruling's experiment must see it.
OTHERWISE = {
    "select-1024": {"python": "ValueError", "kernel": 0},
    "set-up-once": {"poll": [0, 0], "select": [0, 0]},
    "time-left": {"asked": 1.0, "left": 1.0},
    "third-set": {"read": 0, "write": 0, "third": 1, "error": "ConnectionRefusedError"},
    "shared-memory": {"mmap": "done", "wait": "EFAULT"},
    "many-naps": {"select": 30, "poll": 1, "epoll": 1},
    "who-hangs": {"alive": False, "events": 1, "ms": 2000},
    "never-again": {"first": 1, "nothing": 0, "news": 0, "modified": 0},
    "highest-number": {"number": 100, "times": 90.0},
    "fastest": {"poll": 70, "epoll": 0.5},
    "both-for-ever": {"read": 0, "both": 1},
    "hope": {"sent": 5_000_000, "ms": 1.0, "then": "done"},
}


def test_there_are_twelve_and_no_verdict_is_always_right():
    assert len(claims.CLAIMS) == len({claim.key for claim in claims.CLAIMS}) == 12
    rulings = [claim.ruling for claim in claims.CLAIMS]
    assert set(rulings) == set(VERDICTS)
    assert max(rulings.count(ruling) for ruling in VERDICTS) <= 6


def test_each_claim_lets_one_choose_wrongly_and_not_by_place():
    places = [[trial.decides for trial in claim.trials] for claim in claims.CLAIMS]
    assert all(sorted(decides) == [False, True] for decides in places)
    assert len({decides.index(True) for decides in places}) > 1
    assert len(TRIALS) == 24


@LINUX
@pytest.mark.parametrize(
    "claims", [claims.ARGUMENTS, claims.WAITING, claims.COSTS], ids=["arguments", "waiting", "costs"]
)
def test_a_source_is_short_and_pasted_it_brings_what_the_ruling_rests_on(claims):
    for trial in (trial for claim in claims for trial in claim.trials):
        text, pasted = claims.source(trial.name), {}
        assert len(text.partition("\n\n\n")[2].splitlines()) <= 15, trial.name
        exec(text, pasted)
        evidence = json.loads(json.dumps(pasted[trial.name]()))
        assert trial.holds(evidence), (trial.name, evidence)
        assert trial.says.format(**evidence)


@LINUX
def test_an_attempt_runs_here_where_it_can():
    found = claims.attempt(TRIALS["ask_twice"])
    assert found == ({"poll": [0, 1], "select": [0, 0]}, found.words, True, "")
    assert "poll [0, 1], select [0, 0]" in found.words


def test_evidence_to_the_contrary_does_not_hold():
    assert set(OTHERWISE) == {claim.key for claim in claims.CLAIMS}
    for claim in claims.CLAIMS:
        assert not claim.deciding.holds(OTHERWISE[claim.key]), claim.key
        assert claim.deciding.says.format(**OTHERWISE[claim.key])


def test_each_experiment_is_recorded_and_its_recording_holds():
    assert set(recordings.load("trials").data) == set(TRIALS)
    for trial in TRIALS.values():
        found = claims.look_up(trial, "Not here.")
        assert found.holds, found.words
        assert found.recorded.startswith("Not here. What you read was recorded on Linux")


def test_what_this_machine_lacks_or_refuses_is_shown_as_recorded(monkeypatch):
    def both_selects_beyond_1024():
        raise UserError("Too few descriptors.")

    refusing = Trial("", both_selects_beyond_1024, "{kernel} ready", lambda e: e["kernel"] == 1)
    found = claims.attempt(refusing)
    assert found.words == "1 ready"
    assert found.recorded.startswith("Too few descriptors. What")
    monkeypatch.setattr(runner, "missing", lambda *needs: "epoll")
    assert claims.attempt(TRIALS["edge_with_news"]).recorded.startswith("It needs epoll, which is not here. What")


def test_what_is_heard_is_printed_and_says_whether_it_holds(capsys):
    def poll_once():
        return {"found": next(found)}

    found = itertools.count(1)
    trial = Trial("", poll_once, "Found {found}.", lambda e: e["found"] == 1)
    claim = Claim("k", "It is so.", "a text", (trial,), "false", "It is not.")
    assert claims.hear(claim)
    assert capsys.readouterr().out == "It is so.\n    Found 1.\n    Ruling: false. It is not.\n\n"
    assert not claims.hear(claim)


def test_a_source_is_found_by_the_key_of_its_claim_or_refused():
    assert claims.source("who-hangs") == claims.source("registered_by_a_thread_that_ended")
    with pytest.raises(UserError, match="choose among select-1024, "):
        claims.source("no-such-claim")


def test_an_outcome_is_a_word():
    assert helpers.outcome(int, "12") == "done"
    assert helpers.outcome(int, "twelve") == "ValueError"
    assert helpers.outcome(open, "/no/such/file") == "ENOENT"


def test_what_happens_later_has_happened_at_the_end():
    done = threading.Event()
    with helpers.later(0.05, done.set):
        assert not done.is_set()
    assert done.is_set()


@LINUX
def test_a_number_that_is_not_allowed_is_refused():
    with pytest.raises(UserError, match="no descriptor numbered 2147483647"), helpers.numbered(2**31 - 1):
        pass

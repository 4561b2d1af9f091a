"""Each claim's experiments return what the ruling rests on, can be pasted, and are recorded."""

import itertools
import json
import sys
import threading

import pytest

from readiness.base.messages import UserError
from readiness.experiments import claims, recordings, runner
from readiness.experiments.claims import helpers
from readiness.experiments.claims.claim import VERDICTS, Claim, Experiment

EXPERIMENTS = {experiment.name: experiment for claim in claims.CLAIMS for experiment in claim.experiments}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the rulings are about Linux")

# What a kernel or a library without the fact would return: the deciding experiment must see it.
CONTRARY_EVIDENCE = {
    "select-1024": {"python": "ValueError", "kernel": 0},
    "set-up-once": {"poll": [0, 0], "select": [0, 0]},
    "time-left": {"asked": 1.0, "left": 1.0},
    "third-set": {"read": 0, "write": 0, "third": 1, "error": "ConnectionRefusedError"},
    "shared-memory": {"mmap": "done", "wait": "EFAULT"},
    "many-sleeps": {
        "silence": {"select": 1, "poll": 1, "epoll": 1},
        "in_vain": {"select": 1, "poll": 1, "epoll": 1},
        "events": 0,
    },
    "wait-queue-entry": {"alive": False, "events": 1, "ms": 2000},
    "never-again": {"first": 1, "nothing": 0, "news": 0, "modified": 0},
    "highest-number": {"number": 100, "times": 90.0},
    "fastest": {"poll": 70, "epoll": 0.5},
    "both-always": {"read": 0, "both": 1},
    "hope": {"sent": 5_000_000, "ms": 1.0, "then": "done"},
}


def test_there_are_twelve_and_no_verdict_is_always_right():
    assert len(claims.CLAIMS) == len({claim.key for claim in claims.CLAIMS}) == 12
    rulings = [claim.ruling for claim in claims.CLAIMS]
    assert set(rulings) == set(VERDICTS)
    assert max(rulings.count(ruling) for ruling in VERDICTS) <= 6


def test_each_claim_has_an_inconclusive_experiment_and_not_always_in_the_same_place():
    conclusive = [[experiment.is_conclusive for experiment in claim.experiments] for claim in claims.CLAIMS]
    assert all(sorted(row) == [False, True] for row in conclusive)
    assert len({row.index(True) for row in conclusive}) > 1
    assert len(EXPERIMENTS) == 24


@LINUX
@pytest.mark.parametrize(
    "group", [claims.ARGUMENTS, claims.WAITING, claims.COSTS], ids=["arguments", "waiting", "costs"]
)
def test_a_source_is_short_and_when_pasted_returns_what_the_ruling_rests_on(group):
    for experiment in (experiment for claim in group for experiment in claim.experiments):
        text, pasted = claims.experiment_source(experiment.name), {}
        assert len(text.partition("\n\n\n")[2].splitlines()) <= 15, experiment.name
        exec(text, pasted)
        evidence = json.loads(json.dumps(pasted[experiment.name]()))
        assert experiment.supports_ruling(evidence), (experiment.name, evidence)
        assert experiment.summary_format.format(**evidence)


@LINUX
def test_an_experiment_runs_here_if_it_can():
    result = claims.run_experiment(EXPERIMENTS["poll_and_select_twice"])
    assert result == ({"poll": [0, 1], "select": [0, 0]}, result.summary, True, "")
    assert "poll [0, 1], select [0, 0]" in result.summary


def test_evidence_to_the_contrary_does_not_hold():
    assert set(CONTRARY_EVIDENCE) == {claim.key for claim in claims.CLAIMS}
    for claim in claims.CLAIMS:
        assert not claim.deciding_experiment.supports_ruling(CONTRARY_EVIDENCE[claim.key]), claim.key
        assert claim.deciding_experiment.summary_format.format(**CONTRARY_EVIDENCE[claim.key])


def test_each_experiment_is_recorded_and_its_recording_holds():
    assert set(recordings.load("claims").data) == set(EXPERIMENTS)
    for experiment in EXPERIMENTS.values():
        result = claims.load_recorded(experiment, "Not here.")
        assert result.supports_ruling, result.summary
        assert result.origin.startswith("Not here. What you read was recorded on Linux")


def test_what_this_machine_lacks_or_refuses_is_shown_as_recorded(monkeypatch):
    def both_selects_beyond_1024():
        raise UserError("Too few descriptors.")

    refusing = Experiment("", both_selects_beyond_1024, "{kernel} ready", lambda e: e["kernel"] == 1)
    result = claims.run_experiment(refusing)
    assert result.summary == "1 ready"
    assert result.origin.startswith("Too few descriptors. What")
    monkeypatch.setattr(runner, "missing_feature", lambda *requires: "epoll")
    assert claims.run_experiment(EXPERIMENTS["edge_with_new_data"]).origin.startswith(
        "It needs epoll, which is not here. What"
    )


def test_a_presented_claim_is_printed_and_the_support_returned(capsys):
    def poll_once():
        return {"result": next(counts)}

    counts = itertools.count(1)
    experiment = Experiment("", poll_once, "Found {result}.", lambda e: e["result"] == 1)
    claim = Claim("k", "It is so.", "a text", (experiment,), "false", "It is not.")
    assert claims.present(claim)
    assert capsys.readouterr().out == "It is so.\n    Found 1.\n    Ruling: false. It is not.\n\n"
    assert not claims.present(claim)
    claims.present(claims.CLAIMS[4])
    assert "\n5. epoll shares" in capsys.readouterr().out


def test_a_source_is_found_by_the_key_of_its_claim_or_refused():
    assert claims.experiment_source("wait-queue-entry") == claims.experiment_source("registered_by_a_thread_that_ended")
    with pytest.raises(UserError, match="choose among select-1024, "):
        claims.experiment_source("no-such-claim")


def test_an_error_name_is_a_word():
    assert helpers.outcome_of(int, "12") == "done"
    assert helpers.outcome_of(int, "twelve") == "ValueError"
    assert helpers.outcome_of(open, "/no/such/file") == "ENOENT"


def test_a_full_socket_takes_nothing_more():
    with helpers.connected_pair() as (sock, _peer):
        helpers.fill(sock)
        assert helpers.outcome_of(sock.send, bytes(4096)) == "EAGAIN"


def test_what_happens_later_has_happened_at_the_end():
    done = threading.Event()
    with helpers.call_later(0.05, done.set):
        assert not done.is_set()
    assert done.is_set()


@LINUX
def test_a_number_that_is_not_allowed_is_refused():
    too_large = 2**31 - 1
    with pytest.raises(UserError, match=f"Descriptor {too_large} lies beyond"), helpers.fd_at_least(too_large):
        pass

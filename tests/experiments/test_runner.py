"""An experiment runs where it can, else shows its recording; both come back as JSON makes them."""

import json
import sys

import pytest

from readiness.base.messages import Refusal
from readiness.experiments import recordings, runner
from readiness.experiments.recordings import Recording
from readiness.system import limits


@pytest.fixture(autouse=True)
def recording(monkeypatch):
    monkeypatch.delenv(runner.RECORD_ENV, raising=False)
    monkeypatch.setattr(recordings, "load", lambda name: Recording([name], "recorded on a machine of the test"))


def sample():
    return {1: (2, "three")}


def test_it_runs_here_and_says_nothing(capsys):
    assert runner.run_or_replay(sample) == {"1": [2, "three"]}
    assert runner.run_or_replay(sample, "select") == {"1": [2, "three"]}
    assert capsys.readouterr().out == ""


def test_what_is_missing_is_said_and_the_recording_shown(monkeypatch, capsys):
    here = limits.report()
    monkeypatch.setattr(limits, "report", lambda: limits.Report(**{**vars(here), "epoll": False, "fdinfo": False}))
    assert runner.run_or_replay(sample, "select", "epoll", "fdinfo") == ["sample"]
    said = "This machine shows no epoll. What follows was recorded on a machine of the test.\n"
    assert capsys.readouterr().out == said
    runner.run_or_replay(sample, "fdinfo")
    assert "/proc/self/fdinfo" in capsys.readouterr().out


@pytest.mark.parametrize(("need", "path"), [("linux", "/proc/self/status"), ("kallsyms", "/proc/kallsyms")])
def test_proc_may_be_hidden(need, path, monkeypatch):
    read = limits.read_proc
    monkeypatch.setattr(limits, "read_proc", lambda asked: None if asked == path else read(asked))
    assert runner.missing_feature("select", need) == need


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_this_linux_has_what_the_lessons_need():
    assert runner.missing_feature("linux", "epoll", "fdinfo", "wchan") == ""


def test_a_refusal_shows_the_recording_and_an_error_comes_through(capsys):
    def refuses():
        raise Refusal("Not on this machine.")

    def breaks():
        raise OSError("broken")

    assert runner.run_or_replay(refuses) == ["refuses"]
    assert capsys.readouterr().out.startswith("Not on this machine. What follows was recorded")
    with pytest.raises(OSError, match="broken"):
        runner.run_or_replay(breaks)


def test_what_ran_is_kept_where_the_recorder_asks(tmp_path, monkeypatch):
    file = tmp_path / "results"
    monkeypatch.setenv(runner.RECORD_ENV, str(file))
    runner.run_or_replay(sample)
    runner.run_or_replay(sample)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [{"name": "sample", "data": {"1": [2, "three"]}}] * 2


def test_an_unknown_need_is_an_error():
    with pytest.raises(AttributeError):
        runner.run_or_replay(sample, "warp")

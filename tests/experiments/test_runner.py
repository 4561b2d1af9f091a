"""An experiment runs if the machine can, otherwise its recording is loaded; both results pass through JSON."""

import json
import sys

import pytest

from readiness.base.messages import UserError
from readiness.base.worker import WorkerError
from readiness.experiments import recordings, runner
from readiness.experiments.recordings import Recording
from readiness.system import limits


@pytest.fixture(autouse=True)
def recording(monkeypatch):
    monkeypatch.delenv(runner.RECORD_ENV, raising=False)
    monkeypatch.setattr(recordings, "load", lambda name: Recording([name], "recorded on a machine of the test"))


def sample():
    return {1: (2, "three")}


def test_it_runs_here_and_prints_nothing(capsys):
    assert runner.run_or_replay(sample) == {"1": [2, "three"]}
    assert runner.run_or_replay(sample, "select") == {"1": [2, "three"]}
    assert capsys.readouterr().out == ""


def test_a_missing_feature_is_printed_and_the_recording_loaded(monkeypatch, capsys):
    report = limits.report()
    monkeypatch.setattr(limits, "report", lambda: limits.Report(**{**vars(report), "epoll": False, "fdinfo": False}))
    assert runner.run_or_replay(sample, "select", "epoll", "fdinfo") == ["sample"]
    expected = "This machine shows no epoll. What follows was recorded on a machine of the test.\n"
    assert capsys.readouterr().out == expected
    runner.run_or_replay(sample, "fdinfo")
    assert "/proc/self/fdinfo" in capsys.readouterr().out


@pytest.mark.parametrize(("feature", "path"), [("linux", "/proc/self/status"), ("kallsyms", "/proc/kallsyms")])
def test_proc_may_be_hidden(feature, path, monkeypatch):
    read = limits.read_proc
    monkeypatch.setattr(limits, "read_proc", lambda file: None if file == path else read(file))
    assert runner.missing_feature("select", feature) == feature


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_this_linux_has_what_the_lessons_need():
    assert runner.missing_feature("linux", "epoll", "fdinfo", "wchan") == ""


def test_a_refusal_shows_the_recording_and_an_error_comes_through(capsys):
    def refuses():
        raise UserError("Not on this machine.")

    def breaks():
        raise OSError("broken")

    assert runner.run_or_replay(refuses) == ["refuses"]
    assert capsys.readouterr().out.startswith("Not on this machine. What follows was recorded")
    with pytest.raises(OSError, match="broken"):
        runner.run_or_replay(breaks)


def test_results_are_appended_to_the_file_of_the_recorder(tmp_path, monkeypatch):
    file = tmp_path / "results"
    monkeypatch.setenv(runner.RECORD_ENV, str(file))
    runner.run_or_replay(sample)
    runner.run_or_replay(sample)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [{"name": "sample", "data": {"1": [2, "three"]}}] * 2


def test_an_unknown_feature_is_an_error():
    with pytest.raises(AttributeError):
        runner.run_or_replay(sample, "warp")


def test_a_killed_worker_is_reported_and_no_recording_replaces_its_result():
    def killed():
        raise WorkerError("It was killed.")

    with pytest.raises(WorkerError, match=r"It was killed\. Run the cell again\."):
        runner.run_or_replay(killed)


def test_a_descriptor_beyond_the_limit_is_named_and_the_recording_loaded(monkeypatch, capsys):
    monkeypatch.setattr(limits, "fd_limits", lambda: (700, 700))
    assert runner.run_or_replay(sample, "descriptor 699") == {"1": [2, "three"]}
    assert runner.run_or_replay(sample, "descriptor 700") == ["sample"]
    expected = "The limit of open descriptors (ulimit -Hn) allows no descriptor 700 here. What follows was recorded on"
    assert capsys.readouterr().out.startswith(expected)


def test_a_soft_limit_is_raised_before_a_descriptor_is_called_missing():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] <= 512:
        pytest.skip("the hard limit is too low")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert runner.missing_feature("descriptor 512") == ""
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

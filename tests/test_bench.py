"""The benches: their file of results, and that the C reference builds and times every case that Python does."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readiness.scancost import METHODS, Case

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bench(monkeypatch):
    """A function that imports a module of the folder, which is not installed."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: importlib.import_module(f"bench.{name}")


def test_a_saved_section_takes_the_place_of_its_last(bench, tmp_path, monkeypatch):
    report = bench("report")
    monkeypatch.setattr(report, "RESULTS", tmp_path / "RESULTS.md")
    report.save("one", "first\n\n### part\n")
    report.save("two", "second")
    report.save("one", "third")
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert text == report.HEAD + "\n## one\n\nthird\n\n## two\n\nsecond\n"


def test_targets_say_met_or_missed(bench):
    lines = bench("report").targets([("a", "< 1", "0.5", True), ("b", "< 1", "2", False)]).splitlines()
    assert lines[2:] == ["| a | < 1 | 0.5 | met |", "| b | < 1 | 2 | **missed** |"]


def test_figures_have_three_digits(bench):
    assert [bench("report").figure(x) for x in (0.31274, 25.231, 1709.9)] == ["0.313", "25.2", "1,710"]


def test_the_machine_is_named_by_what_matters(bench):
    line = bench("report").machine()
    assert "cores" in line
    assert "Python" in line


def test_an_unknown_bench_is_refused():
    done = subprocess.run([sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no bench nothing: choose among" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the reference watches eventfds with epoll: Linux")
def test_python_and_c_find_the_same_shape(bench, need):
    need(shutil.which(os.environ.get("CC", "cc")), "no C compiler: install gcc or clang")
    scancost = bench("scancost")
    cases = [Case(method, 200, churn=0.05 * method.startswith("epoll-")) for method in METHODS]
    cases += [Case("poll", 200, where=where, blocking=True) for where in ("first", "last", "random")]
    with scancost.Reference() as reference:
        seconds = {(case.method, case.where, case.blocking): reference.seconds(case) for case in cases}
        pairs = scancost.compare(reference, [Case("poll", 100), Case("epoll", 100)])
    assert seconds["poll-empty", "random", False] < seconds["poll", "random", False]
    assert 2 * seconds["epoll", "random", False] < seconds["poll", "random", False]
    assert seconds["epoll", "random", False] < seconds["epoll-mod", "random", False]
    assert seconds["poll", "first", True] < seconds["poll", "last", True]
    assert [python.method for python, _c in pairs] == ["poll", "epoll"]
    assert all(c.seconds < 2 * python.seconds for python, c in pairs)
    assert scancost.rows(pairs, "N", lambda p: p.method).count("\n") == 4

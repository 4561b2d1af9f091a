"""Limits: the report shows what is available, as text and as data; the soft limit is raised and described."""

import builtins
import dataclasses
import select
import subprocess
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from readiness.system import limits

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
LIMITED = pytest.mark.skipif(limits.resource is None, reason="this system has no RLIMIT_NOFILE")


@pytest.fixture
def no_proc(monkeypatch):
    """/proc can't be opened, as on macOS."""
    real = builtins.open

    def guarded(path, *args, **kwargs):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", guarded)


def values(report: limits.Report) -> dict[str, str]:
    return {name: value for name, value, _meaning in report.rows()}


def test_the_report_shows_what_this_interpreter_has():
    report = limits.report()
    for name in ("select", "poll", "epoll", "kqueue"):
        assert getattr(report, name) is hasattr(select, name)
        assert values(report)[name] == ("yes" if hasattr(select, name) else "no")
    assert report.cpus >= 1


@LINUX
def test_on_linux_all_four_limits_are_numbers_and_proc_is_read():
    report = limits.report()
    assert 0 < report.nofile_soft <= report.nofile_hard <= report.nr_open
    assert report.max_user_watches > 0
    assert report.file_max > 0
    assert report.fdinfo is True


@LINUX
def test_wchan_counts_as_shown_only_if_it_names_a_sleeping_thread(monkeypatch):
    real = limits.read_proc
    monkeypatch.setattr(limits, "read_proc", lambda path: "0" if path.endswith("wchan") else real(path))
    assert limits.report().wchan is False
    monkeypatch.setattr(limits, "read_proc", lambda path: "futex_wait_queue" if "/task/" in path else "0")
    assert limits._wchan_is_shown() is True


def test_every_row_is_three_texts_and_every_name_is_once():
    rows = limits.report().rows()
    assert all(isinstance(text, str) and text for row in rows for text in row)
    assert len({name for name, *_rest in rows}) == len(rows) >= 15


def test_each_call_asks_the_system(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    assert limits.report().epoll is False
    assert values(limits.report())["epoll"] == "no"


def test_without_proc_the_report_says_not_here(no_proc):
    report = limits.report()
    assert (report.file_max, report.nr_open, report.max_user_watches) == (None, None, None)
    assert (report.fdinfo, report.wchan) == (False, False)
    assert values(report)["fs.nr_open"] == "not here"


def test_the_text_table_has_a_line_for_each_row_in_columns():
    report = limits.report()
    lines = str(report).splitlines()
    assert len(lines) == len(report.rows())
    meanings = [meaning for _name, _value, meaning in report.rows()]
    assert len({line.index(meaning) for line, meaning in zip(lines, meanings, strict=True)}) == 1


def test_the_html_table_is_accessible_plain_and_escaped():
    report = dataclasses.replace(limits.report(), system="<b>&")
    table = ElementTree.fromstring(report._repr_html_())
    assert table.find("caption").text
    assert [th.get("scope") for th in table.iterfind("thead/tr/th")] == ["col"] * 3
    assert [th.get("scope") for th in table.iterfind("tbody/tr/th")] == ["row"] * len(report.rows())
    assert table.find("tbody/tr/td").text.startswith("<b>&")
    assert {name for node in table.iter() for name in node.attrib} <= {"scope", "style"}
    styles = " ".join(node.get("style", "") for node in table.iter())
    assert not {"color", "background"} & set(styles.replace(":", " ").split())  # either theme's own


@LIMITED
def test_the_soft_limit_is_raised_to_the_hard_one_and_the_sentence_says_so():
    program = (
        "import resource; from readiness.system import limits\n"
        "hard = limits.fd_limits()[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "print(limits.raise_fd_limit()); print(limits.raise_fd_limit())\n"
        "print(256 < limits.fd_limits()[0] <= hard)\n"
    )
    raised, again, more = subprocess.check_output([sys.executable, "-c", program], text=True).splitlines()
    assert "from 256 to " in raised
    assert more == "True"
    assert again != raised


def fake_resource(soft: int, hard: int, max_soft: int) -> SimpleNamespace:
    """A system that calls unlimited 999 and grants at most `max_soft`."""
    current = [soft, hard]

    def setrlimit(_which, requested):
        if requested[0] > max_soft:
            raise ValueError("current limit exceeds maximum limit")
        current[:] = requested

    return SimpleNamespace(
        RLIM_INFINITY=2**63 - 1,
        RLIMIT_NOFILE=7,
        getrlimit=lambda _which: tuple(current),
        setrlimit=setrlimit,
        current=current,
    )


def test_if_unlimited_is_not_granted_the_next_best_is(monkeypatch):
    fake = fake_resource(256, 2**63 - 1, 10_240)
    monkeypatch.setattr(limits, "resource", fake)
    assert limits.fd_limits() == (256, limits.UNLIMITED)
    assert limits.raise_fd_limit() == "The soft limit of open descriptors is raised from 256 to 8,192."
    assert fake.current == [8192, 2**63 - 1]
    assert values(limits.report())["open files, hard limit"] == "unlimited"


def test_a_limit_that_can_not_be_raised_is_described(monkeypatch):
    monkeypatch.setattr(limits, "resource", fake_resource(256, 4096, 256))
    assert limits.raise_fd_limit() == "The system keeps the soft limit at 256."
    monkeypatch.setattr(limits, "resource", fake_resource(4096, 4096, 4096))
    assert "already the hard limit, 4,096" in limits.raise_fd_limit()
    monkeypatch.setattr(limits, "resource", None)
    assert "nothing to raise" in limits.raise_fd_limit()
    assert "nothing to raise" in limits.how_to_raise_fd_limit()
    assert limits.fd_limits() == (None, None)

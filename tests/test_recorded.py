"""Recorded: every recording can be read, belongs to what the course measures now, and names no machine."""

import json
import platform
import select
import sys

import pytest
import record

from readiness import cases, kernel, limits, recorded, scancost
from readiness.scancost import Case, Point
from readiness.words import Refusal

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the lists of cases are whole on Linux only")


def case_of(point: Point) -> Case:
    return Case(**{name: getattr(point, name) for name in Case.__dataclass_fields__})


def test_every_recorder_has_its_recording():
    assert set(record.RECORDERS) <= set(recorded.names())
    assert set(cases.LISTS) < set(record.RECORDERS)


def test_every_experiment_of_the_lessons_has_its_recording_and_its_own_name():
    assert record.LESSONS
    names = [name for path in record.LESSONS.values() for name in record.experiments(path)]
    assert len(names) == len(set(names)), "two experiments have one name"
    assert set(names) | set(record.RECORDERS) == set(recorded.names()), "run tools/record.py with the lesson's number"


@pytest.mark.parametrize("name", recorded.names())
def test_a_recording_says_where_and_when_but_not_on_whose_machine(name):
    data, machine = recorded.load(name)
    assert data
    assert machine.startswith("recorded on Linux ")
    assert "cores" in machine
    text = (recorded._FOLDER / f"{name}.json").read_text("utf-8")
    assert set(json.loads(text)["machine"]) == {"system", "release", "python", "cpus", "month", "year"}
    assert len(platform.node()) < 3 or f'"{platform.node()}"' not in text


@LINUX
@pytest.mark.parametrize("name", cases.LISTS)
def test_the_recorded_points_are_those_of_the_list_as_it_is_now(name, monkeypatch):
    monkeypatch.setattr(cases, "most", lambda kind="": 10**6)  # whatever this machine allows
    found = scancost.recorded_points(name)
    assert {case_of(point) for point in found} == set(cases.LISTS[name]())
    assert all(point.seconds > 0 for point in found)


def test_the_recorded_points_have_the_known_shape():
    found = scancost.recorded_points()
    assert scancost.ratio(found, "poll", "epoll", 10_000) > 100
    assert 0.8 < scancost.slope(found, "poll") < 1.4
    assert abs(scancost.slope(found, "epoll")) < 0.1
    blocking = scancost.recorded_points("table_63_9")
    assert scancost.ratio(blocking, "poll", "epoll", 10_000) > 500


def test_the_recorded_interest_list_shows_level_edge_and_one_shot():
    rows = kernel.parse_interest(recorded.load("fdinfo").data)
    assert len(rows) == 3
    assert all(row.data == row.tfd for row in rows)
    names = " ".join(row.named for row in rows)
    assert "EPOLLET" in names
    assert "EPOLLONESHOT" in names


def test_the_recorded_report_is_a_report():
    report = limits.Report(**recorded.load("limits").data)
    assert report.epoll is True
    assert "Linux" in str(report)


def test_what_was_not_recorded_is_refused_with_what_was():
    with pytest.raises(Refusal, match=r"no recording '\.\./words': choose among .*standard"):
        recorded.load("../words")


# The recorder


def test_what_is_written_is_what_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "_FOLDER", tmp_path)
    for data in ([{"a": 1}, {"a": None}], "text\n", {"x": [1, 2]}, [1]):
        record.write("thing", data, tmp_path)
        assert recorded.load("thing").data == data
    assert recorded.names() == ["thing"]


def test_the_quickest_sweep_is_kept(monkeypatch):
    times = iter([2.0, 1.23456789, 3.0])

    def sweep(cases):
        return iter([Point("poll", 10, seconds=next(times), spread=0, batches=7, calls=1, at=0)])

    monkeypatch.setattr(scancost, "sweep", sweep)
    assert [point["seconds"] for point in record.quickest([Case("poll", 10)])] == [1.235]


@LINUX
def test_the_interest_list_can_be_recorded_here():
    assert len(kernel.parse_interest(record.interest())) == 3


@pytest.mark.parametrize(
    ("arguments", "says"), [(["nothing"], "no recorder nothing"), ([], "needs a machine with Linux")]
)
def test_the_recorder_leaves_nothing_out_in_silence(arguments, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["record.py", *arguments])
    monkeypatch.delattr(select, "epoll", raising=False)
    monkeypatch.setattr(record, "write", lambda *_: pytest.fail("something was written"))
    with pytest.raises(SystemExit) as ended:
        record.main()
    assert says in f"{ended.value} {capsys.readouterr().err}"

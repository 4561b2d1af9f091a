"""Recordings: every recording can be read, belongs to what the course measures now, and names no machine."""

import json
import platform
import select
import sys
from pathlib import Path

import pytest

from readiness.base.messages import UserError
from readiness.experiments import recordings, wait_cost, wait_cost_cases
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.system import interest_list, limits
from tools.lessons import episode
from tools.notebooks import record

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the lists of cases are whole on Linux only")


def case_of(point: Point) -> BenchmarkCase:
    return BenchmarkCase(**{name: getattr(point, name) for name in BenchmarkCase.__dataclass_fields__})


def test_every_recorder_has_its_recording():
    assert set(record.RECORDERS) <= set(recordings.names())
    assert set(wait_cost_cases.CASE_LISTS) < set(record.RECORDERS)


def test_every_experiment_of_the_episodes_has_its_recording_and_its_own_name():
    experiments = {number: record.experiment_names(path) for number, path in record.EPISODES.items()}
    names = [name for found in experiments.values() for name in found]
    assert names
    assert len(names) == len(set(names)), "two experiments have one name"
    wanted = set(names) | set(record.RECORDERS)
    assert wanted <= set(recordings.names()), "run tools/notebooks/record.py with the episode's number"
    assert set(recordings.names()) <= wanted, "no cell uses these recordings"


@pytest.mark.parametrize("number", record.EPISODES)
def test_the_recordings_of_an_episode_have_its_number(number):
    names = record.experiment_names(record.EPISODES[number])
    assert {recordings.files()[name].name for name in names} == {f"{number}-{name}.json" for name in names}


def test_a_number_before_a_recording_is_that_of_an_episode_that_uses_it():
    used = {number: set(record.experiment_names(path)) for number, path in record.EPISODES.items()}
    for name, path in recordings.files().items():
        number = episode.number(path.name)
        if name in record.RECORDERS:
            assert not number or number in used, f"{path.name}: there is no such episode"
        else:
            assert name in used.get(number, set()), f"{path.name}: episode {number} does not use it"


def test_a_name_belongs_to_one_file():
    stems = [recordings.name_of(path) for path in recordings._FOLDER.glob("*.json")]
    assert len(stems) == len(set(stems))
    assert recordings.name_of(Path("09b-a_bounded_buffer.json")) == "a_bounded_buffer"


@pytest.mark.parametrize("name", recordings.names())
def test_a_recording_says_where_and_when_but_not_on_whose_machine(name):
    data, origin = recordings.load(name)
    assert data
    assert origin.startswith("recorded on Linux ")
    assert "cores" in origin
    text = recordings.files()[name].read_text("utf-8")
    assert set(json.loads(text)["machine"]) == {"system", "release", "python", "cpus", "month", "year"}
    assert len(platform.node()) < 3 or f'"{platform.node()}"' not in text


@LINUX
@pytest.mark.parametrize("name", wait_cost_cases.CASE_LISTS)
def test_the_recorded_points_are_those_of_the_list_as_it_is_now(name, monkeypatch):
    monkeypatch.setattr(wait_cost_cases, "max_size", lambda kind="": 10**6)  # whatever this machine allows
    found = wait_cost.recorded_points(name)
    assert {case_of(point) for point in found} == set(wait_cost_cases.CASE_LISTS[name]())
    assert all(point.seconds > 0 for point in found)


def test_the_recorded_points_have_the_known_shape():
    found = wait_cost.recorded_points()
    assert wait_cost.ratio(found, "poll", "epoll", 10_000) > 100
    assert 0.8 < wait_cost.growth_exponent(found, "poll") < 1.4
    assert abs(wait_cost.growth_exponent(found, "epoll")) < 0.1
    blocking = wait_cost.recorded_points("table_63_9")
    assert wait_cost.ratio(blocking, "poll", "epoll", 10_000) > 500


def test_the_recorded_interest_list_shows_level_edge_and_one_shot():
    rows = interest_list.parse(recordings.load("fdinfo").data)
    assert len(rows) == 3
    assert all(row.data == row.tfd for row in rows)
    names = " ".join(row.describe() for row in rows)
    assert "EPOLLET" in names
    assert "EPOLLONESHOT" in names


def test_the_recorded_report_is_a_report():
    report = limits.Report(**recordings.load("limits").data)
    assert report.epoll is True
    assert "Linux" in str(report)


def test_what_was_not_recorded_is_refused_with_what_was():
    with pytest.raises(UserError, match=r"no recording '\.\./words': choose among .*standard"):
        recordings.load("../words")


# The recorder


def test_what_is_written_is_what_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "_FOLDER", tmp_path)
    for data in ([{"a": 1}, {"a": None}], "text\n", {"x": [1, 2]}, [1]):
        record.write("thing", data, tmp_path)
        assert recordings.load("thing").data == data
    assert recordings.names() == ["thing"]


def test_an_episodes_number_stands_in_front_of_the_file_name_only(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "_FOLDER", tmp_path)
    record.write("thing", [1], tmp_path)
    assert record.write("thing", [2], tmp_path, number="05a").name == "05a-thing.json"
    assert record.write("thing", [3], tmp_path).name == "05a-thing.json"
    assert record.write("thing", [4], tmp_path, number="09b").name == "09b-thing.json"
    assert [path.name for path in tmp_path.iterdir()] == ["09b-thing.json"]
    assert recordings.load("thing").data == [4]


def test_the_quickest_sweep_is_kept(monkeypatch):
    times = iter([2.0, 1.23456789, 3.0])

    def sweep(cases):
        return iter([Point("poll", 10, seconds=next(times), spread=0, batches=7, calls=1, elapsed=0)])

    monkeypatch.setattr(wait_cost, "sweep", sweep)
    assert [point["seconds"] for point in record.fastest_sweep([BenchmarkCase("poll", 10)])] == [1.235]


@LINUX
def test_the_interest_list_can_be_recorded_here():
    assert len(interest_list.parse(record.interest_list_text())) == 3


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

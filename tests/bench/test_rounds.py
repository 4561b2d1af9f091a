"""Rounds: whose turn it is, the warm-up, and what happens while other programs use the processor."""

import itertools
import os
import subprocess
import sys

import pytest

from bench import neighbours, rounds
from bench.figures import Figure
from bench.neighbours import KERNEL_THREAD, Process
from bench.rounds import Rounds, noise_line, rotated, take_turns

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc says how much CPU time a process has used")


@pytest.fixture
def busy(monkeypatch):
    """A function that sets how many cores other programs use: one number for each round, the warm-up included."""

    def use(*cores: float) -> None:
        numbers = itertools.chain(cores, itertools.repeat(cores[-1]))

        class FakeNeighbours:
            def __init__(self):
                self.number = next(numbers)

            def cores(self):
                return self.number

        monkeypatch.setattr(rounds, "Neighbours", FakeNeighbours)

    return use


def test_each_round_begins_with_another():
    assert [rotated("abc", number) for number in (-1, 0, 1, 2, 3)] == [
        ["c", "a", "b"],
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_all_take_turns_and_the_warm_up_is_dropped(busy):
    busy(0)
    order, calls = [], itertools.count()

    def measure(subject):
        order.append(subject)
        return next(calls)

    measured = take_turns("ab", measure, 3)
    assert "".join(order) == "ba" + "ab" + "ba" + "ab"
    assert (measured.of("a"), measured.of("b")) == ([2, 5, 6], [3, 4, 7])
    assert measured.quiet
    assert measured.repeated == 0


def test_a_disturbed_round_is_measured_again(busy):
    busy(9, 0.5, 0, 0.5, 0)  # the first is the warm-up
    calls = itertools.count(-1)
    measured = take_turns("a", lambda _subject: next(calls), 2)
    assert measured.of("a") == [1, 3]
    assert measured.repeated == 2
    assert measured.quiet


def test_a_noisy_machine_ends_the_repetitions_and_is_named(busy):
    busy(0, 0.4, 0.3, 0.5, 0.2)
    calls = itertools.count(-1)
    measured = take_turns("a", lambda _subject: next(calls), 2)
    assert measured.of("a") == [1, 3]  # the two that were disturbed least, in their order
    assert not measured.quiet
    assert "**The machine was not quiet**" in noise_line([Figure(1, 1, 1)], [measured])


def test_a_quiet_table_says_its_quartiles():
    quiet = Rounds([{}], [0.02], 0)
    line = noise_line(
        [Figure(1, 1, 1.01), Figure(1, 0.98, 1.02), Figure(1, 0.9, 1.1)], [quiet, Rounds([{}], [0.03], 1)]
    )
    assert "4.0% of the median in the middle figure, 20.0% in the worst" in line
    assert "at most 3% of a core" in line
    assert "measured again: 1" in line
    assert "not quiet" not in line


def test_other_programs_are_all_but_our_own_and_the_kernels_threads():
    found = {
        1: Process(0, 0, 100),  # init
        2: Process(0, KERNEL_THREAD, 1_000),
        10: Process(1, 0, 7),  # the shell that started the bench
        11: Process(10, 0, 10_000),  # the bench
        12: Process(11, 0, 20_000),  # a server of the bench
        13: Process(12, 0, 30_000),  # its child
        20: Process(1, 0, 5),
    }
    assert neighbours.other_ticks(found, 11) == 112


@linux
def test_a_child_of_ours_is_no_neighbour_and_a_process_with_an_odd_name_is_read():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = neighbours.processes()
        assert found[child.pid].parent == os.getpid()
        before = neighbours.other_ticks({os.getpid(): found[os.getpid()]}, os.getpid())
        assert neighbours.other_ticks({pid: found[pid] for pid in (os.getpid(), child.pid)}, os.getpid()) == before == 0
        child.communicate(b"\n")


def test_without_proc_the_machine_counts_as_quiet(monkeypatch, tmp_path):
    monkeypatch.setattr(neighbours, "Path", lambda _path: tmp_path)
    monkeypatch.setattr(neighbours, "read_proc", lambda _path: None)
    assert neighbours.processes() == {}
    assert neighbours.Neighbours().cores() == 0

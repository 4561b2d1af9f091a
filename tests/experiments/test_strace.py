"""strace's log is read as written; without strace, the recorded counts are returned, with their origin."""

import shutil

import pytest

from readiness.base.messages import UserError
from readiness.experiments import strace

LOG = """\
write(2, "", 0)                         = 0
epoll_create1(EPOLL_CLOEXEC)            = 5
epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0
epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=4, u64=4}}) = 0
epoll_wait(5, [{events=EPOLLIN, data={u32=3, u64=3}}], 2, -1) = 1
+++ exited with 0 +++
"""


def test_calls_are_counted_from_the_mark_on():
    before = 'poll([{fd=0}], 1, 0) = 0\nwrite(1, "x", 1) = 1\n'
    calls = strace.parse(before + LOG)
    assert calls.counts == {"epoll_create1": 1, "epoll_ctl": 2, "epoll_wait": 1}
    assert calls.example["epoll_ctl"].startswith("epoll_ctl(5, EPOLL_CTL_ADD, 4")
    assert calls.example["epoll_ctl"].endswith("= 0")
    assert "2 × epoll_ctl" in str(calls)


@pytest.mark.parametrize(
    ("line", "name", "function"),
    [
        ("select(6, [3 5], NULL, NULL, NULL) = 1 (in [3])", "select", "select"),  # musl, glibc before 2.33
        ("pselect6(6, [3 5], NULL, NULL, NULL, NULL) = 1 (in [3])", "pselect6", "select"),
        ("poll([{fd=3, events=POLLIN}], 1, -1) = 1", "poll", "poll"),
        ("ppoll([{fd=3, events=POLLIN}], 1, NULL, NULL, 0) = 1", "ppoll", "poll"),  # arm64, riscv
        ("epoll_pwait(5, [{events=EPOLLIN, data={u32=3, u64=3}}], 2, -1, NULL, 8) = 1", "epoll_pwait", "epoll_wait"),
    ],
)
def test_a_call_is_counted_under_the_library_s_name_on_every_processor(line, name, function):
    calls = strace.parse(f'write(2, "", 0) = 0\n{line}\n{line}\n')
    assert calls.counts == {name: 2}
    assert calls.library_counts == {function: 2}


def test_an_example_has_whole_words_and_no_chance_bits():
    numbers = " ".join(str(number) for number in range(3, 203, 2))
    line = f"pselect6(202, [{numbers}], NULL, NULL, NULL, NULL) = 1 (in [3])"
    example = strace.parse(f'write(2, "", 0) = 0\n{line}\n').example["pselect6"]
    head, tail = example.split(" … ")
    assert len(example) <= 72
    assert (line.startswith(head + " "), line.endswith(" " + tail)) == (True, True)
    assert "u64" not in strace.parse(LOG).example["epoll_ctl"]


def test_recorded_where_there_is_no_strace(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    counts = {s: strace.system_calls(s).library_counts for s in ("SelectSelector", "PollSelector", "EpollSelector")}
    assert counts == {
        "SelectSelector": {"select": 3},
        "PollSelector": {"poll": 3},
        "EpollSelector": {"epoll_create1": 1, "epoll_ctl": 100, "epoll_wait": 3},
    }
    assert "recorded on" in str(strace.system_calls("PollSelector"))


@pytest.mark.parametrize(("selector", "wait"), [("SelectSelector", "select"), ("PollSelector", "poll")])
def test_strace_sees_this_machine(selector, wait, need):
    need(shutil.which("strace"), "strace is not installed: apt-get install strace")
    calls = strace.system_calls(selector, watched=10, turns=2)
    if calls.origin:
        pytest.skip("strace is here, but tracing is forbidden")
    assert calls.library_counts == {wait: 2}


@pytest.mark.parametrize("numbers", [{"watched": 0}, {"watched": -1}, {"watched": 10**9}, {"turns": -1}])
def test_numbers_that_no_program_can_have_are_refused(numbers):
    with pytest.raises(UserError, match="choose a whole number from"):
        strace.system_calls("PollSelector", **numbers)


def test_a_selector_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match="no selector 'Poll': choose one of SelectSelector, PollSelector"):
        strace.system_calls("Poll")

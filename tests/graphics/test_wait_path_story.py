"""The path of a wait in the story is the one that this kernel has, and each figure fits its text."""

import re
import sys
import threading

import pytest

from readiness.base.messages import UserError
from readiness.graphics.stories import wait_path_story
from readiness.system import limits, thread_state

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: /proc shows it")
POINTED_AT = {"__pollwait", "pollwake", "ep_ptable_queue_proc", "ep_poll_callback"}  # so never built into a caller


def test_each_step_fills_a_row_and_its_picture_says_which():
    steps, rows = wait_path_story.wait_path_story(), wait_path_story.rows()
    assert len(steps) == len(rows)
    for number, (step, row) in enumerate(zip(steps, rows, strict=True), 1):
        picture = step.draw()
        assert f". Row {number}, {row.name}: " in picture.alt
        texts = re.findall(r"<text[^>]*>([^<]+)</text>", picture.svg) + re.findall(r"<!-- (.+?) -->", picture.svg)
        shown = {
            name for name in wait_path_story.kernel_functions() if any(name in re.split(r"\W+", text) for text in texts)
        }
        functions = {name for earlier in rows[:number] for cell in earlier.cells for name in cell.functions}
        assert functions <= shown


def test_every_row_has_all_three_calls_once():
    for row in wait_path_story.rows():
        columns = [column for cell in row.cells for column in range(cell.first_column, cell.last_column + 1)]
        assert columns == [0, 1, 2], row.name


def test_all_three_share_one_row_and_separate_in_the_next():
    shared = [
        [len(range(cell.first_column, cell.last_column + 1)) for cell in row.cells] for row in wait_path_story.rows()
    ]
    assert [index for index, spans in enumerate(shared) if spans == [3]] == [2]
    assert shared[3] == [2, 1]


def test_what_the_softirq_runs_stands_outside_every_frame():
    story, rows = wait_path_story, wait_path_story.rows()
    outside = [index for index, row in enumerate(rows) if row.run_by]
    assert outside == [story.SOFTIRQ_ROW]
    middles = [story._top(index) + story.ROW_HEIGHT / 2 for index in range(len(rows))]
    for first, last in [(0, 7), (story.EPOLL_CTL_ROWS, 7)]:
        sides = story._frame_sides(first, last, len(rows))
        framed = {i for i, y in enumerate(middles) if any(top < y < bottom for top, bottom in sides)}
        assert framed == set(range(first, last + 1)) - {story.SHARED_ROW, *outside}


def test_the_last_title_counts_the_rows_that_each_call_runs_itself():
    def repeated(column, first):
        cells = [row.cells for row in wait_path_story.rows()[first:] if not row.run_by]
        return sum(
            bool(cell.functions) for row in cells for cell in row if cell.first_column <= column <= cell.last_column
        )

    assert [repeated(1, 0), repeated(2, wait_path_story.EPOLL_CTL_ROWS)] == [7, 2]
    assert "poll repeats seven rows in each call, epoll_wait two" in wait_path_story.wait_path_story()[-1].draw().alt


def test_the_text_names_what_the_rows_hold():
    text = " ".join(step.text for step in wait_path_story.wait_path_story())
    labels = " ".join(str(cell) for row in wait_path_story.rows() for cell in row.cells)
    for name in POINTED_AT | {"_qproc"}:
        assert re.search(rf"\b{name}\b", text), name
        assert re.search(rf"\b{name}\b", labels), name


@LINUX
def test_this_kernel_has_the_functions_that_hang_on_queues():
    text = limits.read_proc("/proc/kallsyms")
    if not text:
        pytest.skip("this machine hides /proc/kallsyms")
    listed = {line.split()[2].partition(".")[0] for line in text.splitlines()}
    assert listed >= POINTED_AT
    found = listed & set(wait_path_story.kernel_functions())
    assert len(found) >= 0.5 * len(wait_path_story.kernel_functions()), "the story is about another kernel"


# Where a sleeper came from


@pytest.fixture
def at_a_lock():
    """A thread that waits for a lock of Python's, and so sleeps in futex(2)."""
    gate = threading.Lock()
    gate.acquire()
    thread = threading.Thread(target=gate.acquire)
    thread.start()
    yield thread
    gate.release()
    thread.join()


@LINUX
def test_a_wait_for_a_lock_is_no_sleep_to_look_at(at_a_lock):
    with pytest.raises(UserError, match="not asleep"):
        thread_state.wchan(at_a_lock, timeout=0.05)
    assert not thread_state.wait_until_asleep(at_a_lock, timeout=0.05)


STACK = """[<0>] poll_schedule_timeout.constprop.0+0x37/0x90
[<0>] do_sys_poll+0x437/0x5c0
[<0>] __x64_sys_poll+0xcb/0x190
[<0>] do_syscall_64+0x71/0x280
[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e
"""


def test_the_path_begins_with_the_system_call(monkeypatch):
    files = {"/proc/1/wchan": "poll_schedule_timeout.constprop.0", "/proc/1/stack": STACK}
    monkeypatch.setattr(thread_state, "read_proc", files.get)
    assert thread_state.kernel_stack(1) == ["__x64_sys_poll", "do_sys_poll", "poll_schedule_timeout"]


@pytest.mark.parametrize("stack", [None, "", "[<0>] 0xffffffffffffffff\n"])
def test_a_path_that_may_not_be_read_is_refused(stack, monkeypatch):
    monkeypatch.setattr(thread_state, "read_proc", {"/proc/1/wchan": "do_epoll_wait", "/proc/1/stack": stack}.get)
    with pytest.raises(UserError, match="to root alone"):
        thread_state.kernel_stack(1)

"""A check runs at once, under a deadline, explains a failure in sentences, and saves the progress."""

import contextlib
import errno
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from readiness.base.messages import UserError
from readiness.course import progress_store
from readiness.course.checks import CheckError, Lab, NotWrittenError
from readiness.course.deadline import DeadlineError, with_deadline
from readiness.system import limits

SECTION = "03-select-by-hand.ipynb#Call-it-again"


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


@pytest.fixture
def lab():
    return Lab("03", total_checks=3)


def failed(lab, function, **options):
    with pytest.raises(CheckError) as caught:
        lab.check(SECTION, **options)(function)
    return str(caught.value)


def test_a_check_that_passes_prints_so_and_counts(lab, capsys):
    @lab.check(SECTION)
    def first():
        """One is one,
        and stays one.

        And this is not shown."""

    assert first is None
    assert capsys.readouterr().out == "Passed: One is one, and stays one.\n1 of 3 checks passed.\n"


def test_a_failed_check_names_what_why_and_the_section(lab):
    def sees():
        """Two is seen."""
        raise AssertionError("Expected 2, saw 1: count again.")

    message = failed(lab, sees)
    assert message.splitlines() == [
        "Not yet: Two is seen.",
        "Expected 2, saw 1: count again.",
        "Look again at episode 03, section “Call it again”.",
    ]
    assert CheckError(message)._render_traceback_() == message.splitlines()
    assert str(lab) == "0 of 3 checks passed."


def test_an_error_of_the_learners_is_shown_with_its_line(lab):
    def breaks():
        """It runs."""
        return {}["missing"]

    message = failed(lab, breaks)
    assert "Your code raised KeyError: 'missing'" in message
    assert "line" in message


def test_a_line_of_the_learners_is_shown_where_python_itself_raises(lab):
    names = {}
    exec(compile("import os\ndef joins():\n    'It runs.'\n    os.path.join(3, 'a')", "<cell>", "exec"), names)
    assert "(joins, line 4)" in failed(lab, names["joins"])


def test_a_name_that_is_not_there_may_be_in_a_cell_above_but_no_local_one(lab):
    def outer():
        """It runs."""
        return of_a_cell_above  # noqa: F821

    def local():
        """It runs."""
        if not lab:
            value = 1
        return value

    assert "If a cell above defines it, run that cell first." in failed(lab, outer)
    message = failed(lab, local)
    assert "Your code raised UnboundLocalError" in message
    assert "above" not in message


def test_what_is_not_written_yet_is_that_and_nothing_else(lab):
    def stub():
        """It is written."""
        raise NotImplementedError("your code here")

    with pytest.raises(NotWrittenError) as caught:
        lab.check(SECTION)(stub)
    assert caught.value._render_traceback_() == ["Not written yet: It is written."]


def loops():
    """It ends."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def blocks():
    """It ends."""
    local, peer = socket.socketpair()
    with local, peer:
        select.select([local], [], [])


def spins():
    """It ends."""
    while True:
        pass


def swallows():
    """It ends."""
    while True:
        try:  # noqa: SIM105 – a learner's
            time.sleep(0.01)
        except:  # noqa: E722
            pass


def swallows_and_waits_again():
    """It ends."""
    local, peer = socket.socketpair()
    with local, peer:
        while True:
            try:
                local.recv(1)
            except BaseException:
                continue


@pytest.mark.parametrize("function", [loops, blocks, spins, swallows, swallows_and_waits_again])
def test_what_never_ends_is_stopped_with_a_sentence(function, lab):
    assert "stopped after 0.1 seconds" in failed(lab, function, timeout=0.1)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="what is left behind in a thread has no line")
def test_the_line_where_it_was_stopped_is_named(lab):
    names = {}
    exec(compile('def spins():\n    """It ends."""\n    while True:\n        pass\n', "<cell>", "exec"), names)
    assert re.search(r"stopped.*\n  at: .*\(spins, line [34]\)\n", failed(lab, names["spins"], timeout=0.05))


def test_a_section_that_is_a_question_keeps_its_mark_within_the_quotes(lab):
    with pytest.raises(CheckError, match=r"episode 05d, section “What does close take off\?”\.$"):
        lab.check("05d-what-close-takes-off.ipynb#What-does-close-take-off?")(lambda: 1 / 0)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer to put back")
def test_the_timer_and_its_handler_are_put_back():
    before, traced = signal.getsignal(signal.SIGALRM), sys.gettrace()
    with_deadline(lambda: None, 5)
    with pytest.raises(DeadlineError):
        with_deadline(spins, 0.05)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before
    assert sys.gettrace() is traced


def test_elsewhere_a_thread_keeps_the_deadline():
    end = threading.Event()
    found = []

    def outside():
        for function in (lambda: None, lambda: 1 / 0, end.wait):
            try:
                found.append(with_deadline(function, 0.2))
            except BaseException as error:
                found.append(type(error))
        end.set()

    thread = threading.Thread(target=outside)
    thread.start()
    thread.join()
    assert found == [None, ZeroDivisionError, DeadlineError]


def test_the_progress_is_kept_and_a_check_that_no_longer_passes_is_taken_off(lab):
    good = [True]

    def check():
        """It is good."""
        assert good[0]

    lab.check(SECTION)(check)
    assert progress_store.load_progress() == {"03": {"of": 3, "checks": {"check": True}}}
    assert str(Lab("03", total_checks=3)) == "1 of 3 checks passed."
    progress_store.record_result("05", "other", True, 2)
    assert progress_store.summary() == "Lab 03: 1 of 3 checks passed.\nLab 05: 1 of 2 checks passed."
    good[0] = False
    failed(lab, check)
    assert str(lab) == "0 of 3 checks passed."


def test_the_bar_has_a_label(lab):
    progress_store.record_result("03", "a", True, 3)
    assert 'aria-label="1 of 3 checks passed." max="3" value="1"' in lab._repr_html_()


def test_without_asserts_no_check_says_that_it_passed():
    source = (
        "from readiness.course.checks import Lab\n"
        "@Lab('03', total_checks=1).check('03-select-by-hand.ipynb#Call-it-again')\n"
        "def wrong():\n    'One is two.'\n    assert 1 == 2\n"
    )
    done = subprocess.run([sys.executable, "-O", "-c", source], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1
    assert "Passed" not in done.stdout
    assert "PYTHONOPTIMIZE" in done.stderr


def test_what_this_machine_can_not_do_is_not_a_fault_of_the_learner(lab):
    def asks_too_much():
        """Many descriptors are watched."""
        raise UserError("The limit is too low: start Jupyter where it is higher.")

    message = failed(lab, asks_too_much)
    assert message.splitlines()[:2] == [
        "Not yet: Many descriptors are watched.",
        "The limit is too low: start Jupyter where it is higher.",
    ]


@pytest.mark.parametrize(
    ("number", "hard", "advice"),
    [
        (errno.EMFILE, 1024, "The hard limit of 1,024 is low: start Jupyter where `ulimit -Hn` shows more"),
        (errno.EMFILE, 20_000, "Your code opens too many at once"),
        (errno.ENFILE, 256, "The whole system has none left: end other programs that you no longer need."),
    ],
)
def test_no_descriptor_left_is_a_matter_of_the_limit_or_of_what_was_not_closed(lab, number, hard, advice, monkeypatch):
    def opens():
        """It opens."""
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(limits, "fd_limits", lambda: (min(hard, 5000), hard))
    message = failed(lab, opens)
    assert f"No descriptor was left ({os.strerror(number)}): " in message
    assert advice in message
    assert "Your code raised" not in message
    assert "(opens, line" in message


@pytest.mark.skipif(limits.fd_limits()[1] is None, reason="this system sets no such limit")
def test_a_lab_raises_the_soft_limit_of_its_kernel():
    program = (
        "import resource; from readiness.course.checks import Lab\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))\n"
        "Lab('05', 1); print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "True\n"

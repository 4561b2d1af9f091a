"""Nothing that a learner writes outlives the deadline: nests of handlers around calls that block, loop or sleep.

What the course itself opens is closed in peace.
"""

import contextlib
import itertools
import os
import signal
import socket
import sys
import textwrap
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.course import deadline
from readiness.course.deadline import DeadlineError, with_deadline
from readiness.course.try_blocks import TryBlocks

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer that interrupts")
LATEST = 3.0  # seconds after the deadline, on a busy machine

IN_TWO_FUNCTIONS = """
def answer_of(sock):
    try: return sock.recv(10)
    except: return None
def loops(sock):
    while True:
        try:
            if answer_of(sock): break
        except: pass
"""
IN_ONE = """
def loops(sock):
    while True:
        try:
            try: time.sleep(0.01)
            except: pass
        except: pass
"""
SUPPRESSED = """
def loops(sock):
    while True:
        with contextlib.suppress(BaseException):
            with contextlib.suppress(BaseException):
                sock.recv(1)
"""
FINALLY = """
def loops(sock):
    while True:
        try:
            while True:
                try: sock.recv(1)
                finally: continue
        finally: continue
"""
RECURSION = """
def loops(sock, n=20):
    while True:
        try: loops(sock, n - 1) if n else sock.recv(1)
        except: pass
"""
GENERATOR = """
def pieces(sock):
    while True:
        try: yield sock.recv(1)
        except: yield b""
def loops(sock):
    while True:
        try:
            for piece in pieces(sock): pass
        except: pass
"""


def seconds_after(source, timeout=0.1, is_learners=None):
    """Run the function `loops` of a cell until its deadline. Return the seconds that it ran on after it."""
    names = {"time": time, "contextlib": contextlib}
    exec(compile(source, "<cell>", "exec"), names)
    sock, peer = socket.socketpair()
    with sock, peer:
        started = time.monotonic()
        with pytest.raises(DeadlineError):
            with_deadline(lambda: names["loops"](sock), timeout, is_learners or (lambda file: file == "<cell>"))
        return time.monotonic() - started - timeout


@pytest.mark.parametrize("source", [IN_TWO_FUNCTIONS, IN_ONE, SUPPRESSED, FINALLY, RECURSION, GENERATOR])
def test_what_catches_everything_ends(source):
    assert seconds_after(source) < LATEST
    assert sys.gettrace() is None or "coverage" in str(sys.gettrace())


def test_nobody_known_as_the_learner_ends_too():
    assert seconds_after(IN_TWO_FUNCTIONS, is_learners=lambda file: False) < LATEST


CALLS = st.sampled_from(["sock.recv(1)", "time.sleep(0.01)", "pass", "blocked(sock)", "1 / 0", "time.sleep(9)"])
WRAPPERS = st.sampled_from(
    [
        "while True:\n    {}",
        "for _ in iter(int, 1):\n    {}",
        "try:\n    {}\nexcept:\n    pass",
        "try:\n    {}\nexcept BaseException:\n    {other}",
        "try:\n    {other}\nexcept:\n    {}",
        "try:\n    {}\nfinally:\n    {other}",
        "while True:\n    try:\n        {}\n    finally:\n        continue",
        "with contextlib.suppress(BaseException):\n    {}",
        "def inner(sock):\n    {}\ninner(sock)",
        "{}\n{other}",
        "[blocked(sock) for _ in range(3)]\n{}",
    ]
)
HEAD = """
def blocked(sock):
    try: return sock.recv(1)
    except: return None
def loops(sock):
    while True:
"""


@st.composite
def nests(draw):
    body = draw(CALLS)
    for wrapper in draw(st.lists(WRAPPERS, max_size=6)):
        other = draw(CALLS)
        lines = []
        for line in wrapper.replace("{other}", other).splitlines():
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(textwrap.indent(body, indent) if line.strip() == "{}" else line)
        body = "\n".join(lines)
    swallow = draw(st.booleans())
    text = f"try:\n{textwrap.indent(body, '    ')}\nexcept:\n    pass" if swallow else body
    return HEAD + textwrap.indent(text, "        ")


def run_nest(source):
    compile(source, "<cell>", "exec")
    names = {"time": time, "contextlib": contextlib}
    exec(compile(source, "<cell>", "exec"), names)
    sock, peer = socket.socketpair()
    with sock, peer:
        started = time.monotonic()
        with contextlib.suppress(DeadlineError, Exception):
            with_deadline(lambda: names["loops"](sock), 0.02, lambda file: file == "<cell>")
        return time.monotonic() - started


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(nests())
def test_any_nest_ends(source):
    assert run_nest(source) < 0.02 + LATEST


@pytest.mark.thorough
@settings(max_examples=1500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(nests())
def test_very_many_nests_end(source):
    assert run_nest(source) < 0.02 + LATEST


class Closing:
    """Something of the course's that takes its time to close. Its name of a file is that of the package."""

    def __init__(self, seconds):
        self.seconds, self.closed = seconds, False


CLEANUP = """
class Resource:
    def __init__(self, opened): self.opened = opened
    def __enter__(self): return self
    def __exit__(self, *_):
        end = time.monotonic() + self.opened.seconds
        while time.monotonic() < end: time.sleep(0.01)
        self.opened.closed = True
"""


def resource_of_the_course(opened):
    names = {"time": time}
    exec(compile(CLEANUP, os.path.join(deadline.PACKAGE, "base", "resource.py"), "exec"), names)
    return names["Resource"](opened)


def test_the_course_closes_what_it_has_opened_in_peace():
    opened = Closing(0.5)

    def check():
        with resource_of_the_course(opened):
            time.sleep(10)

    with pytest.raises(DeadlineError):
        with_deadline(check, 0.05, lambda file: False)
    assert opened.closed


def test_a_check_cleans_up_in_peace_after_it_was_interrupted():
    done = []

    def check():
        try:
            time.sleep(10)
        finally:
            time.sleep(0.3)
            done.append(True)

    with pytest.raises(DeadlineError):
        with_deadline(check, 0.05, lambda file: False)
    assert done == [True]


def test_a_deadline_during_the_cleanup_waits_for_its_end():
    opened = Closing(0.5)

    def check():
        with resource_of_the_course(opened):
            pass
        while True:
            pass

    with pytest.raises(DeadlineError):
        with_deadline(check, 0.1, lambda file: False)
    assert opened.closed


def test_a_cleanup_that_never_ends_is_interrupted():
    opened = Closing(60)

    def check():
        with resource_of_the_course(opened):
            pass

    started = time.monotonic()
    with pytest.raises(DeadlineError):
        with_deadline(check, 0.1, lambda file: False)
    assert deadline.CLEANUP_TIME < time.monotonic() - started < 0.1 + LATEST


def nested(stop):
    depths = []
    blocks = TryBlocks()

    def look():
        depths.append(blocks.depth([sys._getframe(1)]))

    look()
    try:
        look()
        with contextlib.suppress(KeyError):
            look()
            for _ in range(2):
                look()
            raise KeyError
    except BaseException:
        look()
    else:
        look()
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            look()
            try:
                look()
            finally:
                look()
    look()
    return list(itertools.islice(depths, stop))


def test_try_blocks_are_counted():
    # Outside; in try; in with; twice in its loop; in else; in a handler; in a try there; in its finally; outside.
    assert nested(20) == [0, 1, 2, 2, 2, 0, 0, 1, 0, 0]


def test_an_alarm_in_a_destructor_is_not_reported_and_the_next_one_counts():
    def run():
        while True:
            Slow()

    class Slow:
        def __del__(self):
            end = time.monotonic() + 0.07
            while time.monotonic() < end:
                pass

    with pytest.raises(DeadlineError):
        with_deadline(run, 0.05)

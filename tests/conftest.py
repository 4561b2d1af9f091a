"""A rule for every test: it leaves no thread, no child process and no descriptor open.

This file knows nothing of the course. What fixtures of a wider scope hold was open before the test, and may stay.
It also says which tests run first where several processes share them (pytest-xdist), and how many tests `-m` left out.
"""

import gc
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import psutil
import pytest
from hypothesis import HealthCheck, settings

# An example of a randomised test has no time limit: on a busy machine it may take longer than hypothesis expects.
settings.register_profile("untimed", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ENDING_TIMEOUT = 3  # seconds that what is already ending may still take
LONG = ("course/test_browser.py", "course/test_nbgrader.py")
"""The longest files: each has one fixture that all its tests need, and stays in one process (see `half`)."""
SECOND_HALF = 7  # the chapter
ONE_BY_ONE = (
    "course/test_environments.py",
    "course/test_run_again.py",
    "course/test_other_platforms.py",
    "widgets/test_echo.py",
    "conformance/test_conformance.py",
    "conformance/test_conformance_faults.py",
    "course/test_lab_answers.py",
)
"""Long files whose tests share nothing: the processes take one test at a time, when all other files are taken."""
DESELECTED = pytest.StashKey[int]()


def open_resources() -> dict[tuple, str]:
    """Return each open thread, child process and descriptor by an identity, with a name for a message."""
    resources: dict[tuple, str] = {("thread", t.ident, t.name): f"thread {t.name}" for t in threading.enumerate()}
    for child in psutil.Process().children():
        try:
            command = " ".join(child.cmdline())[:200]
            resources["process", child.pid] = f"process {child.pid} ({child.status()}): {command}"
        except psutil.ZombieProcess:
            resources["process", child.pid] = f"process {child.pid} (zombie): it was not waited for"
        except psutil.NoSuchProcess:  # ended since the list was made
            pass
    for number in _descriptors():
        try:
            state = os.fstat(number)
        except OSError:  # the descriptor through which the list itself was read
            continue
        if not (target := _target(number)).endswith(".ttf"):  # matplotlib keeps the fonts open that it has used
            resources["descriptor", number, state.st_dev, state.st_ino] = f"descriptor {number}: {target}"
    return resources


def _descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/dev/fd")]
    except FileNotFoundError:  # Windows: threads and processes only
        return []


def _target(number: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return "socket, pipe or file"


def pytest_configure() -> None:
    """The learner's own progress is not the tests' to write, also without make."""
    os.environ.setdefault("READINESS_PROGRESS", os.path.join(sys.prefix, "progress"))


def pytest_collection_finish() -> None:
    """Freeze what the imports have made: the collector need not search it twice for each test."""
    gc.collect()
    gc.freeze()


# Several processes, by pytest-xdist: what each of them runs and in which order, and what it left out


def place(nodeid: str) -> int:
    """Return where a test's file stands in the order of the run: those that take longest start first."""
    file = nodeid.partition("::")[0]
    return next((n for n, name in enumerate((*LONG, "", *ONE_BY_ONE)) if name and file.endswith(name)), len(LONG))


def half(nodeid: str) -> str:
    """Return "" or " 2": the second half of the episodes is opened in a JupyterLab of its own, in another process."""
    match = re.search(r"/test_browser\.py::.*\[(\d\d)[a-z]-", nodeid)
    return " 2" if match and int(match[1]) >= SECOND_HALF else ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """With `--dist loadfile` a file's tests run in one process, except where they share nothing (ONE_BY_ONE)."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if place(nodeid) > len(LONG) else super()._split_scope(nodeid) + half(nodeid)

    config.option.loadscopereorder = False  # not by the number of tests in a file, but as below
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    stash = items[0].config.stash
    stash[DESELECTED] = stash.get(DESELECTED, 0) + len(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["deselected"] = session.config.stash.get(DESELECTED, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Each process has collected all tests, so each has left out the same number."""
    node.config.stash[DESELECTED] = getattr(node, "workeroutput", {}).get("deselected", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if (count := config.stash.get(DESELECTED, 0)) and config.getoption("numprocesses", None):
        by = [f"-{name[0]} {config.getoption(name)!r}" for name in ("markexpr", "keyword") if config.getoption(name)]
        terminalreporter.line(f"{count} deselected by {' and '.join(by)}")


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    gc.collect()  # what an earlier test's cycles still hold is not this one's
    before = open_resources()
    yield
    gc.collect()  # unclosed objects warn here, and warnings are errors
    deadline = time.monotonic() + ENDING_TIMEOUT
    while left := [name for key, name in open_resources().items() if key not in before]:
        if time.monotonic() > deadline:
            pytest.fail("left open by this test: " + "; ".join(left), pytrace=False)
        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            if ("thread", thread.ident, thread.name) not in before:
                thread.join(0.05)
        time.sleep(0.01)  # between two checks, up to the deadline


@pytest.fixture(scope="session")
def need() -> Callable[[object, str], None]:
    """`need(present, how)` skips a test whose tool is missing and names how to get it; in CI the test fails."""

    def need(present: object, how: str) -> None:
        if not present:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(how)

    return need

"""A rule for every test: it leaves no thread, no child process and no descriptor open.

This file knows nothing of the course. What fixtures of a wider scope hold was open before the test, and may stay.
"""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

ENDING_TIMEOUT = 3  # seconds that what is already ending may still take


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


def pytest_collection_finish() -> None:
    """Freeze what the imports have made: the collector need not search it twice for each test."""
    gc.collect()
    gc.freeze()


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

"""Ask a child process which line it executes, and see whether it waits.

The child answers from a signal's handler in C (faulthandler), so also in a loop that holds Python's lock.
"""

import faulthandler
import linecache
import os
import re
import select
import signal
import time

from readiness.base.code_location import Place, is_cell

ANSWER_TIMEOUT = 0.3  # seconds
SAMPLES, SAMPLE_PERIOD = 6, 0.02  # how often a process is looked at, in how many seconds each


class StackQuestion:
    """The question which line a child process executes. It is created before the fork, since it has a pipe."""

    def __init__(self) -> None:
        self._answer_fd, self._child_fd = os.pipe()
        os.set_blocking(self._answer_fd, False)

    def answer_in_child(self) -> None:
        """Let this process answer. It is called in the child."""
        os.close(self._answer_fd)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR2, file=self._child_fd, all_threads=True)

    def ask(self, pid: int) -> Place | None:
        """Return the innermost line of a cell that the child executes now, or None if there is none."""
        try:
            os.kill(pid, signal.SIGUSR2)
        except (ProcessLookupError, PermissionError):
            return None
        text, timeout = b"", ANSWER_TIMEOUT
        while select.select([self._answer_fd], [], [], timeout)[0]:
            text, timeout = text + os.read(self._answer_fd, 65536), 0.02  # the rest follows at once
        return _innermost_cell_line(text.decode(errors="replace"))

    def close_in_parent(self) -> None:
        """Close both ends of the pipe in this process."""
        os.close(self._answer_fd)
        os.close(self._child_fd)


def _innermost_cell_line(dump: str) -> Place | None:
    """Return the line from what faulthandler has written: for each thread its lines, the innermost one first.

    The frames around `forked_server._child` are a copy of the parent's, which does not run here.
    """
    for file, number, function in re.findall(r'^  File "(.+)", line (\d+) in (.+)$', dump, re.MULTILINE):
        if function == "_child" and file.endswith("forked_server.py"):
            return None
        if is_cell(file):
            text = linecache.getline(file, int(number)).strip() or "?"
            if text.startswith(("def ", "async def ")):  # a loop is calling it
                continue
            return Place(file, function, int(number), text)
    return None


def is_busy(pid: int) -> bool:
    """Return whether a process runs, or wants to run, each time that it is looked at: on Linux only."""
    for _sample in range(SAMPLES):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return False
        if state != "R":
            return False
        time.sleep(SAMPLE_PERIOD)
    return True

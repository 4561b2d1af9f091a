"""What a check leaves running: threads, and processes that this one has started. They are named and ended."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from readiness.base.code_location import COURSE, choose_place, stack_places
from readiness.base.messages import _

GRACE = 0.5
"""Seconds that threads and processes have to end by themselves after a check."""

MACHINERY = r"/ipykernel/", "/zmq/", "/IPython/", "/tornado/", "/debugpy/", "/jupyter_client/"
MAX_NAMED = 3  # threads or processes in a sentence


class Leftovers:
    """The threads and the child processes of this process that are there now. Those that come later are left over."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._children = children()

    def end(self) -> list[str]:
        """End what has come since then and still runs after `GRACE` seconds.

        Returns:
            A sentence on the threads and one on the processes, as far as there are any.
        """
        deadline = time.monotonic() + GRACE
        threads = self._threads_left(deadline)
        processes = _processes_left(self._new_children(), deadline)
        sentences = []
        if threads:
            text = _(
                "Threads that your code started still run after the check: {names}.{at}\n"
                "End each thread, and wait for it with join, before your function returns."
            )
            names = _named(thread.name for thread in threads)
            sentences.append(text.format(names=names, at=_line_in_cell(threads[0])))
            _end_threads(threads)
        if processes:
            text = _("Processes that your code started still run after the check: {names}. Wait until each has ended.")
            sentences.append(text.format(names=_named(map(_process_name, processes))))
            _kill(processes)
        return sentences

    def _new_children(self) -> set[int]:
        now = children()
        return set() if now is None or self._children is None else now - self._children

    def _threads_left(self, deadline: float) -> list[threading.Thread]:
        new = [each for each in threading.enumerate() if each not in self._threads and not _is_machinery(each)]
        for thread in new:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread for thread in new if thread.is_alive()]


def children() -> set[int] | None:
    """Return the process ids of this process's children, also of those that have ended: on Linux only.

    Returns:
        None if they can't be read, for example if no descriptor is left.
    """
    pids: set[int] = set()
    try:
        for thread in os.listdir("/proc/self/task"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
                pids.update(map(int, Path(f"/proc/self/task/{thread}/children").read_text().split()))
    except OSError:
        return None
    return pids


def _is_machinery(thread: threading.Thread) -> bool:
    """Return whether the kernel or the course runs this thread, and not a function of a cell."""
    frame = sys._current_frames().get(thread.ident or 0)
    places = stack_places(frame)
    files = [place.file.replace("\\", "/") for place in places]
    known = any(file.startswith(COURSE) or any(part in file for part in MACHINERY) for file in files)
    return thread is threading.current_thread() or (known and not any(place.in_cell for place in places))


def _line_in_cell(thread: threading.Thread) -> str:
    place = choose_place(stack_places(sys._current_frames().get(thread.ident or 0)))
    return _("\n  at: {line}").format(line=place) if place and place.in_cell else ""


def _end_threads(threads: list[threading.Thread]) -> None:
    """Raise SystemExit in each thread. One that waits in a system call ends when the call returns."""
    for thread in threads:
        if isinstance(thread, threading.Timer):
            thread.cancel()
        else:
            ident = ctypes.c_ulong(thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
    for thread in threads:
        thread.join(0.1)


def _processes_left(pids: set[int], deadline: float) -> list[int]:
    """Wait until these children have ended, at most until `deadline`, and take their exit codes.

    Returns:
        Those that still run.
    """
    left = _still_running(pids)
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = _still_running(left)
    return sorted(left)


def _still_running(pids: set[int]) -> set[int]:
    if "multiprocessing" in sys.modules:
        sys.modules["multiprocessing"].active_children()  # it takes the exit codes of its own, and closes their pipes
    return {pid for pid in pids if not _has_ended(pid)}


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # someone else has waited for it
        return True


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _process_name(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        command = ""
    return f"{pid} ({command[:60]})" if command else str(pid)


def _named(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:MAX_NAMED]) + (", …" if len(every) > MAX_NAMED else "")

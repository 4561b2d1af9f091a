"""Thread state: in which kernel function a thread sleeps, through which calls, and how often it went to sleep.

This module only reads what the kernel publishes about threads; it starts and wakes none.
"""

import os
import re
import threading
import time

from readiness.base.messages import UserError, _
from readiness.system.limits import read_proc
from readiness.system.optional import resource

ThreadRef = threading.Thread | int
"""A thread of this process, or the id of any process or thread of this user."""


def wchan(thread: ThreadRef, timeout: float = 2.0) -> str:
    """Return the kernel function that `thread` sleeps in, such as "do_epoll_wait" (/proc/TID/wchan, proc_pid_wchan(5)).

    Args:
        timeout: seconds that the thread has to fall asleep.

    Raises:
        UserError: the thread did not fall asleep, it has ended, or this system names no function.
    """
    deadline = time.monotonic() + timeout
    while True:
        name = read_proc(f"/proc/{_tid(thread)}/wchan")
        if name and name != "0" and not _is_futex_wait(name):  # "0": running, or a kernel that hides the name
            return name
        if name is None or time.monotonic() > deadline:
            raise UserError(_("This system doesn't tell where a thread sleeps, or this one is not asleep."))
        time.sleep(0.001)


def wait_until_asleep(thread: ThreadRef, timeout: float = 2.0) -> bool:
    """Wait until `thread` sleeps; return False if it does not within `timeout` seconds.

    If this system does not publish a thread's state, wait a tenth of a second instead.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        status = read_proc(f"/proc/{_tid(thread)}/status")
        if status is None:
            time.sleep(0.1)
            return not isinstance(thread, threading.Thread) or thread.is_alive()
        asleep = re.search(r"^State:\s+S", status, re.MULTILINE)
        if asleep and not _is_futex_wait(read_proc(f"/proc/{_tid(thread)}/wchan") or ""):
            return True
        time.sleep(0.001)
    return False


def kernel_stack(thread: ThreadRef) -> list[str]:
    """Return the names of the kernel functions from the system call to the one that `thread` sleeps in.

    They come from /proc/TID/stack, which Linux shows to root alone (proc_pid_stack(5)). A function that the compiler
    inlined into its caller is not in it.

    Raises:
        UserError: the stack may not be read, or `wchan` raises it.
    """
    wchan(thread)
    names = re.findall(r"\] ([\w.]+)\+", read_proc(f"/proc/{_tid(thread)}/stack") or "")[::-1]
    start = next((index for index, name in enumerate(names) if "_sys_" in name), None)
    if start is None:
        raise UserError(_("This system shows the way into the kernel to root alone."))
    return [name.partition(".")[0] for name in names[start:]]


def voluntary_switches(thread: ThreadRef | None = None) -> int:
    """Return how often a thread went to sleep by itself: its voluntary context switches (getrusage(2), ru_nvcsw).

    The default is the calling thread. A wait for Python's own lock (the GIL) counts as well.

    Raises:
        UserError: this system does not count them.
    """
    if thread is None and resource is not None and hasattr(resource, "RUSAGE_THREAD"):
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    status = read_proc(f"/proc/{_tid(thread)}/status") if thread is not None else None
    match = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status or "", re.MULTILINE)
    if match is None:
        raise UserError(_("This system doesn't count how often a thread goes to sleep."))
    return int(match[1])


def _is_futex_wait(name: str) -> bool:
    # A thread that has just started, or woken up, may first wait for Python's own lock: this is not its system call.
    return name.startswith("futex")


def _tid(thread: ThreadRef) -> int:
    return thread if isinstance(thread, int) else thread.native_id or os.getpid()

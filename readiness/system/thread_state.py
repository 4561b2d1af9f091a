"""Find out in which kernel function a thread sleeps, and how often a thread went to sleep.

This module only reads what the kernel publishes. It starts and wakes no thread.
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
    """Return the kernel function in which a thread sleeps, such as "do_epoll_wait" (proc_pid_wchan(5)).

    Args:
        thread: the thread, or its id.
        timeout: seconds within which the thread must fall asleep.

    Raises:
        UserError: The thread did not fall asleep, it has ended, or this system names no function.
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
    """Wait until a thread sleeps.

    If this system does not publish a thread's state, wait a tenth of a second instead.

    Args:
        thread: the thread, or its id.
        timeout: seconds to wait at most.

    Returns:
        Whether the thread sleeps; without a published state, whether it is alive.
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

    The names come from /proc/TID/stack, which Linux shows to root alone (proc_pid_stack(5)). A function that the
    compiler inlined into its caller has no name there.

    Raises:
        UserError: This process may not read the stack, or the thread does not sleep (see `wchan`).
    """
    wchan(thread)
    names = re.findall(r"\] ([\w.]+)\+", read_proc(f"/proc/{_tid(thread)}/stack") or "")[::-1]
    start = next((index for index, name in enumerate(names) if "_sys_" in name), None)
    if start is None:
        raise UserError(_("This system shows the way into the kernel to root alone."))
    return [name.partition(".")[0] for name in names[start:]]


def voluntary_switches(thread: ThreadRef | None = None) -> int:
    """Return the number of times that a thread went to sleep: its voluntary context switches (getrusage(2), ru_nvcsw).

    A wait for Python's own lock (the GIL) counts as well.

    Args:
        thread: the thread, or its id; None for the calling thread.

    Raises:
        UserError: This system does not count them.
    """
    if thread is None and resource is not None and hasattr(resource, "RUSAGE_THREAD"):
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    status = read_proc(f"/proc/{_tid(thread)}/status") if thread is not None else None
    match = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status or "", re.MULTILINE)
    if match is None:
        raise UserError(_("This system doesn't count how often a thread goes to sleep."))
    return int(match[1])


def _is_futex_wait(name: str) -> bool:
    # A thread that has just started may first wait for Python's own lock. That is not the call that we look for.
    return name.startswith("futex")


def _tid(thread: ThreadRef) -> int:
    return thread if isinstance(thread, int) else thread.native_id or os.getpid()

"""Find out in which kernel function a thread sleeps, and how often it went to sleep.

This module only reads what the kernel shows. It does not start or wake a thread.
"""

import os
import re
import threading
import time

from readiness.base.messages import UserError, _
from readiness.system.limits import read_proc
from readiness.system.optional import resource

ThreadRef = threading.Thread | int
"""A thread of this process, or the kernel's id of any process or thread of this user."""


def wchan(thread: ThreadRef, timeout: float = 2.0) -> str:
    """Wait until a thread sleeps. Return the kernel function in which it sleeps, such as "do_epoll_wait".

    A thread that waits for a lock (a futex, such as Python's GIL) does not count as asleep. The kernel shows the
    function in /proc/TID/wchan (proc_pid_wchan(5)).

    Args:
        thread: the thread, or the kernel's id of it.
        timeout: the number of seconds to wait at most.

    Raises:
        UserError: The thread did not sleep in time, it has ended, or this system does not show the function.
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

    A thread that waits for a lock (a futex, such as Python's GIL) does not count as asleep. If this system does not
    show the state of a thread, wait a tenth of a second instead.

    Args:
        thread: the thread, or the kernel's id of it.
        timeout: the number of seconds to wait at most.

    Returns:
        True if the thread sleeps. If this system does not show the state: True if the thread is alive, or `thread` is
        an id.
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
    """Return the names of the kernel functions that a sleeping thread is in, from the system call to the innermost.

    The names come from /proc/TID/stack, which Linux shows only to root (proc_pid_stack(5)). A function that the
    compiler inlined into its caller is missing.

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
    """Return how often a thread has gone to sleep: its number of voluntary context switches (getrusage(2), ru_nvcsw).

    Waiting for Python's own lock (the GIL) also counts.

    Args:
        thread: the thread, or the kernel's id of it; None for the calling thread.

    Raises:
        UserError: This system does not count the switches.
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

"""Asleep: in which kernel function a thread sleeps, on which path it came there, and how often it went to sleep.

It only reads what the kernel tells about threads; it starts and wakes none.
"""

import os
import re
import threading
import time

from readiness.base.messages import UserError, _
from readiness.system.limits import read_proc

try:
    import resource
except ImportError:  # Windows
    resource = None

Sleeper = threading.Thread | int
"""A thread of this process, or the id of any process or thread of this user."""


def function(sleeper: Sleeper, seconds: float = 2.0) -> str:
    """The kernel function that `sleeper` sleeps in, such as "do_epoll_wait" (/proc/TID/wchan, proc_pid_wchan(5)).

    It is given up to `seconds` to fall asleep. UserError: it did not, it has ended, or this system names no function.
    """
    end = time.monotonic() + seconds
    while True:
        name = read_proc(f"/proc/{_tid(sleeper)}/wchan")
        if name and name != "0" and not _for_a_lock(name):  # "0": running, or a kernel that hides the name
            return name
        if name is None or time.monotonic() > end:
            raise UserError(_("This system doesn't tell where a thread sleeps, or this one is not asleep."))
        time.sleep(0.001)


def wait(sleeper: Sleeper, seconds: float = 2.0) -> bool:
    """Whether `sleeper` fell asleep within `seconds`; where no system tells, it is given a tenth of a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = read_proc(f"/proc/{_tid(sleeper)}/status")
        if status is None:
            time.sleep(0.1)
            return not isinstance(sleeper, threading.Thread) or sleeper.is_alive()
        asleep = re.search(r"^State:\s+S", status, re.MULTILINE)
        if asleep and not _for_a_lock(read_proc(f"/proc/{_tid(sleeper)}/wchan") or ""):
            return True
        time.sleep(0.001)
    return False


def path(sleeper: Sleeper) -> list[str]:
    """The kernel functions from the system call to the one that `sleeper` sleeps in, by name.

    From /proc/TID/stack, which Linux shows to root alone (proc_pid_stack(5)); what the compiler built into
    its caller is not in it. UserError: it may not be read, or `function` refuses.
    """
    function(sleeper)
    names = re.findall(r"\] ([\w.]+)\+", read_proc(f"/proc/{_tid(sleeper)}/stack") or "")[::-1]
    start = next((place for place, name in enumerate(names) if "_sys_" in name), None)
    if start is None:
        raise UserError(_("This system shows the way into the kernel to root alone."))
    return [name.partition(".")[0] for name in names[start:]]


def times(sleeper: Sleeper | None = None) -> int:
    """How often a thread has gone to sleep of itself: its voluntary context switches (getrusage(2), ru_nvcsw).

    The thread that asks, unless another is named; a wait for Python's own lock counts as well.
    UserError: this system does not count them.
    """
    if sleeper is None and resource is not None and hasattr(resource, "RUSAGE_THREAD"):
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    status = read_proc(f"/proc/{_tid(sleeper)}/status") if sleeper is not None else None
    found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status or "", re.MULTILINE)
    if found is None:
        raise UserError(_("This system doesn't count how often a thread goes to sleep."))
    return int(found[1])


def _for_a_lock(name: str) -> bool:
    # A thread that has just started, or woken up, may first have to wait for Python's own lock: nothing to look at.
    return name.startswith("futex")


def _tid(sleeper: Sleeper) -> int:
    return sleeper if isinstance(sleeper, int) else sleeper.native_id or os.getpid()

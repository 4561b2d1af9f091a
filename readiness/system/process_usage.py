"""What a process has used of the machine: processor time, descriptors and memory, as /proc shows them.

Each function returns None where there is no /proc, or if the process has ended. To measure, call it twice and subtract.
"""

import os
from pathlib import Path
from typing import NamedTuple

from readiness.system.limits import read_proc


class ThreadTimes(NamedTuple):
    """The times of one thread in seconds, by the scheduler's clock (Documentation/scheduler/sched-stats.rst)."""

    running: float  # on a processor
    queued: float  # runnable, and waiting for a processor


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU seconds of a process, with its ended threads (proc_pid_stat(5), utime and stime).

    The kernel reports them in ticks, mostly of 1/100 s.
    """
    fields = _stat_fields(pid)
    return None if fields is None else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exact_cpu_seconds(pid: int) -> float | None:
    """Return the CPU seconds of the threads that a process has now, by the scheduler's clock of nanoseconds."""
    times = thread_times(pid)
    return sum(thread.running for thread in times.values()) if times else None


def thread_times(pid: int) -> dict[int, ThreadTimes] | None:
    """Return the times of each thread that a process has now, by the thread's id."""
    times = {}
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        if text := read_proc(str(file)):  # None: the thread has ended since
            running, queued, _timeslices = text.split()
            times[int(file.parent.name)] = ThreadTimes(int(running) / 1e9, int(queued) / 1e9)
    return times or None


def state(pid: int) -> str | None:
    """Return the state of a process's main thread as one letter (proc_pid_stat(5)): "S" asleep, "R" runnable."""
    fields = _stat_fields(pid)
    return None if fields is None else fields[0]


def open_descriptors(pid: int) -> int | None:
    """Return the number of file descriptors that a process has open (proc_pid_fd(5))."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process, in bytes (proc_pid_statm(5))."""
    text = read_proc(f"/proc/{pid}/statm")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") if text else None


def _stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; the command's name before it may hold spaces."""
    text = read_proc(f"/proc/{pid}/stat")
    return text.rpartition(")")[2].split() if text else None

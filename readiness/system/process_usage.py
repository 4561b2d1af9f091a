"""What a process uses: CPU time, descriptors and memory, as /proc shows them.

`pid` is a process id. Each function returns None if the system has no /proc, or if the process has ended. To measure,
call a function twice and subtract.
"""

import os
from pathlib import Path
from typing import NamedTuple

from readiness.system.limits import read_proc


class ThreadTimes(NamedTuple):
    """How long one thread ran, and how long it waited for a CPU, as the kernel's scheduler measured it.

    The source is Documentation/scheduler/sched-stats.rst of Linux.

    Attributes:
        running: seconds on a CPU.
        queued: seconds in which the thread could run, but waited for a CPU.
    """

    running: float  # on a processor
    queued: float  # runnable, and waiting for a processor


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU seconds of a process, in user mode and in the kernel (proc_pid_stat(5), utime and stime).

    Threads that have ended are included. The kernel reports the time in ticks, mostly of 1/100 s. None means that the
    process has ended.
    """
    fields = _stat_fields(pid)
    return None if fields is None else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exact_cpu_seconds(pid: int) -> float | None:
    """Return the CPU seconds of the current threads of a process together, from the scheduler's clock in nanoseconds.

    Threads that have ended are not included. None means that the process has ended.
    """
    times = thread_times(pid)
    return sum(thread.running for thread in times.values()) if times else None


def thread_times(pid: int) -> dict[int, ThreadTimes] | None:
    """Return a dict with the `ThreadTimes` of each current thread of a process. The keys are the kernel's thread ids.

    None means that the process has ended.
    """
    times = {}
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        if text := read_proc(str(file)):  # None: the thread has ended since
            running, queued, _timeslices = text.split()
            times[int(file.parent.name)] = ThreadTimes(int(running) / 1e9, int(queued) / 1e9)
    return times or None


def state(pid: int) -> str | None:
    """Return the state of a process's main thread as one letter, such as "S" (asleep) or "R" (running or runnable).

    proc_pid_stat(5) lists all letters. None means that the process has ended.
    """
    fields = _stat_fields(pid)
    return None if fields is None else fields[0]


def runs(pid: int) -> bool:
    """Return True if a thread of a process is running, or could run if a CPU were free (its state is "R").

    Return False if no thread can run, if the process has ended, or if the system has no /proc.
    """
    stats = (read_proc(str(file)) or "" for file in Path(f"/proc/{pid}/task").glob("*/stat"))
    return any(stat.rpartition(")")[2].startswith(" R") for stat in stats)


def open_descriptors(pid: int) -> int | None:
    """Return how many file descriptors a process has open (proc_pid_fd(5)); None if the process has ended."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process in bytes (proc_pid_statm(5)); None if the process has ended."""
    text = read_proc(f"/proc/{pid}/statm")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") if text else None


def _stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat, from the state to the last field.

    The command's name is before the state. It is skipped, because it may contain spaces.
    """
    text = read_proc(f"/proc/{pid}/stat")
    return text.rpartition(")")[2].split() if text else None

"""The processor time that other programs took while a bench measured: how quiet the machine was.

The time is in /proc. Without /proc, the machine counts as quiet.
"""

import os
import time
from pathlib import Path
from typing import NamedTuple

from readiness.system.limits import read_proc

QUIET = 0.1  # cores: the share of one core that other programs may use during a round
KERNEL_THREAD = 0x00200000  # PF_KTHREAD of include/linux/sched.h: a kernel thread works for the bench, too


class Process(NamedTuple):
    """What /proc/PID/stat says of one process (proc_pid_stat(5)).

    Attributes:
        parent: the process id of its parent.
        flags: its flags, PF_… in include/linux/sched.h.
        ticks: its CPU time, with the CPU time of its children that have ended, in clock ticks.
    """

    parent: int
    flags: int
    ticks: int


def processes() -> dict[int, Process]:
    """Return all processes of this machine, by process id; {} if there is no /proc."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if text := read_proc(str(folder / "stat")):  # None: the process has ended since
            fields = text.rpartition(")")[2].split()
            found[int(folder.name)] = Process(int(fields[1]), int(fields[6]), sum(map(int, fields[11:15])))
    return found


def other_ticks(all_processes: dict[int, Process], own: int) -> int:
    """Return the clock ticks of all processes but the process `own`, its descendants and the kernel's threads."""

    def is_own(pid: int) -> bool:
        while pid in all_processes and pid != own:
            pid = all_processes[pid].parent
        return pid == own

    return sum(p.ticks for pid, p in all_processes.items() if not p.flags & KERNEL_THREAD and not is_own(pid))


def stolen_ticks() -> int:
    """Return the clock ticks that the hypervisor gave to other machines (`steal` in proc_stat(5)); 0 without /proc."""
    text = read_proc("/proc/stat")
    return int(text.split(maxsplit=9)[8]) if text else 0


class Neighbours:
    """A meter of the processor time that other programs take. It begins when it is created."""

    def __init__(self) -> None:
        self._ticks, self._begun = self._read(), time.monotonic()

    def _read(self) -> int:
        return other_ticks(processes(), os.getpid()) + stolen_ticks()

    def cores(self) -> float:
        """Return how many cores other programs have used on average since the meter began: 0.5 is half a core."""
        seconds = time.monotonic() - self._begun
        ticks = self._read() - self._ticks  # 0 without /proc
        return ticks / os.sysconf("SC_CLK_TCK") / seconds if ticks > 0 else 0.0

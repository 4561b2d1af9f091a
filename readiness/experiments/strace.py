"""Count the system calls that a selector makes, with strace(1) or from a recording.

strace traces a small program that this module starts. It does not trace the learner's own processes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.experiments import recordings

LIBRARY_CALLS = {
    "select": "select",
    "pselect6": "select",
    "poll": "poll",
    "ppoll": "poll",
    "epoll_create1": "epoll_create1",
    "epoll_ctl": "epoll_ctl",
    "epoll_wait": "epoll_wait",
    "epoll_pwait": "epoll_wait",
}
"""The function of the C library that makes each system call.

Which call it makes depends on the processor and the library: arm64 has no select, poll and epoll_wait, and glibc since
2.33 makes `pselect6` for `select` on x86-64, too.
"""

PROGRAM = """
import os, selectors, socket, sys
name, watched, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pairs = [socket.socketpair() for _ in range(watched)]
pairs[0][1].send(b"x")
os.write(2, b"")  # the counted calls begin here
with getattr(selectors, name)() as selector:
    for sock, peer in pairs:
        selector.register(sock, selectors.EVENT_READ)
    for _ in range(turns):
        selector.select()
"""


@dataclass(frozen=True)
class SyscallCounts:
    """How many times a program made each system call.

    Attributes:
        counts: the number of calls by the name of the system call, in the order of their first use.
        example: the last call of each system call, as strace printed it, by the name of the system call.
        origin: a phrase that names the machine and the month of the recording; empty if the calls were counted here.
    """

    counts: dict[str, int]
    example: dict[str, str]
    origin: str = ""

    @property
    def library_counts(self) -> dict[str, int]:
        """The numbers of calls by the name of the C library's function (see `LIBRARY_CALLS`)."""
        counts: Counter[str] = Counter()
        for name, n in self.counts.items():
            counts[LIBRARY_CALLS[name]] += n
        return dict(counts)

    def __str__(self) -> str:
        origin = self.origin or _("on this machine, by strace")
        lines = [f"{n:5} × {name:14} {self.example[name]}" for name, n in self.counts.items()]
        return "\n".join([*lines, f"        ({origin})"])


def system_calls(selector: str, watched: int = 100, turns: int = 3) -> SyscallCounts:
    """Count the system calls of a program that registers sockets in a selector and waits. One of the sockets is ready.

    If strace is not installed or not allowed, the result is a recording, always with 100 sockets and 3 waits.

    Args:
        selector: the name of a class in the module `selectors`, such as "EpollSelector".
        watched: the number of sockets that the program registers, from 1 to 100,000.
        turns: the number of waits, at most 100,000.

    Raises:
        UserError: A number is out of range, or `selectors` of Linux has no such class.
    """
    require_count(1, 100_000, watched=watched)
    require_count(0, 100_000, turns=turns)
    strace = shutil.which("strace")
    if strace is not None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            program = [sys.executable, "-P", "-c", PROGRAM, selector, str(watched), str(turns)]
            traced = ",".join(f"?{name}" for name in LIBRARY_CALLS)  # "?": not every processor has each of them
            command = [strace, "-qq", "-s", "8", "-e", f"trace=write,{traced}", "-o", str(log), *program]
            completed = subprocess.run(command, capture_output=True)
            if completed.returncode == 0:  # many containers forbid tracing
                return parse(log.read_text(errors="replace"))
    data, origin = recordings.load("system_calls")
    if selector not in data:
        text = _("There is no selector {name!r}: choose one of {names}.")
        raise UserError(text.format(name=selector, names=", ".join(data)))
    return SyscallCounts(data[selector]["counts"], data[selector]["example"], origin)


def parse(log: str) -> SyscallCounts:
    """Count the system calls in the output of strace.

    The count begins after the empty write with which the traced program marks the start.

    Args:
        log: the output, one call on each line: ``name(arguments) = result``.
    """
    lines = log.rpartition('write(2, "", 0)')[2].splitlines()
    calls = [match for line in lines if (match := re.match(r"(\w+)\((.*)", line)) and match[1] in LIBRARY_CALLS]
    last = {match[1]: match[0] for match in calls}
    return SyscallCounts(
        dict(Counter(match[1] for match in calls)), {name: _shorten(line) for name, line in last.items()}
    )


def _shorten(line: str, max_length: int = 72) -> str:
    """Return a line of strace's output with at most `max_length` characters: "…" replaces words in its middle.

    Of the union `epoll_data` only the descriptor is left, because the other half of its 64 bits may hold anything.
    """
    line = re.sub(r", u64=\d+", "", " ".join(line.split()))
    if len(line) <= max_length:
        return line
    head, tail = line[: max_length - 36].rpartition(" ")[0], line[-34:].partition(" ")[2]
    return f"{head} … {tail}"

"""The system calls that a selector makes: counted by strace where it is installed and allowed, recorded elsewhere.

strace(1) runs a small program of ours in a process of its own; nothing of the learner's is traced.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from readiness.base.messages import _
from readiness.experiments import recordings

WAITS = "select,pselect6,poll,ppoll,epoll_create1,epoll_ctl,epoll_wait,epoll_pwait"
PROGRAM = """
import os, selectors, socket, sys
name, watched, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pairs = [socket.socketpair() for _ in range(watched)]
pairs[0][1].send(b"x")
os.write(2, b"")  # what is counted begins here
with getattr(selectors, name)() as selector:
    for ours, theirs in pairs:
        selector.register(ours, selectors.EVENT_READ)
    for _ in range(turns):
        selector.select()
"""


@dataclass(frozen=True)
class Trace:
    """How often each system call was made, in the order of its first use, and one of its lines as strace wrote it."""

    counts: dict[str, int]
    example: dict[str, str]
    source: str = ""  # the machine that it was recorded on; empty when it is this one

    def __str__(self) -> str:
        said = self.source or _("on this machine, by strace")
        lines = [f"{n:5} × {name:14} {self.example[name]}" for name, n in self.counts.items()]
        return "\n".join([*lines, f"        ({said})"])


def system_calls(selector: str, watched: int = 100, turns: int = 3) -> Trace:
    """What `selectors.<selector>` asks of the kernel to watch `watched` sockets, one ready, for `turns` waits."""
    strace = shutil.which("strace")
    if strace is not None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            program = [sys.executable, "-c", PROGRAM, selector, str(watched), str(turns)]
            command = [strace, "-qq", "-s", "8", "-e", f"trace=write,{WAITS}", "-o", str(log), *program]
            ran = subprocess.run(command, capture_output=True)
            if ran.returncode == 0:  # it may be forbidden, as in many containers
                return parse(log.read_text(errors="replace"))
    data, machine = recordings.load("system_calls")
    return Trace(data[selector]["counts"], data[selector]["example"], machine)


def parse(log: str) -> Trace:
    """The calls after the program's own mark, from strace's log: one call a line, ``name(arguments) = result``."""
    lines = log.rpartition('write(2, "", 0)')[2].splitlines()
    calls = [match for line in lines if (match := re.match(r"(\w+)\((.*)", line)) and match[1] in WAITS.split(",")]
    last = {match[1]: match[0] for match in calls}
    return Trace(dict(Counter(match[1] for match in calls)), {name: _short(line) for name, line in last.items()})


def _short(line: str, most: int = 92) -> str:
    """A line of strace's with the middle of a long one left out: both its arguments' start and its end speak."""
    line = " ".join(line.split())
    return line if len(line) <= most else f"{line[: most - 34]} … {line[-31:]}"

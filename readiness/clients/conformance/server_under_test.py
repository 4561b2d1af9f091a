"""The server on trial: where it is reached, what its process has used, and how one is started from a command line.

It knows no trial, and no way of waiting.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readiness.base.messages import _

try:
    import resource
except ImportError:  # Windows
    resource = None

START = 20.0  # seconds until a started server must have said its address
STOP = 5.0  # seconds after which a server that was told to stop is killed, and that is its fault


@dataclass
class Subject:
    """A server on trial. `pid`: its process, where that is known and is its alone."""

    address: tuple[str, int]
    pid: int | None = None

    def cpu(self) -> float | None:
        """CPU seconds that its process has used (proc_pid_stat(5): in ticks of 1/100 s); None where nobody tells."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int | None:
        """How many file descriptors its process has open; None where nobody tells."""
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return None

    def memory(self) -> int | None:
        """Bytes of memory that its process holds (proc_pid_statm(5): resident pages); None where nobody tells."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()
        except OSError:
            return None

    def busy(self, seconds: float) -> float | None:
        """The share of a processor that it uses while it could have one for `seconds`; None where nobody tells.

        We do nothing meanwhile. Who spins on a crowded machine mostly waits for its turn: so we look for longer there,
        up to ten times.
        """
        before, queued, begun = self.cpu(), self._queued(), time.monotonic()
        took = waited = 0.0
        with selectors.DefaultSelector() as nothing:
            while took - waited < seconds and took < 10 * seconds:
                nothing.select(max(0.05, seconds - (took - waited)))
                took = time.monotonic() - begun
                waited = max((now - queued.get(thread, now) for thread, now in self._queued().items()), default=0.0)
        after = self.cpu()
        return None if before is None or after is None else (after - before) / max(took - waited, seconds)

    def _queued(self) -> dict[str, float]:
        """Of each thread the seconds that it could have run and had no processor (sched-stats.rst of the kernel)."""
        found = {}
        for file in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # it has ended
                found[file.parent.name] = int(file.read_text().split()[1]) / 1e9
        return found


class Launched(Subject):
    """A server started from a command line that prints a line which ends in its ``:port``. A context manager.

    nofile: the limit of open descriptors (RLIMIT_NOFILE) that it is started with. As it is left it gets a SIGTERM;
    AssertionError: it did not end in `STOP` seconds, or not with 0, or it has printed anything since its address.
    `stopping`: the seconds that it took to end.
    """

    def __init__(self, command: Sequence[Any], *, nofile: int | None = None) -> None:
        self.command, self.nofile = [str(word) for word in command], nofile
        self.stopping: float | None = None

    def __enter__(self) -> "Launched":
        limit = None
        if self.nofile is not None:

            def limit() -> None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.nofile, self.nofile))

        self._process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit
        )
        self.pid = self._process.pid
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            said = self._process.stdout.readline() if selector.select(START) else ""
        host, colon, port = said.rpartition(" ")[2].strip().rpartition(":")
        if not colon:
            _code, last = self._end()
            raise AssertionError(_("The server did not say its address: {said}").format(said=said.strip() or last))
        self.address = (host, int(port))
        return self

    def stop(self) -> None:
        """Tell it to stop, wait for its end, and judge that."""
        if self.stopping is not None:
            return
        begun = time.monotonic()
        code, said = self._end()
        self.stopping = time.monotonic() - begun
        if code == -signal.SIGKILL:
            raise AssertionError(_("It did not stop within {n:g} seconds of SIGTERM.").format(n=STOP))
        if code or said:
            raise AssertionError(_("It ended with code {code} and said: {said}").format(code=code, said=said or "-"))

    def _end(self) -> tuple[int, str]:
        """Its exit code, and the last line that it has printed."""
        self._process.terminate()
        try:
            out, err = self._process.communicate(timeout=STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
        return self._process.returncode, ((err or out).strip().splitlines() or [""])[-1]

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self.stop()
            return
        if self.stopping is not None:  # it has ended because it was told to: that is not what the trial has met
            return
        try:
            self._process.wait(0.5 if isinstance(error, AssertionError) else 0)  # one that dies takes a moment for it
            died = True
        except subprocess.TimeoutExpired:
            died = False
        _code, said = self._end()
        if died and isinstance(error, AssertionError):  # that is what the trial has met
            raise AssertionError(_("The server has died: {said}").format(said=said or "-")) from error


def command(name: str, *options: Any) -> list[str]:
    """The command line of one of the course's servers."""
    return [sys.executable, "-W", "error", "-m", "readiness.servers", name, *map(str, options)]

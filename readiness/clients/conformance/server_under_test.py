"""The server under test: its address, what its process has used, and how it is started from a command line.

It knows no test, and no backend of the server.
"""

import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from readiness.base.messages import _
from readiness.system import process_usage
from readiness.system.optional import resource

START_TIMEOUT = 20.0  # seconds until a started server must have printed its address
STOP_TIMEOUT = 5.0  # seconds after SIGTERM until a server is killed; that is a failure


@dataclass
class ServerUnderTest:
    """A server at an address. `pid`: its process, if it is known and runs nothing else."""

    address: tuple[str, int]
    pid: int | None = None

    def cpu_seconds(self) -> float | None:
        """Return the CPU seconds of the server's process; None without /proc or without a `pid`."""
        return None if self.pid is None else process_usage.cpu_seconds(self.pid)

    def open_descriptors(self) -> int | None:
        """Return the number of descriptors that the server's process has open; None without /proc or a `pid`."""
        return None if self.pid is None else process_usage.open_descriptors(self.pid)

    def memory_bytes(self) -> int | None:
        """Return the resident memory of the server's process in bytes; None without /proc or without a `pid`."""
        return None if self.pid is None else process_usage.resident_bytes(self.pid)

    def cpu_share(self, seconds: float) -> float | None:
        """Measure the share of a processor that the server uses; 1.0 is a whole processor.

        This process sleeps meanwhile. On a busy machine a spinning server mostly waits for its turn: therefore the
        time that its threads wait for a processor does not count.

        Args:
            seconds: how long a processor must be available to the server. The measurement takes as long, and up to ten
                times as long on a busy machine.

        Returns:
            The share; None without /proc or without a `pid`.
        """
        before, queued, started = self.cpu_seconds(), self._seconds_queued(), time.monotonic()
        elapsed = waited = 0.0
        with selectors.DefaultSelector() as nothing:
            while elapsed - waited < seconds and elapsed < 10 * seconds:
                nothing.select(max(0.05, seconds - (elapsed - waited)))
                elapsed = time.monotonic() - started
                now_queued = self._seconds_queued()
                waited = max((now - queued.get(thread, now) for thread, now in now_queued.items()), default=0.0)
        after = self.cpu_seconds()
        return None if before is None or after is None else (after - before) / max(elapsed - waited, seconds)

    def _seconds_queued(self) -> dict[int, float]:
        """Return the seconds that each thread of the server was runnable and had no processor."""
        times = process_usage.thread_times(self.pid) if self.pid is not None else None
        return {thread: each.queued for thread, each in (times or {}).items()}


class LaunchedServer(ServerUnderTest):
    """A server started from a command line that prints a line which ends in its ``:port``. A context manager.

    nofile: the limit of open descriptors (RLIMIT_NOFILE) that it is started with. When the block is left, the server
    gets a SIGTERM. Raises AssertionError if it doesn't exit in `STOP_TIMEOUT` seconds, if its exit code is not 0, or if
    it has printed anything after its address. `stop_seconds`: the time that it took to exit.
    """

    def __init__(self, command: Sequence[Any], *, nofile: int | None = None) -> None:
        self.command, self.nofile = [str(argument) for argument in command], nofile
        self.stop_seconds: float | None = None

    def __enter__(self) -> "LaunchedServer":
        set_limit = None
        if self.nofile is not None:

            def set_limit() -> None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.nofile, self.nofile))

        self._process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=set_limit
        )
        self.pid = self._process.pid
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(START_TIMEOUT) else ""
        host, colon, port = line.rpartition(" ")[2].strip().rpartition(":")
        if not colon:
            _code, last_line = self._terminate()
            output = line.strip() or last_line
            raise AssertionError(_("The server did not print its address: {output}").format(output=output))
        self.address = (host, int(port))
        return self

    def stop(self) -> None:
        """Terminate it, wait until it exits, and check how it did."""
        if self.stop_seconds is not None:
            return
        started = time.monotonic()
        code, output = self._terminate()
        self.stop_seconds = time.monotonic() - started
        if code == -signal.SIGKILL:
            raise AssertionError(_("It did not stop within {n:g} seconds of SIGTERM.").format(n=STOP_TIMEOUT))
        if code or output:
            sentence = _("It ended with code {code} and printed: {output}")
            raise AssertionError(sentence.format(code=code, output=output or "-"))

    def _terminate(self) -> tuple[int, str]:
        """Terminate it; return its exit code, and the last line that it has printed."""
        self._process.terminate()
        try:
            out, err = self._process.communicate(timeout=STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
        return self._process.returncode, ((err or out).strip().splitlines() or [""])[-1]

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self.stop()
            return
        if self.stop_seconds is not None:  # it was stopped on purpose: that is not what the test has found
            return
        try:
            self._process.wait(0.5 if isinstance(error, AssertionError) else 0)  # a crash takes a moment
            died = True
        except subprocess.TimeoutExpired:
            died = False
        _code, output = self._terminate()
        if died and isinstance(error, AssertionError):  # that is what the test has found
            raise AssertionError(_("The server has died: {output}").format(output=output or "-")) from error


def server_command(name: str, *options: Any) -> list[str]:
    """Return the command line of one of the course's servers."""
    return [sys.executable, "-W", "error", "-m", "readiness.servers", name, *map(str, options)]

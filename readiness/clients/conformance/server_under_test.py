"""The server under test: its address, what its process has used, and its start from a command line.

This module knows no test, and no implementation of a server.
"""

import selectors
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from readiness.base.launched_process import LaunchedProcess
from readiness.base.messages import UserError, _
from readiness.base.worker import last_line
from readiness.system import process_usage
from readiness.system.optional import resource

START_TIMEOUT = 20.0  # seconds until a started server must have printed its address
STOP_TIMEOUT = 5.0  # seconds after SIGTERM until a server is killed; that is a failure


@dataclass
class ServerUnderTest:
    """A server at an address. `pid` is its process, if that is known and runs nothing else."""

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
    """A server that is started from a command line, and that prints a line which ends in its ``host:port``.

    It is a context manager. When the block is left, the server gets a SIGTERM, and `stop` judges how it ends.

    Args:
        command: the program and its arguments.
        nofile: the limit of open descriptors (RLIMIT_NOFILE) that the server is started with.
    """

    def __init__(self, command: Sequence[object], *, nofile: int | None = None) -> None:
        self.command, self.nofile = [str(argument) for argument in command], nofile
        self._stop_seconds: float | None = None

    def __enter__(self) -> "LaunchedServer":
        set_limit = None
        if (nofile := self.nofile) is not None:

            def set_limit() -> None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))

        self._process = LaunchedProcess(self.command, prepare=set_limit)
        self.pid = self._process.pid
        try:
            self.address = self._process.read_address(START_TIMEOUT)
        except UserError as error:
            raise AssertionError(str(error)) from None
        return self

    def stop(self) -> float:
        """Terminate the server, wait until it exits, and judge how it did. A second call only returns the same.

        Returns:
            The seconds that it took to exit.

        Raises:
            AssertionError: the server did not exit in `STOP_TIMEOUT` seconds, its exit code was not 0, or it had
                printed something after its address.
        """
        if self._stop_seconds is None:
            started = time.monotonic()
            code = self._process.end(STOP_TIMEOUT)
            self._stop_seconds = time.monotonic() - started
            if code == -signal.SIGKILL:
                raise AssertionError(_("It did not stop within {n:g} seconds of SIGTERM.").format(n=STOP_TIMEOUT))
            output = last_line(self._process.rest_of_output())
            if code or output:
                sentence = _("It ended with code {code} and printed: {output}")
                raise AssertionError(sentence.format(code=code, output=output or "-"))
        return self._stop_seconds

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with self._process:
            if error is None:
                self.stop()
            elif self._stop_seconds is None:  # else it was stopped on purpose: the test has found something else
                died = isinstance(error, AssertionError) and self._process.has_ended(0.5)  # a crash takes a moment
                self._process.end(STOP_TIMEOUT)
                if died:  # that is what the test has found
                    output = last_line(self._process.rest_of_output())
                    raise AssertionError(_("The server has died: {output}").format(output=output or "-")) from error


def server_command(name: str, *options: object) -> list[str]:
    """Return the command line of an echo server of the course.

    Args:
        name: one of `readiness.servers.echo.NAMES`.
        options: further arguments.
    """
    return [sys.executable, "-W", "error", "-m", "readiness.servers", name, *map(str, options)]

"""The server under test: its address, the CPU time and memory of its process, and how to start it from a command line.

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
    """A server that is tested.

    Attributes:
        address: the host and port that the server listens on.
        pid: the id of the server's process. None if it is not known, or if the process also runs other code.
    """

    address: tuple[str, int]
    pid: int | None = None

    def cpu_seconds(self) -> float | None:
        """Return the CPU seconds that the server's process has used; None without /proc or without a `pid`."""
        return None if self.pid is None else process_usage.cpu_seconds(self.pid)

    def open_descriptors(self) -> int | None:
        """Return how many descriptors the server's process has open; None without /proc or without a `pid`."""
        return None if self.pid is None else process_usage.open_descriptors(self.pid)

    def memory_bytes(self) -> int | None:
        """Return the resident memory of the server's process in bytes; None without /proc or without a `pid`."""
        return None if self.pid is None else process_usage.resident_bytes(self.pid)

    def cpu_share(self, seconds: float) -> float | None:
        """Measure which share of a processor the server uses. 1.0 is a whole processor.

        The calling thread sleeps during the measurement. On a busy machine, the server's threads may be ready to run
        and have no processor. This time does not count, so that a server that spins is found there, too.

        Args:
            seconds: how long to measure. On a busy machine the measurement takes longer, up to ten times this time.

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
        """For each thread of the server, return the seconds in which it was ready to run and had no processor."""
        times = process_usage.thread_times(self.pid) if self.pid is not None else None
        return {thread: each.queued for thread, each in (times or {}).items()}


class LaunchedServer(ServerUnderTest):
    """A server that is started from a command line. The first line that it prints must end in ``host:port``.

    Context manager: the server starts, and gets a SIGTERM when the `with` block ends. `stop` then checks how it exits.

    Args:
        command: the program and its arguments.
        nofile: the server's limit of open descriptors (RLIMIT_NOFILE); None for the limit of this process.
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
        """Send SIGTERM to the server, wait until it exits, and check how it exits.

        A second call does nothing, and returns the same seconds.

        Returns:
            The seconds from SIGTERM until the exit.

        Raises:
            AssertionError: The server did not exit within `STOP_TIMEOUT` seconds, its exit code was not 0, or it
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
    """Return the command line that starts an echo server of the course.

    Args:
        name: one of `readiness.servers.echo.NAMES`.
        options: further arguments.
    """
    return [sys.executable, "-P", "-W", "error", "-m", "readiness.servers", name, *map(str, options)]

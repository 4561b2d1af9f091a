"""A program started from a command line, whose printed lines are read: a server, or a client that puts it under load.

The module knows no program. A worker that speaks JSON is in `worker`.
"""

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence

from readiness.base.messages import UserError, _
from readiness.base.worker import last_line, read_all

END_TIMEOUT = 10.0  # seconds after SIGTERM until `LaunchedProcess.end` kills the process


class LaunchedProcess:
    """A child process with lines of text as its input and output. A context manager: the process ends with the block.

    The process never waits because its output is not read: a thread reads its lines into memory, and its error output
    is a temporary file.

    Args:
        command: the program and its arguments.
        prepare: called in the child before the program begins (the `preexec_fn` of subprocess.Popen; POSIX only), to
            set a limit, for example.
        cwd: the folder to start it in; without one, that of this process.
        env: its environment; without one, that of this process.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        prepare: Callable[[], None] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._errors = tempfile.TemporaryFile("a+b")  # noqa: SIM115
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            errors="replace",
            preexec_fn=prepare,
            cwd=cwd,
            env=env,
        )
        assert process.stdin is not None  # it is a pipe, as requested
        assert process.stdout is not None
        self._process, self._stdin, self._stdout = process, process.stdin, process.stdout
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_lines, name="readiness-launched", daemon=True)
        self._reader.start()

    def _read_lines(self) -> None:
        for line in self._stdout:
            self._lines.put(line)
        self._lines.put("")  # the end of its output

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def readline(self, timeout: float | None = None) -> str:
        """Return the next line of the program's output, with its newline.

        Args:
            timeout: the seconds to wait for the line; None is without a time limit.

        Returns:
            The line; "" if the output has ended, or if no line came in time.
        """
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            return ""
        if not line:
            self._lines.put("")  # the next call meets the end again
        return line

    def read_address(self, timeout: float) -> tuple[str, int]:
        """Read the line that a server prints when it listens, which ends in ``host:port``; return host and port.

        If it prints something else, end the program.

        Args:
            timeout: the seconds to wait for the line.

        Raises:
            UserError: the program printed another line, or none in time. The text holds that line, or the last one of
                the error output.
        """
        line = self.readline(timeout)
        host, _colon, port = line.rpartition(" ")[2].strip().rpartition(":")
        if not port.isdecimal():
            self.end()
            output = line.strip() or last_line(self.rest_of_output())
            self.close()
            raise UserError(_("The server did not print its address: {output}").format(output=output or "-"))
        return host, int(port)

    def writeline(self, line: str) -> None:
        """Write one line to the program's input."""
        self._stdin.write(line + "\n")
        self._stdin.flush()

    def send_signal(self, number: int) -> None:
        """Send a signal to the process; if the process has ended, do nothing."""
        self._process.send_signal(number)

    def has_ended(self, timeout: float = 0.0) -> bool:
        """Wait up to `timeout` seconds for the end of the process; return whether it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.returncode is not None

    def end(self, timeout: float = END_TIMEOUT) -> int:
        """End the process with SIGTERM, or with SIGKILL if it still runs after `timeout` seconds.

        A second call does nothing but return the same code.

        Returns:
            The exit code, or the negative number of the signal that ended the process.
        """
        self._process.terminate()
        if hasattr(signal, "SIGCONT"):
            self.send_signal(signal.SIGCONT)  # a stopped process does not act on SIGTERM
        if not self.has_ended(timeout):
            self._process.kill()
        code = self._process.wait()
        self._reader.join()
        return code

    def rest_of_output(self) -> str:
        """Return what the program has printed to its error output; if that is nothing, the lines that were not read."""
        return read_all(self._errors) or "".join(iter(lambda: self.readline(0), ""))

    def close(self) -> None:
        """End the process, and close its input and output. A second call does nothing."""
        self.end()
        for stream in (self._stdin, self._stdout, self._errors):
            with contextlib.suppress(OSError):  # the input that is still buffered can't be written any more
                stream.close()

    def __enter__(self) -> "LaunchedProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

"""Start a program with a command line, and read the lines that the program prints.

The program is, for example, a server, or a client that puts a server under load. The module contains nothing about the
program. `worker` is for a child process that reads and writes JSON.
"""

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence

from readiness.base.bounds import bounded_wait
from readiness.base.messages import UserError, _
from readiness.base.worker import last_line, read_all

END_TIMEOUT = 10.0  # seconds after SIGTERM until `LaunchedProcess.end` kills the process


class LaunchedProcess:
    """A child process with lines of text as its input and output.

    It is a context manager: the child is ended when the `with` block ends. The child never blocks because its output is
    full: a thread of this process reads the output into memory, and a temporary file takes the error output.

    Args:
        command: the program and its arguments.
        prepare: a function that the child calls before the program begins, for example to set a limit (the `preexec_fn`
            of subprocess.Popen; POSIX only).
        cwd: the directory in which the program starts; None for the current directory of this process.
        env: the environment variables of the program; None for the variables of this process.
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
        """The process id of the child."""
        return self._process.pid

    def readline(self, timeout: float | None = None) -> str:
        """Return the next line of the program's output, including its newline.

        Args:
            timeout: the number of seconds to wait for the line; None to wait without a time limit.

        Returns:
            The line. "" if the program has closed its output, or if no line came in time.
        """
        try:
            line = self._lines.get(timeout=None if timeout is None else bounded_wait(timeout))
        except queue.Empty:
            return ""
        if not line:
            self._lines.put("")  # the next call meets the end again
        return line

    def read_address(self, timeout: float) -> tuple[str, int]:
        """Read the line that a server prints when it begins to listen. Return the host and the port in that line.

        The line must end with ``host:port``, and the port must be below 65536. If not, the child is ended.

        Args:
            timeout: the number of seconds to wait for the line.

        Raises:
            UserError: The program printed a different line, or no line in time. The message contains that line, or else
                the last line of the error output.
        """
        line = self.readline(timeout)
        host, _colon, port = line.rpartition(" ")[2].strip().rpartition(":")
        if not (port.isdecimal() and len(port) <= 5 and int(port) < 1 << 16):
            self.end()
            output = line.strip() or last_line(self.rest_of_output())
            self.close()
            raise UserError(_("The server did not print its address: {output}").format(output=output or "-"))
        return host, int(port)

    def writeline(self, line: str) -> None:
        """Write `line` and a newline to the input of the program."""
        self._stdin.write(line + "\n")
        self._stdin.flush()

    def send_signal(self, number: int) -> None:
        """Send the signal `number`, such as signal.SIGTERM, to the child. Do nothing if the child has ended."""
        self._process.send_signal(number)

    def has_ended(self, timeout: float = 0.0) -> bool:
        """Wait up to `timeout` seconds for the child to end. Return True if the child has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.returncode is not None

    def end(self, timeout: float = END_TIMEOUT) -> int:
        """End the child with SIGTERM. If it still runs after `timeout` seconds, kill it with SIGKILL.

        A second call only returns the same number again.

        Returns:
            The exit code. If a signal ended the child, the negative number of that signal.
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
        """Return the program's error output. If it is empty, return the lines of the output that were not read yet."""
        return read_all(self._errors) or "".join(iter(lambda: self.readline(0), ""))

    def close(self) -> None:
        """End the child, and close its input, its output and its error output. A second call does nothing."""
        self.end()
        for stream in (self._stdin, self._stdout, self._errors):
            with contextlib.suppress(OSError):  # the input that is still buffered can't be written any more
                stream.close()

    def __enter__(self) -> "LaunchedProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

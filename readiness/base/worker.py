"""A worker: a child process that reads and writes messages as lines of JSON. It never outlives its parent.

Code that produces load or measures time runs in a worker. In the notebook's kernel, other threads and the interpreter
lock (GIL) would disturb the measurement. A worker runs one module for one job. It is not a process pool.
"""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from readiness.base.end_with_parent import end_with_parent
from readiness.base.messages import UserError, _


class WorkerError(UserError):
    """A worker process has failed, or was killed. The message says how it ended, and what to do.

    Attributes:
        end: the part of the message that says how the process ended.
    """

    def __init__(self, end: str) -> None:
        super().__init__(end + " " + _("Run the cell again."))
        self.end = end


class Worker:
    """A child process that runs ``python -m module``. Iterate over this object to receive the child's messages.

    A message is a dict. The messages come in the order in which the child sent them. The iteration ends when the child
    ends, with a `WorkerError` if the child failed or has sent no message. If the child sends
    ``{"user_error": sentence}``, the iteration raises `UserError` with that sentence.

    Any thread may call `close`. If another thread iterates over this object then, its iteration ends without an error.

    The child must watch its standard input. End of file there means that the parent has ended, or that it no longer
    needs the child. A child that gets one message only calls `read_request`.
    """

    def __init__(self, module: str) -> None:
        self._closed = self._received = False
        # A file: a pipe that is not read becomes full, and then the child would wait and never go on.
        self._errors = tempfile.TemporaryFile("a+b")  # noqa: SIM115
        try:
            self._process = self._start(module)
            assert self._process.stdin is not None  # it is a pipe, as requested
            assert self._process.stdout is not None
            self._stdin, self._stdout = self._process.stdin, self._process.stdout
        except BaseException:  # for example, the cell was interrupted
            self.close()
            raise

    def _start(self, module: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            # -P: a learner's file in the current directory, such as selectors.py, must not replace Python's own module.
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            # Ctrl-C in a terminal, or JupyterLab's interrupt, is for the parent; it ends the worker itself.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the child runs."""
        return self._process.poll() is None

    def send(self, message: dict[str, Any]) -> None:
        """Write one message to the child.

        If the child has ended, the message is lost without an error. If the child failed, the next iteration over this
        object raises an error with the reason.
        """
        with contextlib.suppress(OSError, ValueError):  # the child's end of the pipe is closed, or this one is
            self._stdin.write(json.dumps(message) + "\n")
            self._stdin.flush()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (line := self._read_line()).endswith("\n"):  # a child that was killed may leave a part of a line
            message = json.loads(line)
            self._received = True
            if "user_error" in message:
                raise UserError(message["user_error"])
            yield message
        code = self._process.wait()
        reason = ""
        with contextlib.suppress(ValueError):  # `close` has closed the file
            reason = last_line(read_all(self._errors))
        # A child that was killed has no exit code here if the learner's program ignores or handles SIGCHLD.
        if not self._closed and (code != 0 or not self._received):
            raise WorkerError(_describe_end(code, reason))

    def _read_line(self) -> str:
        """Return the next line of the child's output. Return "" after the last line, and after `close`."""
        try:
            return self._stdout.readline()
        except ValueError:  # another thread has called `close`
            return ""

    def close(self) -> None:
        """Kill the child immediately, even if it is busy. A second call does nothing."""
        self._closed = True
        streams: list[IO[Any] | None] = [self._errors]
        if hasattr(self, "_process"):  # not so if `__init__` was interrupted
            self._process.kill()
            self._process.wait()
            streams += [self._process.stdin, self._process.stdout]
        for stream in filter(None, streams):
            with contextlib.suppress(OSError):  # the input that is still buffered can't be written any more
                stream.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _describe_end(code: int, reason: str) -> str:
    """Return how a child has ended that has failed.

    Args:
        code: the child's exit code. If a signal ended the child, the negative number of that signal.
        reason: the last line of the child's error output, or "".
    """
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        end = _("A worker process of the course was ended from outside, by the signal {name}.").format(name=name)
        if name == "SIGKILL":
            end += " " + _("The system does this, for example, when no memory is left.")
        return end
    text = _("A worker process of the course ended early: {reason}.")
    return text.format(reason=reason.rstrip(".") or _("exit code {code}").format(code=code))


def read_all(file: IO[bytes]) -> str:
    """Return the whole text of `file`, an open file that another process has written."""
    file.seek(0)
    return file.read().decode(errors="replace")


def last_line(text: str) -> str:
    """Return the last line of `text` that is not empty, or "" if there is no such line."""
    return (text.strip().splitlines() or [""])[-1]


def read_request() -> dict[str, Any]:
    """Read the only message that the parent sends. From then on this process ends with its parent, also if it is busy.

    The child calls this function, before it starts threads or processes.
    """
    if hasattr(signal, "SIGCHLD"):  # ignored here if the parent ignores it; then waitpid(2) finds no ended child
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line = sys.stdin.readline()
    if not line:  # the parent has ended
        raise SystemExit(0)
    end_with_parent(sys.stdin.fileno())
    request: dict[str, Any] = json.loads(line)
    return request


def send_to_parent(**message: Any) -> None:
    """Send one message, a dict of the keyword arguments, to the parent. The child calls this function.

    If the parent has ended, end the child without an error message.
    """
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except OSError:
        raise SystemExit(0) from None

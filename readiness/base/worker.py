"""A worker: a child process that reads JSON lines and writes JSON lines, and never outlives its parent.

Code that makes load or measures time runs in one, away from the kernel's dozen threads and its interpreter lock.
It is not a process pool: one module, one job.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from readiness.base.messages import UserError, _


class Worker:
    """Starts ``python -m module``; iterate over it for its messages (dicts), in the order in which they come.

    The child reads its standard input; end of file means that the parent has ended, or needs it no longer.
    A message ``{"user_error": sentence}`` is raised in the parent as `UserError`.
    """

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # Ctrl-C in a terminal, or JupyterLab's interrupt, is for the parent; it ends the worker itself.
            start_new_session=True,
        )
        self._closed = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; one that the child can no longer read is dropped (iteration says why it ended)."""
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # the child's end of the pipe is closed, or this one is
            pass

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in self._process.stdout:
            message = json.loads(line)
            if "user_error" in message:
                raise UserError(message["user_error"])
            yield message
        if self._process.wait() != 0 and not self._closed:
            last = (self._process.stderr.read().strip().splitlines() or ["?"])[-1]
            raise RuntimeError(_("The worker process ended early: {reason}").format(reason=last))

    def close(self) -> None:
        """End the child at once, whatever it is doing; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):  # what was still to be written has nowhere to go
                stream.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def send_to_parent(**message: Any) -> None:
    """Send one message to the parent, from the child. If the parent has ended, the child ends quietly."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except OSError:
        raise SystemExit(0) from None

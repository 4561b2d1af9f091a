"""An echo server and the load that measures it: each in a process of its own, on a core of its own.

The load (load.c) verifies every reply. A server is stopped (SIGSTOP) while it is not measured.
"""

import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import cores
from bench.c_programs import build_program
from readiness.base.messages import UserError
from readiness.servers import echo
from readiness.system import process_usage

C, UVLOOP, ALWAYS = "C, epoll", "uvloop, Protocol", "selectors, EVENT_WRITE always on"
REFERENCE_COMMANDS = {
    UVLOOP: "uvloop",
    "asyncio, Protocol": "protocol",
    "asyncio, streams": "streams",
    ALWAYS: "always",
}
ONE_DAY = "86400"  # seconds
START_TIMEOUT = 60.0  # seconds until a server must have printed its address


@dataclass(frozen=True)
class Batch:
    """The cost of a batch: many messages that are measured together. All times are microseconds for one message.

    Attributes:
        cpu: CPU time of the server.
        latency: the median time from a message to its reply.
        p99_latency: one message of a hundred takes longer than this time.
    """

    cpu: float
    latency: float
    p99_latency: float


def command(name: str) -> list[str | Path]:
    """Return the command line of the server `name`. The idle timeout is a day, because most clients stay silent."""
    if name == C:
        return [build_program("echo"), "--idle", ONE_DAY]
    if name in echo.NAMES:
        return [sys.executable, "-m", "readiness.servers", name, "--idle", ONE_DAY]
    return [sys.executable, "-m", "bench.reference_servers", REFERENCE_COMMANDS.get(name, name)]


class ServerUnderLoad:
    """Context manager: a server and its load (a program with many clients), each on a core of its own.

    Args:
        name: the server, as `command` takes it.
        connections: the number of connections that the load makes.
        active: the number of connections that send messages.
        pause: True to stop the server's process (SIGSTOP) while it is not measured.
        require_all: True to raise UserError if the server answers fewer connections than `connections`.

    Attributes:
        connected: the number of connections that the server has answered.
        replies: the number of all replies of the server.
    """

    def __init__(
        self, name: str, connections: int, active: int, *, pause: bool = True, require_all: bool = True
    ) -> None:
        self.name, self.connections, self.active = name, connections, active
        self.replies = 0
        self._pause, self._require_all = pause, require_all

    def __enter__(self) -> "ServerUnderLoad":
        with ExitStack() as stack:  # what has been started is ended, also after an error
            self.server = stack.enter_context(cores.launch(command(self.name), {cores.server_core()}))
            _host, port = self.server.read_address(START_TIMEOUT)
            arguments = [build_program("load"), str(port), str(self.connections), str(self.active)]
            self._load = stack.enter_context(cores.launch(arguments, {max(cores.client_cores())}))
            self.connected = int(self._read_reply("ready")[0])
            if self._require_all and self.connected < self.connections:
                raise UserError(
                    f"The server “{self.name}” answered {self.connected} of {self.connections} connections."
                )
            self.replies += self.connected
            self._pause_server()
            self._stack = stack.pop_all()
        return self

    def _read_reply(self, expected: str) -> list[str]:
        first, *rest = self._load.readline().split() or ["wrong", "load: it ended"]
        if first != expected:
            raise UserError(f"The server “{self.name}” failed: {first} {' '.join(rest)}.")
        return rest

    def _pause_server(self) -> None:
        """Stop the server's process until its next turn. The CPU clock of a process that never sleeps is inexact."""
        if self._pause:
            self.server.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self.server.pid, os.WSTOPPED)

    def run_batch(self, messages: int, size: int = 64) -> Batch:
        """Let the load send `messages` lines of `size` bytes and verify the replies. Return the cost of this batch.

        Raises:
            UserError: A reply was wrong, or the load has ended.
        """
        before = self.cpu()
        self.server.send_signal(signal.SIGCONT)
        self._load.writeline(f"{messages} {size}")
        latency, p99_latency = map(float, self._read_reply("done"))
        self._pause_server()
        spent = self.cpu() - before
        self.replies += messages
        return Batch(spent * 1e6 / messages, latency, p99_latency)

    def cpu(self) -> float:
        """Return the CPU seconds that the server has used since its start.

        Raises:
            UserError: The server has ended.
        """
        seconds = process_usage.exact_cpu_seconds(self.server.pid)
        if seconds is None:
            raise UserError(f"The server “{self.name}” has ended.")
        return seconds

    def send_command(self, command: str) -> None:
        """Write the line `command` to the server's standard input, and wait until the server has repeated the line.

        Raises:
            UserError: The server wrote another line, or it has ended.
        """
        self.server.writeline(command)
        if self.server.readline().strip() != command:
            raise UserError(f"The server “{self.name}” did not understand “{command}”.")

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

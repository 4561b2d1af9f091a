"""The client of a fault scenario: its connections to the server, and its reports to the parent process."""

import contextlib
import socket
from time import perf_counter
from typing import Any

from readiness.base.worker import send_to_parent

STALL_TIMEOUT = 0.3  # seconds without progress after which a client stops sending, or waiting for an answer


class ScenarioClient:
    """The connections of a scenario to the server, and its reports to the parent process."""

    def __init__(self, address: tuple[str, int], server_pid: int) -> None:
        self.address, self.server_pid = address, server_pid
        self.sent = self.received = 0
        self.socks: list[socket.socket] = []  # all of them, so that they stay open as long as the process
        self._last_report = 0.0

    def connect(self) -> socket.socket:
        """Connect to the server, and return the socket, whose timeout is `STALL_TIMEOUT`.

        The socket's buffers have the system's default sizes.
        """
        sock = socket.socket()
        self.socks.append(sock)
        sock.settimeout(STALL_TIMEOUT)
        sock.connect(self.address)
        return sock

    def report_progress(self, state: str, force: bool = False) -> None:
        """Send `state` and the byte counts to the parent: at most ten times a second, or always if `force` is true."""
        if force or perf_counter() - self._last_report > 0.1:
            self._last_report = perf_counter()
            send_to_parent(state=state, sent=self.sent, received=self.received)

    def report_result(self, summary: str, state: str = "", **findings: Any) -> None:
        """Send the result to the parent process.

        Args:
            summary: what the client observed, as text.
            state: the same without the bytes sent and received, for a table that has them; "" if `summary` has none.
            findings: the client's counts.
        """
        self.report_progress(state or summary, force=True)
        send_to_parent(result={"summary": summary, "sent": self.sent, "received": self.received, **findings})

    def recv_until_eof(self, sock: socket.socket) -> bytes:
        """Return the bytes that arrive until the connection ends, or until none comes within the socket's timeout."""
        received = bytearray()
        with contextlib.suppress(OSError):
            while data := sock.recv(1 << 16):
                received += data
                self.received += len(data)
        return bytes(received)

"""The program of a swarm: one selector waits for all clients of the swarm, and for the parent's requests.

`swarm.Swarm` starts it as ``python -m readiness.clients.swarm_worker``. It ends when its parent ends.
"""

import contextlib
import errno
import json
import os
import selectors
import socket
import sys
import threading
import time
from typing import Any

from readiness.base.messages import _
from readiness.base.worker import send_to_parent
from readiness.clients.interactive import CONNECT_STARTED
from readiness.system import limits

CONNECT_BATCH = 50  # connects at a time: a listener's backlog overflows if no client waits for it
CONNECT_INTERVAL = 0.02  # seconds between two batches
REPORT_INTERVAL = 0.1  # seconds


class SwarmWorker:
    """A loop that keeps the requested number of clients connected. Active clients send lines, idle clients nothing."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.connecting: set[socket.socket] = set()
        self.connected: dict[socket.socket, bool] = {}  # whether the client's last message was answered
        self.active: list[socket.socket] = []  # the connected clients that send; all others are idle
        self.request: dict[str, Any] = {
            "address": ["127.0.0.1", 0],
            "idle": 0,
            "active": 0,
            "rate": 10.0,
            "request_id": 0,
        }
        self.replies = self.lost = 0
        self.message = ""
        self.next_send = self.next_connect = 0.0

    @property
    def target_size(self) -> int:
        """The requested number of clients, idle and active together."""
        return self.request["idle"] + self.request["active"]

    def apply(self, request: dict[str, Any]) -> None:
        """Take the numbers of clients from a new request. If it names another server, close all connections.

        Args:
            request: the values of `Swarm.resize`, and "request_id".
        """
        if request["address"] != self.request["address"]:
            for sock in [*self.connected, *self.connecting]:
                self.close_connection(sock)
        self.request, self.message = request, ""

    def close_connection(self, sock: socket.socket) -> None:
        """Close the connection of one client, in any state, and forget the client."""
        self.selector.unregister(sock)
        sock.close()
        self.connecting.discard(sock)
        self.connected.pop(sock, None)
        if sock in self.active:
            self.active.remove(sock)

    def adjust_size(self) -> None:
        """Bring the number of clients closer to the requested number, and choose which clients are active.

        Surplus clients are closed. Of the missing clients, at most `CONNECT_BATCH` start to connect in one call.
        """
        for sock in [*self.connected, *self.connecting][self.target_size :]:
            self.close_connection(sock)
        now = time.monotonic()
        missing = self.target_size - len(self.connected) - len(self.connecting)
        if self.message or now < self.next_connect:
            missing = 0
        if missing > 0:
            self.next_connect = now + CONNECT_INTERVAL
        for _number in range(min(CONNECT_BATCH, missing)):
            try:
                self.start_connect()
            except OSError as error:
                self.message = describe_connect_error(error, len(self.connected) + len(self.connecting))
                break
        active = min(self.request["active"], len(self.connected))
        if len(self.active) != active:
            self.active = list(self.connected)[:active]
            self.connected.update(dict.fromkeys(self.active, True))

    def start_connect(self) -> None:
        """Start to connect one more client.

        Raises:
            OSError: The system has no descriptor, no local port or no memory for it, or connect(2) fails at once.
        """
        with contextlib.ExitStack() as on_error:
            sock = on_error.enter_context(socket.socket())
            sock.setblocking(False)
            error = sock.connect_ex(tuple(self.request["address"]))
            if error not in CONNECT_STARTED:
                raise OSError(error, os.strerror(error))
            self.selector.register(sock, selectors.EVENT_WRITE)
            self.connecting.add(sock)
            on_error.pop_all()

    def on_connected(self, sock: socket.socket) -> None:
        """Handle the result of connect(2): the client is connected, or the server has refused the connection."""
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.message = describe_connect_error(OSError(error, os.strerror(error)), len(self.connected))
            self.close_connection(sock)
            return
        self.connecting.discard(sock)
        self.connected[sock] = True
        self.selector.modify(sock, selectors.EVENT_READ)

    def on_readable(self, sock: socket.socket) -> None:
        """Count an answer. Close the connection if the server has ended it."""
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.replies += 1
            self.connected[sock] = True
        else:
            self.on_lost(sock)

    def on_lost(self, sock: socket.socket) -> None:
        """Close a connection that the server has ended, and count it."""
        self.lost += 1
        self.message = _("The server closed connections.")
        self.close_connection(sock)

    def send_messages(self) -> None:
        """Send a line from each active client that has the answer to its last line."""
        for sock in [s for s in self.active if self.connected[s]]:
            self.connected[sock] = False
            try:
                sock.send(b"ping\n")  # a line, for a server that answers lines
            except OSError:
                self.on_lost(sock)

    def wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for at most `timeout` seconds, and return the events of the selector.

        If the selector has more descriptors than select can watch, close the newest connections and return no events.
        """
        try:
            return self.selector.select(timeout)
        except ValueError:
            for sock in [*self.connected, *self.connecting][-CONNECT_BATCH:]:
                self.close_connection(sock)
            self.message = _("{n:,} clients is the most that select can watch.").format(n=len(self.connected))
            return []

    def run(self) -> None:
        """Run the loop until the parent closes the pipe. Report each new status, at most ten times a second."""
        commands = CommandReader()
        self.selector.register(commands, selectors.EVENT_READ)
        last_report: dict[str, int | str] = {}
        next_report = 0.0
        while not commands.eof:
            self.adjust_size()
            deadline = min(next_report, self.next_send) if self.active else next_report
            if len(self.connected) + len(self.connecting) < self.target_size and not self.message:
                deadline = min(deadline, self.next_connect)
            for key, _mask in self.wait(max(0.0, deadline - time.monotonic())):
                if key.fileobj is commands:
                    for request in commands.read():
                        self.apply(request)
                elif key.fileobj in self.connecting:
                    self.on_connected(key.fileobj)
                elif key.fileobj in self.connected:  # it may have been closed since the wait returned
                    self.on_readable(key.fileobj)
            now = time.monotonic()
            if self.active and now >= self.next_send:
                self.next_send = now + 1 / self.request["rate"]
                self.send_messages()
            if now >= next_report:
                next_report = now + REPORT_INTERVAL
                if (report := self.report()) != last_report:
                    last_report = report
                    send_to_parent(**report)

    def report(self) -> dict[str, int | str]:
        """Return the status, with the fields of `swarm.SwarmStatus`."""
        return {
            "idle": len(self.connected) - len(self.active),
            "active": len(self.active),
            "replies": self.replies,
            "lost": self.lost,
            "message": self.message,
            "request_id": self.request["request_id"],
        }


def describe_connect_error(error: OSError, clients: int) -> str:
    """Return a sentence that says why one more client can't connect, and that does not blame the server for a shortage.

    Args:
        error: the error of socket(2), connect(2) or epoll_ctl(2), or the value of SO_ERROR.
        clients: the number of clients that there are.
    """
    if error.errno in (errno.EMFILE, errno.ENFILE):
        text = _("{n:,} clients is the most that the descriptor limit (ulimit -n) allows.")
    elif error.errno == errno.EADDRNOTAVAIL:
        text = _("{n:,} clients is the most here: this machine has no free local port for one more.")
    elif error.errno in (errno.ENOBUFS, errno.ENOMEM, errno.ENOSPC):
        text = _("{n:,} clients is the most here: the kernel has no memory for one more ({error}).")
    else:
        text = _("The server took {n:,} connections and no more ({error}).")
    return text.format(n=clients, error=error.strerror)


class CommandReader:
    """The parent's requests, with a descriptor that a selector can wait for.

    A thread reads standard input, because Windows can't wait for a pipe.
    """

    def __init__(self) -> None:
        self.eof = False
        self._requests: list[dict[str, Any]] = []
        self._wakeup_reader, self._wakeup_writer = socket.socketpair()
        threading.Thread(target=self._read_stdin, daemon=True).start()

    def fileno(self) -> int:
        """Return the descriptor, which is readable when requests have arrived."""
        return self._wakeup_reader.fileno()

    def _read_stdin(self) -> None:
        for line in sys.stdin:
            self._requests.append(json.loads(line))
            self._wakeup_writer.send(b".")
        self.eof = True
        self._wakeup_writer.send(b".")

    def read(self) -> list[dict[str, Any]]:
        """Return the requests that have arrived since the last call. Block if there is none."""
        self._wakeup_reader.recv(4096)
        requests, self._requests = self._requests, []
        return requests


if __name__ == "__main__":
    limits.raise_fd_limit()
    SwarmWorker().run()

"""A swarm: many clients in one process. Requests to this process say how many clients must be connected.

This module sends the requests to the process (`swarm_worker`), and keeps the last status that the process has reported.
It opens no connection itself.
"""

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

from readiness.base.bounds import bounded_wait, require_count, require_positive
from readiness.base.messages import _
from readiness.base.worker import Worker, WorkerError
from readiness.clients.interactive import Address

MAX_CLIENTS = 1_000_000


@dataclass
class SwarmStatus:
    """The last report of the swarm's process.

    Attributes:
        idle: the number of clients that are connected and send nothing.
        active: the number of clients that are connected and send again and again.
        replies: the number of answers since the start.
        lost: the number of connections that the server has ended.
        message: why there are fewer clients than requested; empty if there are enough.
        request_id: the number of the request that this status answers.
        ended: True if the swarm's process has ended, and with it all its clients. `message` then says why.
    """

    idle: int = 0  # connected and silent
    active: int = 0  # connected, and sending again and again
    replies: int = 0  # answers received since the start
    lost: int = 0  # connections that the server ended
    message: str = ""  # why there are fewer clients than requested, if there are
    request_id: int = 0  # the number of the request that this status is about
    ended: bool = False


class _Request(NamedTuple):
    idle: int
    active: int
    request_id: int


@dataclass
class Swarm:
    """Clients in a process of their own. Idle clients only stay connected; active clients send again and again.

    If the process was killed, `problem` says so, and the next `resize` starts another process.

    Context manager: all clients disconnect when the `with` block ends.

    Args:
        address: the host and port of the server.
        status: the last status that the swarm's process has reported.
    """

    address: Address
    status: SwarmStatus = field(default_factory=SwarmStatus)

    def __post_init__(self) -> None:
        self._requested = _Request(0, 0, 0)
        self._reported = threading.Condition()
        self._closed = False
        try:
            self._start()
        except BaseException:  # for example, the cell was interrupted
            self.close()
            raise

    def _start(self) -> None:
        """Start the swarm's process, which has no clients yet, and the thread that reads its reports."""
        self.status = SwarmStatus()
        self._status_reader = threading.Thread(target=self._read_status, name="readiness-swarm", daemon=True)
        self._worker = Worker("readiness.clients.swarm_worker")
        self._status_reader.start()

    def _read_status(self) -> None:
        end = _("The process of the clients has ended.")
        try:
            for message in self._worker:
                self._set_status(SwarmStatus(**message))
        except WorkerError as error:  # the swarm's owner reads the status: report it there
            end = error.end
        if not self._closed:
            advice = _("Change the number of clients, and another process starts.")
            self._set_status(SwarmStatus(message=f"{end} {advice}", ended=True))

    def _set_status(self, status: SwarmStatus) -> None:
        with self._reported:
            self.status = status
            self._reported.notify_all()

    @property
    def pid(self) -> int:
        """The id of the swarm's process."""
        return self._worker.pid

    def resize(self, *, idle: int = 0, active: int = 0, rate: float = 10.0, address: Address | None = None) -> None:
        """Request new numbers of clients. Return without waiting until they are connected (see `wait_until_ready`).

        Args:
            idle: the number of clients that only stay connected.
            active: the number of clients that send.
            rate: lines per second from each active client. A client sends a line only after the answer to its last one.
            address: the host and port of another server, to which all clients then connect. None keeps the current
                server.

        Raises:
            UserError: A number is out of range.
        """
        require_count(0, MAX_CLIENTS, idle=idle, active=active)
        require_positive(most=10_000, rate=rate)
        self.address = address or self.address
        if not self._closed and not self._worker.alive:
            self._worker.close()
            self._status_reader.join()
            self._start()
        self._requested = _Request(idle, active, self._requested.request_id + 1)
        self._worker.send({"address": list(self.address), "rate": rate} | self._requested._asdict())

    def wait_until_ready(self, timeout: float = 10.0) -> bool:
        """Wait until all requested clients are connected, or one can't connect, or `timeout` seconds have passed.

        Returns:
            True if all are connected. If False, `problem` may say why.
        """
        with self._reported:
            self._reported.wait_for(lambda: self._is_ready or self._has_failed, bounded_wait(timeout))
            return self._is_ready

    @property
    def problem(self) -> str:
        """Why the clients of the last request are not all connected, or not any more; "" if nothing is wrong with them.

        What a report says of an earlier request is history: the server may have been replaced since.
        """
        return self.status.message if self._has_failed else ""

    @property
    def progress(self) -> tuple[int, int]:
        """The numbers of connected and of requested clients. They are the same if no client is connecting any more."""
        requested = self._requested.idle + self._requested.active
        connected = requested if self._has_failed else self.status.idle + self.status.active
        return min(connected, requested), requested

    @property
    def _is_ready(self) -> bool:
        return _Request(self.status.idle, self.status.active, self.status.request_id) == self._requested

    @property
    def _has_failed(self) -> bool:
        current = self.status.request_id == self._requested.request_id
        return bool(self.status.message) and (current or not self._worker.alive)

    @property
    def talking(self) -> int | None:
        """The number of clients that send; None while the last request is not answered."""
        return self.status.active if self._is_ready or self._has_failed else None

    def close(self) -> None:
        """End the swarm's process. This also closes all its connections."""
        self._closed = True
        if hasattr(self, "_worker"):  # not so if `__init__` was interrupted
            self._worker.close()
            if self._status_reader.ident is not None:  # it has started
                self._status_reader.join()

    def __enter__(self) -> "Swarm":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

"""A swarm of clients in a process of its own, that is driven by requests.

This module sends the requests to `swarm_worker`, and keeps the last status. It opens no connection itself.
"""

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

from readiness.base.worker import Worker
from readiness.clients.interactive import Address


@dataclass
class SwarmStatus:
    """What the swarm's process has reported last."""

    idle: int = 0  # connected and silent
    active: int = 0  # connected, and sending again and again
    replies: int = 0  # answers received since the start
    lost: int = 0  # connections that the server ended
    message: str = ""  # why there are fewer clients than requested, if there are
    request_id: int = 0  # the number of the request that this status is about


class _Request(NamedTuple):
    idle: int
    active: int
    request_id: int


@dataclass
class Swarm:
    """Clients in a process of their own: idle ones only stay connected, active ones send again and again.

    `status` is the last status that the worker process sent. The swarm is a context manager: all clients are
    disconnected when the block is left.
    """

    address: Address
    status: SwarmStatus = field(default_factory=SwarmStatus)

    def __post_init__(self) -> None:
        self._requested = _Request(0, 0, 0)
        self._reported = threading.Condition()
        self._worker = Worker("readiness.clients.swarm_worker")
        self._status_reader = threading.Thread(target=self._read_status, name="readiness-swarm", daemon=True)
        self._status_reader.start()

    def _read_status(self) -> None:
        try:
            for message in self._worker:
                self._set_status(SwarmStatus(**message))
        except Exception as error:  # the swarm's owner reads the status: report it there
            self._set_status(SwarmStatus(message=str(error)))

    def _set_status(self, status: SwarmStatus) -> None:
        with self._reported:
            self.status = status
            self._reported.notify_all()

    @property
    def pid(self) -> int:
        """The id of the swarm's process."""
        return self._worker.pid

    def resize(self, *, idle: int = 0, active: int = 0, rate: float = 10.0, address: Address | None = None) -> None:
        """Request a number of clients, without waiting for them.

        Args:
            idle: the number of clients that only stay connected.
            active: the number of clients that send.
            rate: how many times a second each active client sends a line, once its last line is answered.
            address: the server's new address, to which all clients move; without one, they stay where they are.
        """
        self.address = address or self.address
        self._requested = _Request(idle, active, self._requested.request_id + 1)
        self._worker.send({"address": list(self.address), "rate": rate} | self._requested._asdict())

    def wait_until_ready(self, timeout: float = 10.0) -> bool:
        """Wait until all requested clients are connected or can't be, or for `timeout` seconds.

        Returns:
            Whether all are connected. If not, `status.message` may say why.
        """
        with self._reported:
            self._reported.wait_for(lambda: self._is_ready or self._has_failed, timeout)
            return self._is_ready

    @property
    def _is_ready(self) -> bool:
        return _Request(self.status.idle, self.status.active, self.status.request_id) == self._requested

    @property
    def _has_failed(self) -> bool:
        return bool(self.status.message) and self.status.request_id == self._requested.request_id

    def close(self) -> None:
        """End the swarm's process, and with it every connection."""
        self._worker.close()
        self._status_reader.join()

    def __enter__(self) -> "Swarm":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

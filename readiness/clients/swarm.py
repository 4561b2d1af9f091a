"""A swarm of clients in a process of its own, driven by commands.

It sends commands to `swarm_worker` and keeps the last status. It opens no connection itself.
"""

import threading
from dataclasses import dataclass, field

from readiness.base.background import wait_until
from readiness.base.worker import Worker
from readiness.clients.interactive import Address


@dataclass
class SwarmStatus:
    idle: int = 0  # connected and silent
    active: int = 0  # connected, and sending again and again
    replies: int = 0  # answers received since the start
    lost: int = 0  # connections that the server ended
    message: str = ""  # why there are fewer clients than requested, if there are
    request_id: int = 0  # the number of the request that this status is about


@dataclass
class Swarm:
    """Clients in a process of their own: idle ones only stay connected, active ones send `rate` times a second.

    `status` is the last status that the worker process sent. A context manager: all clients are gone when it is left.
    """

    address: Address
    status: SwarmStatus = field(default_factory=SwarmStatus)

    def __post_init__(self) -> None:
        self._requested = (0, 0, 0)  # idle, active, request_id
        self._worker = Worker("readiness.clients.swarm_worker")
        self._status_reader = threading.Thread(target=self._read_status, name="readiness-swarm", daemon=True)
        self._status_reader.start()

    def _read_status(self) -> None:
        try:
            for message in self._worker:
                self.status = SwarmStatus(**message)
        except Exception as error:  # the swarm's owner reads the status: report it there
            self.status = SwarmStatus(message=str(error))

    @property
    def pid(self) -> int:
        return self._worker.pid

    def resize(self, *, idle: int = 0, active: int = 0, rate: float = 10.0, address: Address | None = None) -> None:
        """Request this number of clients, without waiting for them. A new address moves all clients there."""
        self.address = address or self.address
        request_id = self._requested[2] + 1
        self._requested = (idle, active, request_id)
        request = {"address": list(self.address), "idle": idle, "active": active, "rate": rate}
        self._worker.send(request | {"request_id": request_id})

    def wait_until_ready(self, timeout: float = 10.0) -> bool:
        """Wait until all requested clients are connected, or can't be; return whether they are."""
        wait_until(
            lambda: self._is_ready or (self.status.message and self.status.request_id == self._requested[2]), timeout
        )
        return self._is_ready

    @property
    def _is_ready(self) -> bool:
        return (self.status.idle, self.status.active, self.status.request_id) == self._requested

    def close(self) -> None:
        self._worker.close()
        self._status_reader.join()

    def __enter__(self) -> "Swarm":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

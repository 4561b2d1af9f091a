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
    talking: int = 0  # connected, and sending again and again
    replies: int = 0  # answers received since the start
    lost: int = 0  # connections that the server ended
    word: str = ""  # why there are fewer than were asked for, when there are
    order: int = 0  # the number of the order that this is about


@dataclass
class Swarm:
    """A crowd of clients in a process of its own: `idle` ones only stay, `talking` ones send `rate` times a second.

    `status` is what the crowd last said of itself. A context manager: the crowd is gone when left.
    """

    address: Address
    status: SwarmStatus = field(default_factory=SwarmStatus)

    def __post_init__(self) -> None:
        self._asked = (0, 0, 0)
        self._worker = Worker("readiness.clients.swarm_worker")
        self._listener = threading.Thread(target=self._listen, name="readiness-swarm", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        try:
            for message in self._worker:
                self.status = SwarmStatus(**message)
        except Exception as error:  # the thread's owner asks for the status: say it there
            self.status = SwarmStatus(word=str(error))

    @property
    def pid(self) -> int:
        return self._worker.pid

    def ask(self, *, idle: int = 0, talking: int = 0, rate: float = 10.0, address: Address | None = None) -> None:
        """Make the crowd this large; it says in `status` how far it has come. A new address moves all of it there."""
        self.address = address or self.address
        number = self._asked[2] + 1
        self._asked = (idle, talking, number)
        order = {"address": list(self.address), "idle": idle, "talking": talking, "rate": rate, "number": number}
        self._worker.send(order)

    def settled(self, seconds: float = 10.0) -> bool:
        """Wait until the crowd is as large as was asked, or has said why it can't be; whether it is that large."""
        wait_until(lambda: self._arrived or (self.status.word and self.status.order == self._asked[2]), seconds)
        return self._arrived

    @property
    def _arrived(self) -> bool:
        return (self.status.idle, self.status.talking, self.status.order) == self._asked

    def close(self) -> None:
        self._worker.close()
        self._listener.join()

    def __enter__(self) -> "Swarm":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

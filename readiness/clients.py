"""Clients: one that a person drives, and a swarm of them in a process of its own.

They know an address and bytes; what is answered, and how, is the server's business.
"""

import errno
import selectors
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field

from readiness.background import wait_until
from readiness.words import Refusal, _
from readiness.worker import Worker

Address = tuple[str, int]


class Client:
    """One TCP connection that never blocks its caller: every method returns at once, or after `patience` seconds.

    `state` says in words how it stands: not connected, connecting, connected, half-closed, closed by the server.
    """

    def __init__(self, patience: float = 0.05) -> None:
        self.patience = patience
        self.state = _("not connected")
        self._sock: socket.socket | None = None
        self._unsent = bytearray()

    @property
    def connected(self) -> bool:
        return self._sock is not None

    @property
    def port(self) -> int:
        """The port at this end; 0 without a connection."""
        return self._sock.getsockname()[1] if self._sock else 0

    def connect(self, address: Address) -> None:
        self.close()
        self._sock = socket.socket()
        self._sock.setblocking(False)
        self._sock.connect_ex(address)
        self.state = _("connecting")
        self._arrived(time.monotonic() + self.patience)

    def send(self, data: bytes) -> None:
        """Send `data`; what does not fit now goes out with the next calls."""
        if self._sock is None:
            raise Refusal(_("This client is not connected: connect first."))
        self._unsent += data
        self._flush()

    def receive(self) -> bytes:
        """What has arrived, within `patience` seconds; empty when nothing has."""
        return self.poll(self.patience)

    def half_close(self) -> None:
        """Say that we send no more, and go on receiving (shutdown(2), SHUT_WR)."""
        if self._sock is None:
            raise Refusal(_("This client is not connected: connect first."))
        self._sock.shutdown(socket.SHUT_WR)
        self.state = _("half-closed")

    def reset(self) -> None:
        """Leave with a reset (RST) in the place of a goodbye: linger on, for zero seconds (socket(7), SO_LINGER)."""
        if self._sock is None:
            raise Refusal(_("This client is not connected: connect first."))
        kind = "hh" if sys.platform == "win32" else "ii"
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(kind, 1, 0))
        self.close(_("reset by us"))

    def close(self, state: str | None = None) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._unsent.clear()
        self.state = state or _("not connected")

    def poll(self, seconds: float = 0.0) -> bytes:
        """Take note of what has happened to the connection since the last call; return what has arrived."""
        end = time.monotonic() + seconds
        while self._sock is not None:
            if self.state == _("connecting") and not self._arrived(end):
                return b""
            self._flush()
            data = self._take()
            if data or self._sock is None or time.monotonic() >= end:
                return data
            if not self._wait(selectors.EVENT_READ, end):
                return b""
        return b""

    def _arrived(self, end: float) -> bool:
        """Whether connect(2) has come to its end: the socket is writable then, and SO_ERROR says how it ended."""
        if not self._wait(selectors.EVENT_WRITE, end):
            return False
        error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.close(_("refused") if error in (errno.ECONNREFUSED, 10061) else errno.errorcode.get(error, str(error)))
            return False
        self.state = _("connected")
        return True

    def _wait(self, events: int, end: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            return bool(selector.select(max(0.0, end - time.monotonic())))

    def _flush(self) -> None:
        try:
            while self._sock is not None and self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))

    def _take(self) -> bytes:
        got = bytearray()
        try:
            while self._sock is not None:
                data = self._sock.recv(65536)
                if not data:
                    self.close(_("closed by the server"))
                got += data
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))
        return bytes(got)


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
        self._worker = Worker("readiness.crowd")
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

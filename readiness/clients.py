"""Clients: one that a person drives, and a swarm of them in a process of its own.

They know an address and bytes; what is answered, and how, is the server's business.
"""

import errno
import json
import selectors
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from readiness import limits
from readiness.background import wait_until
from readiness.words import Refusal, _
from readiness.worker import Worker, tell

Address = tuple[str, int]


class Client:
    """One TCP connection that never blocks its caller: every method returns at once, or after `patience` seconds.

    `state` says in words how it stands: apart, connecting, connected, half-closed, closed or reset by the server.
    """

    def __init__(self, patience: float = 0.05) -> None:
        self.patience = patience
        self.state = _("apart")
        self._sock: socket.socket | None = None
        self._unsent = bytearray()

    @property
    def connected(self) -> bool:
        return self._sock is not None

    def connect(self, address: Address) -> None:
        self.close()
        self._sock = socket.socket()
        self._sock.setblocking(False)
        self._sock.connect_ex(address)
        self.state = _("connecting")
        self.poll(self.patience)

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
        self.state = state or _("apart")

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
            if self.state == _("connecting") or not self._wait(selectors.EVENT_READ, end):
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
        self._worker = Worker("readiness.clients")
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


class _Crowd:
    """The child's side: one thread, one selector, the crowd's clients and the parent's orders on it."""

    AT_ONCE = 64  # connects under way at a time: no more than a short backlog bears

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.connecting: set[socket.socket] = set()
        self.members: dict[socket.socket, bool] = {}  # connected; whether its last message was answered
        self.talkers: list[socket.socket] = []  # members that talk; all others are idle
        self.order: dict[str, Any] = {"address": ["127.0.0.1", 0], "idle": 0, "talking": 0, "rate": 10.0, "number": 0}
        self.replies = self.lost = 0
        self.word = ""
        self.next_talk = 0.0

    @property
    def wanted(self) -> int:
        return self.order["idle"] + self.order["talking"]

    def obey(self, order: dict[str, Any]) -> None:
        if order["address"] != self.order["address"]:
            for sock in [*self.members, *self.connecting]:
                self.drop(sock)
        self.order, self.word = order, ""
        for sock in list(self.members)[self.wanted :]:
            self.drop(sock)

    def drop(self, sock: socket.socket) -> None:
        self.selector.unregister(sock)
        sock.close()
        self.connecting.discard(sock)
        self.members.pop(sock, None)
        if sock in self.talkers:
            self.talkers.remove(sock)

    def grow(self) -> None:
        """Begin as many connects as are missing, a few at a time; then make the right number of members talk."""
        while (
            not self.word
            and len(self.connecting) < self.AT_ONCE
            and (len(self.members) + len(self.connecting) < self.wanted)
        ):
            try:
                sock = socket.socket()
            except OSError:  # EMFILE, ENFILE
                self.word = _("{n} clients is the most that the descriptor limit (ulimit -n) allows.").format(
                    n=len(self.members) + len(self.connecting)
                )
                break
            sock.setblocking(False)
            sock.connect_ex(tuple(self.order["address"]))
            self.connecting.add(sock)
            self.selector.register(sock, selectors.EVENT_WRITE)
        talking = min(self.order["talking"], len(self.members))
        if len(self.talkers) != talking:
            self.talkers = list(self.members)[:talking]
            self.members.update(dict.fromkeys(self.talkers, True))

    def arrived(self, sock: socket.socket) -> None:
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.word = _("The server took {n} connections and no more.").format(n=len(self.members))
            self.drop(sock)
            return
        self.connecting.discard(sock)
        self.members[sock] = True
        self.selector.modify(sock, selectors.EVENT_READ)

    def heard(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.replies += 1
            self.members[sock] = True
        else:
            self.lost += 1
            self.word = _("The server closed connections.")
            self.drop(sock)

    def talk(self) -> None:
        """Let each talker whose last message was answered send the next one."""
        for sock in [s for s in self.talkers if self.members[s]]:
            self.members[sock] = False
            try:
                sock.send(b"ping")
            except OSError:
                self.drop(sock)

    def run(self) -> None:
        """Serve until the parent closes its end; say how things stand ten times a second, when that has changed."""
        orders = _Orders()
        self.selector.register(orders, selectors.EVENT_READ)
        said, say_at = None, 0.0
        while not orders.ended:
            self.grow()
            due = min(say_at, self.next_talk) if self.talkers else say_at
            for key, _mask in self.selector.select(max(0.0, due - time.monotonic())):
                if key.fileobj is orders:
                    for order in orders.take():
                        self.obey(order)
                elif key.fileobj in self.connecting:
                    self.arrived(key.fileobj)
                elif key.fileobj in self.members:  # it may have left since the wait returned
                    self.heard(key.fileobj)
            now = time.monotonic()
            if self.talkers and now >= self.next_talk:
                self.next_talk = now + 1 / self.order["rate"]
                self.talk()
            if now >= say_at:
                say_at = now + 0.1
                talking = len(self.talkers)
                report = {"idle": len(self.members) - talking, "talking": talking, "replies": self.replies}
                report |= {"lost": self.lost, "word": self.word, "order": self.order["number"]}
                if report != said:
                    said = report
                    tell(**report)


class _Orders:
    """The parent's orders as a descriptor: a thread reads them, since Windows can't wait for a pipe."""

    def __init__(self) -> None:
        self.ended = False
        self._waiting: list[dict[str, Any]] = []
        self._reader, self._writer = socket.socketpair()
        threading.Thread(target=self._listen, daemon=True).start()

    def fileno(self) -> int:
        return self._reader.fileno()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._waiting.append(json.loads(line))
            self._writer.send(b".")
        self.ended = True
        self._writer.send(b".")

    def take(self) -> list[dict[str, Any]]:
        self._reader.recv(4096)
        waiting, self._waiting = self._waiting, []
        return waiting


if __name__ == "__main__":
    limits.raise_nofile()
    _Crowd().run()

"""The swarm's own process: one thread, one selector, and on it the crowd's clients and the parent's orders.

It is started by `clients.Swarm` as ``python -m readiness.clients.swarm_worker``, and ends when its parent does.
"""

import json
import selectors
import socket
import sys
import threading
import time
from typing import Any

from readiness.base.messages import _
from readiness.base.worker import send_to_parent
from readiness.system import limits


class Crowd:
    """As many connected clients as were ordered; some of them talk, all others are silent."""

    PACE = 50, 0.02  # connects at a time, and seconds between: a listener's backlog overflows if nobody waits for it

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.connecting: set[socket.socket] = set()
        self.members: dict[socket.socket, bool] = {}  # connected; whether its last message was answered
        self.talkers: list[socket.socket] = []  # members that talk; all others are idle
        self.order: dict[str, Any] = {"address": ["127.0.0.1", 0], "idle": 0, "talking": 0, "rate": 10.0, "number": 0}
        self.replies = self.lost = 0
        self.word = ""
        self.next_talk = self.next_connect = 0.0

    @property
    def wanted(self) -> int:
        return self.order["idle"] + self.order["talking"]

    def obey(self, order: dict[str, Any]) -> None:
        if order["address"] != self.order["address"]:
            for sock in [*self.members, *self.connecting]:
                self.drop(sock)
        self.order, self.word = order, ""

    def drop(self, sock: socket.socket) -> None:
        self.selector.unregister(sock)
        sock.close()
        self.connecting.discard(sock)
        self.members.pop(sock, None)
        if sock in self.talkers:
            self.talkers.remove(sock)

    def fit(self) -> None:
        """Begin as many connects as are missing, a few at a time; drop who is too many; make the right number talk."""
        for sock in [*self.members, *self.connecting][self.wanted :]:
            self.drop(sock)
        some, pause = self.PACE
        now = time.monotonic()
        missing = 0 if self.word or now < self.next_connect else self.wanted - len(self.members) - len(self.connecting)
        if missing > 0:
            self.next_connect = now + pause
        for _number in range(min(some, missing)):
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
                sock.send(b"ping\n")  # a line, for a server that answers lines
            except OSError:
                self.drop(sock)

    def wait(self, seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        """One wait; where there is only select, and its bitmap is full, the last comers leave again."""
        try:
            return self.selector.select(seconds)
        except ValueError:
            for sock in [*self.members, *self.connecting][-self.PACE[0] :]:
                self.drop(sock)
            self.word = _("{n} clients is the most that select can watch.").format(n=len(self.members))
            return []

    def run(self) -> None:
        """Serve until the parent closes its end; say how things stand ten times a second, when that has changed."""
        orders = Orders()
        self.selector.register(orders, selectors.EVENT_READ)
        said, say_at = None, 0.0
        while not orders.ended:
            self.fit()
            due = min(say_at, self.next_talk) if self.talkers else say_at
            if len(self.members) + len(self.connecting) < self.wanted and not self.word:
                due = min(due, self.next_connect)
            for key, _mask in self.wait(max(0.0, due - time.monotonic())):
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
                    send_to_parent(**report)


class Orders:
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
    limits.raise_fd_limit()
    Crowd().run()

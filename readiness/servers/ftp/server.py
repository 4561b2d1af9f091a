"""The server: one loop, one selector, a heap of timers; who is let in, and what all sessions share.

What is said on a connection, and what becomes of it, is the session's business.
"""

import os
import selectors
import socket
from collections.abc import Callable, Mapping

from readiness.base.background import StopEvent
from readiness.servers.eventloop import BACKLOG, ACCEPT_BATCH, RESOURCE_ERRNOS, READ, ACCEPT_RETRY_DELAY
from readiness.servers.ftp.jail import open_root
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from readiness.servers.ftp.transfers import Pipe
from readiness.servers.timers import Timers

Deed = Callable[[int], None]  # what is to be done when a socket is ready, given the events


class FtpServer:
    """Serves the directory `root` at `host` and `port`, or a port that the kernel chooses; `address` is where.

    users: passwords by name; these may write. None: anonymous, who may only read.
    session: the class of a session, `Session` or one made of it. selector: the machine's best, or any `BaseSelector`.
    sessions: how many at a time; the next client is told 421.
    idle, stalled, dial, delay: seconds until a silent session ends, until a transfer that doesn't move ends, until a
    data connection must have come, until a wrong password is answered.

    UserError: `root` is no directory that may be read, or the system has no way of staying beneath it.
    """

    def __init__(
        self,
        root: str | os.PathLike,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        users: Mapping[str, str] | Passwords | None = None,
        session: type[Session] = Session,
        selector: selectors.BaseSelector | None = None,
        sessions: int = 256,
        idle: float = 300.0,
        stalled: float = 300.0,
        dial: float = 60.0,
        delay: float = 1.0,
    ) -> None:
        self.root = open_root(root)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self.listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except BaseException:
            os.close(self.root)
            raise
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()[:2]
        self.passwords = Passwords(users) if isinstance(users, Mapping) else users
        self.session, self.most = session, sessions
        self.idle, self.stalled, self.dial, self.delay = idle, stalled, dial, delay
        self.look_every = min(idle, stalled)
        self.sessions: set[Session] = set()
        self.writing: set[tuple[int, int]] = set()  # device and inode of each file that an upload writes
        self.pipe = Pipe() if hasattr(os, "splice") else None
        self.timers = Timers()
        self.selector = selector or selectors.DefaultSelector()
        self.watched: dict[int, selectors.SelectorKey] = {}
        self.welcome()

    def serve(self, stop: StopEvent) -> None:
        """The loop: wait, do what each ready socket is watched for, do what is due."""
        self.selector.register(stop, READ)
        while not stop.is_set():
            for key, mask in self.selector.select(self.timers.next_timeout()):
                if self.watched.get(key.fd) is key:  # what was done before in this turn may have closed it
                    key.data(mask)
            self.timers.run_due()

    def watch(self, sock: socket.socket, events: int, deed: Deed | None = None) -> None:
        """Have `deed(mask)` called when one of the events has come, READ, WRITE or both; 0: not any more."""
        number = sock.fileno()
        known = self.watched.get(number)
        if known is None:
            if events:
                self.watched[number] = self.selector.register(sock, events, deed)
        elif not events:
            self.selector.unregister(sock)
            del self.watched[number]
        elif (known.events, known.data) != (events, deed):
            self.watched[number] = self.selector.modify(sock, events, deed)

    def welcome(self) -> None:
        """Accept clients from now on."""
        self.watch(self.listener, READ, self.accept)

    def accept(self, mask: int) -> None:
        """Admit those that have connected, at most ACCEPT_BATCH of them. Whatever accept(2) meets, it ends this turn only.

        There is no descriptor left: `pause`, since the listener would be ready again and again.
        """
        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:  # that was all, or one has left before we came
                if error.errno in RESOURCE_ERRNOS:
                    self.pause()
                return
            self.admit(sock)

    def pause(self) -> None:
        """Accept nobody for a while: the listener stays ready, and to be told so again and again would be to spin."""
        self.watch(self.listener, 0)
        self.timers.call_later(ACCEPT_RETRY_DELAY, self.welcome)

    def admit(self, sock: socket.socket) -> None:
        """Begin a session, or say why not (RFC 959 section 5.4: 421 in the place of 220)."""
        try:
            if len(self.sessions) < self.most:
                session = self.session(self, sock)
                self.sessions.add(session)
                session.work()
                return
            sock.setblocking(False)
            sock.send(b"421 Too many sessions, try again later.\r\n")
        except OSError:  # it has gone already
            pass
        sock.close()

    def close(self) -> None:
        for session in list(self.sessions):
            session.drop()
        self.listener.close()
        self.selector.close()
        if self.pipe:
            self.pipe.close()
        os.close(self.root)

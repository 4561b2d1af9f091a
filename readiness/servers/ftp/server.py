"""The server: one loop, one selector, a heap of timers; which clients are accepted, and what all sessions share.

The protocol is in `session` and the modules that it is made of.
"""

import os
import selectors
import socket
from collections.abc import Callable, Mapping

from readiness.base.background import StopEvent
from readiness.servers.eventloop import ACCEPT_BATCH, ACCEPT_RETRY_DELAY, BACKLOG, IDLE_TIMEOUT, READ, RESOURCE_ERRNOS
from readiness.servers.ftp.jail import open_root
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from readiness.servers.ftp.transfers import Pipe
from readiness.servers.timers import Timers

DEFAULT_PORT = 0  # the kernel chooses a free one

ReadyCallback = Callable[[int], None]  # called with the events when a socket is ready


class FtpServer:
    """Serves the directory `root` at `host` and `port`, or a port that the kernel chooses; `address` is where.

    users: passwords by name; these users may write. None: only anonymous, which may only read.
    session_class: `Session` or a subclass. selector: any `BaseSelector`; None: the best of this system.
    max_sessions: sessions at a time; the next client receives 421.
    idle_timeout: seconds until an idle session ends. transfer_timeout: until a transfer without progress ends.
    data_connect_timeout: until a data connection must be there. login_failure_delay: until the reply to a wrong
    password.

    Raises UserError if `root` is no readable directory, or if this system has no safe way of staying beneath it.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        port: int = DEFAULT_PORT,
        host: str = "127.0.0.1",
        users: Mapping[str, str] | Passwords | None = None,
        session_class: type[Session] = Session,
        selector: selectors.BaseSelector | None = None,
        max_sessions: int = 256,
        idle_timeout: float = IDLE_TIMEOUT,
        transfer_timeout: float = 300.0,
        data_connect_timeout: float = 60.0,
        login_failure_delay: float = 1.0,
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
        self.session_class, self.max_sessions = session_class, max_sessions
        self.idle_timeout, self.transfer_timeout = idle_timeout, transfer_timeout
        self.data_connect_timeout, self.login_failure_delay = data_connect_timeout, login_failure_delay
        self.idle_check_interval = min(idle_timeout, transfer_timeout)
        self.sessions: set[Session] = set()
        self.files_being_written: set[tuple[int, int]] = set()  # device and inode of each file that an upload writes
        self.pipe = Pipe() if hasattr(os, "splice") else None
        self.timers = Timers()
        self.selector = selector or selectors.DefaultSelector()
        self.registrations: dict[int, selectors.SelectorKey] = {}
        self.resume_accepting()

    def serve(self, stop: StopEvent) -> None:
        """Run the loop: wait, call the callback of each ready socket, run the timers that are due."""
        self.selector.register(stop, READ)
        while not stop.is_set():
            for key, mask in self.selector.select(self.timers.next_timeout()):
                if self.registrations.get(key.fd) is key:  # an earlier callback of this turn may have closed it
                    key.data(mask)
            self.timers.run_due()

    def set_events(self, sock: socket.socket, events: int, callback: ReadyCallback | None = None) -> None:
        """Call `callback(mask)` from now on when `sock` is ready for READ, WRITE or both; 0: no more."""
        fd = sock.fileno()
        key = self.registrations.get(fd)
        if key is None:
            if events:
                self.registrations[fd] = self.selector.register(sock, events, callback)
        elif not events:
            self.selector.unregister(sock)
            del self.registrations[fd]
        elif (key.events, key.data) != (events, callback):
            self.registrations[fd] = self.selector.modify(sock, events, callback)

    def resume_accepting(self) -> None:
        """Accept clients from now on."""
        self.set_events(self.listener, READ, self.accept)

    def accept(self, mask: int) -> None:
        """Accept the clients that have connected, at most ACCEPT_BATCH. An error of accept(2) ends this turn only.

        If no descriptor is left, call `pause_accepting`: the listener would be ready again and again.
        """
        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:  # no more clients, or one closed its connection before it was accepted
                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
                return
            self.start_session(sock)

    def pause_accepting(self) -> None:
        """Stop watching the listener for a while: it stays ready if no client is accepted, so the loop would spin."""
        self.set_events(self.listener, 0)
        self.timers.call_later(ACCEPT_RETRY_DELAY, self.resume_accepting)

    def start_session(self, sock: socket.socket) -> None:
        """Start a session, or reply 421 instead of 220 if there are too many (RFC 959 section 5.4)."""
        try:
            if len(self.sessions) < self.max_sessions:
                session = self.session_class(self, sock)
                self.sessions.add(session)
                session.process_pending()
                return
            sock.setblocking(False)
            sock.send(b"421 Too many sessions, try again later.\r\n")
        except OSError:  # the client has closed already
            pass
        sock.close()

    def close(self) -> None:
        for session in list(self.sessions):
            session.close()
        self.listener.close()
        self.selector.close()
        if self.pipe:
            self.pipe.close()
        os.close(self.root)

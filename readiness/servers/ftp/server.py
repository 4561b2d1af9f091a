"""The FTP server: the event loop, the listener, and what all sessions of the server share.

The FTP protocol is in `session` and in the modules with its base classes.
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
from readiness.servers.ftp.upload import UploadKey
from readiness.servers.timers import Timers

DEFAULT_PORT = 0  # the kernel chooses a free port

ReadyCallback = Callable[[int], None]  # called with the events when a socket is ready


class FtpServer:
    """An FTP server that shows one directory. The attribute `address` is the pair (host, port) of its listener.

    Args:
        root: the directory that clients see as `/`.
        port: the port to listen on; 0 means any free port.
        host: the address to listen on, IPv4 or IPv6.
        users: a mapping from user names to passwords; these users may read and write. None means that clients log in as
            `anonymous`, and may only read.
        session_class: `Session` or a subclass.
        selector: the selector that waits; None means the best one of this machine.
        max_sessions: the maximal number of sessions; more clients receive reply 421.
        idle_timeout: a session ends after this number of seconds without a byte sent or received.
        transfer_timeout: a transfer ends after this number of seconds without a byte sent or received.
        data_connect_timeout: the longest time, in seconds, that the server waits for a data connection.
        login_failure_delay: the time in seconds before the reply to a wrong password.

    Raises:
        UserError: `root` is not a readable directory, or this system has no safe way to serve it (see
            `jail.open_root`).
        OSError: The server can't listen on this host and port.
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
        self.uploads_in_progress: set[UploadKey] = set()  # the files that clients upload now
        self.pipe = Pipe() if hasattr(os, "splice") else None
        self.timers = Timers()
        self.selector = selector or selectors.DefaultSelector()
        self.registrations: dict[int, selectors.SelectorKey] = {}
        self.resume_accepting()

    def serve(self, stop: StopEvent) -> None:
        """Run the loop until `stop.set()` is called.

        Each iteration waits for events, calls the callbacks of the ready sockets, and runs the timers whose deadline
        has passed.
        """
        self.selector.register(stop, READ)
        while not stop.is_set():
            for key, mask in self.selector.select(self.timers.next_timeout()):
                if self.registrations.get(key.fd) is key:  # else a callback of this iteration has closed it
                    key.data(mask)
            self.timers.run_due()

    def set_events(self, sock: socket.socket, events: int, callback: ReadyCallback | None = None) -> None:
        """Watch `sock` for the events `events`, and call `callback` when it is ready.

        Args:
            sock: a socket of the server.
            events: READ, WRITE or both; 0 stops the watching.
            callback: called with the mask of the events that are ready.
        """
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
        """Watch the listener, so that the server accepts new clients."""
        self.set_events(self.listener, READ, self.accept)

    def accept(self, mask: int) -> None:
        """Accept at most ACCEPT_BATCH clients. An error of accept(2) ends this call, but not the server.

        If there are no more descriptors, call `pause_accepting`. Otherwise the loop would never sleep, because the
        listener stays readable.
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
        """Stop watching the listener for ACCEPT_RETRY_DELAY seconds.

        The listener stays readable while a client waits. Without this pause, the loop would never sleep.
        """
        self.set_events(self.listener, 0)
        self.timers.call_later(ACCEPT_RETRY_DELAY, self.resume_accepting)

    def start_session(self, sock: socket.socket) -> None:
        """Start a session for the client that is connected to `sock`.

        If there are already `max_sessions` sessions, send reply 421 instead, and close `sock` (RFC 959 section 5.4).
        """
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
        """End all sessions, and close everything that the server opened."""
        for session in list(self.sessions):
            session.close()
        self.listener.close()
        self.selector.close()
        if self.pipe:
            self.pipe.close()
        os.close(self.root)

"""The FTP server: the event loop, the listener, and what all sessions of the server share.

The FTP protocol is in `session` and in the modules of its parts.
"""

import contextlib
import logging
import os
import selectors
import socket
from collections.abc import Callable, Mapping
from time import monotonic

from readiness.base.background import StopEvent
from readiness.base.bounds import require_count, require_positive
from readiness.servers.eventloop import ACCEPT_BATCH, ACCEPT_RETRY_DELAY, BACKLOG, IDLE_TIMEOUT, READ, RESOURCE_ERRNOS
from readiness.servers.ftp.addresses import address_family, unmapped
from readiness.servers.ftp.control import State
from readiness.servers.ftp.jail import open_root
from readiness.servers.ftp.old_files import OldFiles
from readiness.servers.ftp.password_checks import PasswordChecks
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.session import Session
from readiness.servers.ftp.transfers import Pipe
from readiness.servers.ftp.upload import UploadKey
from readiness.servers.timers import Timers
from readiness.system.descriptors import in_use
from readiness.system.limits import UNLIMITED, fd_limits

DEFAULT_PORT = 0  # the kernel chooses a free port
DESCRIPTORS_PER_SESSION = 5  # control and data connection; an upload's directory, partial and old file
SPARE_DESCRIPTORS = 8  # for a moment: a client that is accepted or refused, the directories of a path
LOGIN_GRACE = 5.0  # seconds without a byte after which a session without a login makes room for another client
MAX_SESSIONS = 1_000_000  # above every limit of descriptors
FD_SETSIZE = 1024  # select(2) watches no descriptor above it

logger = logging.getLogger("readiness.ftp")

ReadyCallback = Callable[[int], None]  # called with the events when a socket is ready


class FtpServer:
    """An FTP server that shows one directory. The attribute `address` is the pair (host, port) of its listener.

    Args:
        root: the directory that clients see as `/`. The server opens it once, and serves this directory until the
            server ends, also if the directory is renamed and another one takes its name.
        port: the port to listen on; 0 means any free port.
        host: the address to listen on, IPv4 or IPv6. `::` or an empty text means all addresses of the machine, IPv4
            and IPv6.
        users: a mapping from user names to passwords; these users may read and write. None means that all clients log
            in as `anonymous`.
        anonymous: True if clients may also log in as `anonymous` or `ftp`, with any password. They may only read.
        session_class: `Session` or a subclass.
        selector: the selector that waits; None means the best one of this machine.
        max_sessions: the maximal number of sessions; more clients receive reply 421. It is lower if the process may
            not open DESCRIPTORS_PER_SESSION descriptors for each session.
        idle_timeout: a session ends after this number of seconds without a byte sent or received.
        transfer_timeout: a transfer ends after this number of seconds without a byte sent or received.
        data_connect_timeout: the longest time, in seconds, that the server waits for a data connection.
        login_failure_delay: the time in seconds before the reply to a wrong password.

    Raises:
        UserError: `root` is not a readable directory, or this system has no safe way to serve it (see
            `jail.open_root`). Or a timeout or the delay is not a number above 0, or `max_sessions` is no count.
        OSError: The server can't listen on this host and port.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        port: int = DEFAULT_PORT,
        host: str = "127.0.0.1",
        users: Mapping[str, str] | Passwords | None = None,
        anonymous: bool = False,
        session_class: type[Session] = Session,
        selector: selectors.BaseSelector | None = None,
        max_sessions: int = 256,
        idle_timeout: float = IDLE_TIMEOUT,
        transfer_timeout: float = 300.0,
        data_connect_timeout: float = 30.0,
        login_failure_delay: float = 1.0,
    ) -> None:
        require_positive(idle_timeout=idle_timeout, transfer_timeout=transfer_timeout)
        delays = {"data_connect_timeout": data_connect_timeout, "login_failure_delay": login_failure_delay}
        require_positive(**{name: seconds for name, seconds in delays.items() if seconds != 0})  # 0 is: at once
        require_count(0, MAX_SESSIONS, max_sessions=max_sessions)
        self.root = open_root(root)
        try:
            self.listener = open_listener(host, port)
        except BaseException:
            os.close(self.root)
            raise
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()[:2]
        self.anonymous = anonymous or users is None
        passwords = Passwords(users) if isinstance(users, Mapping) else users
        self.session_class = session_class
        self.idle_timeout, self.transfer_timeout = idle_timeout, transfer_timeout
        self.data_connect_timeout, self.login_failure_delay = data_connect_timeout, login_failure_delay
        self.idle_check_interval = min(idle_timeout, transfer_timeout)
        self.sessions: set[Session] = set()
        self.uploads_in_progress: dict[UploadKey, Session] = {}  # the files that clients upload now
        self.pipe = Pipe() if hasattr(os, "splice") else None
        self.timers = Timers()
        self.selector = selector or selectors.DefaultSelector()
        self.registrations: dict[int, selectors.SelectorKey] = {}
        self.password_checks = PasswordChecks(self, passwords)
        self.old_files = OldFiles()
        self.max_sessions = min(max_sessions, max_sessions_by_descriptors(self.selector))
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
                    self.call(key.data, mask)
            for callback, args in self.timers.pop_due():
                self.call(callback, *args)

    def call(self, callback: Callable[..., None], *args: object) -> None:
        """Call a callback of the loop. An unexpected error in it ends the session that it belongs to, not the server.

        A callback belongs to a session if it is a method of the session, or of an object with the attribute `session`.
        Every other callback belongs to the server itself, and its error ends the loop.
        """
        try:
            callback(*args)
        except Exception as error:  # SystemExit and KeyboardInterrupt end the loop
            owner = getattr(callback, "__self__", None)
            session = getattr(owner, "session", owner)
            if not isinstance(session, Session):
                raise
            self.on_session_error(session, error)

    def on_session_error(self, session: Session, error: Exception) -> None:
        """Log the unexpected error `error` in one line, and end the session with reply 421.

        If the session was already ending, or the reply can't be sent, close the connection at once. A subclass may
        raise the error instead, to end the loop.
        """
        logger.error("An error has ended the session of %s: %r", session.control.peer_host, error)
        logger.debug("The error was raised here:", exc_info=error)
        with contextlib.suppress(Exception):
            was_open = session.control.state is State.OPEN
            session.data.abort()
            session.control.close_after_reply(421, "An error in this server ends the session.")
            session.control.flush()
            if was_open:
                return
        with contextlib.suppress(Exception):
            session.close()

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
            if len(self.sessions) >= self.max_sessions:
                self.close_unused_session()
            if len(self.sessions) < self.max_sessions:
                session = self.session_class(self, sock)
                self.sessions.add(session)
                self.call(session.process_pending)
                return
            sock.setblocking(False)
            sock.send(b"421 Too many sessions, try again later.\r\n")
        except OSError:  # the client has closed already
            pass
        sock.close()

    def close_unused_session(self) -> None:
        """Close the session that has been idle for the longest time without a login, if there is one."""
        unused = [session for session in self.sessions if session.login.user is None]
        if unused:
            oldest = min(unused, key=lambda session: session.control.last_activity)
            if monotonic() - oldest.control.last_activity > LOGIN_GRACE:
                self.call(oldest.close)

    def check_password(self, session: Session, password: str) -> None:
        """Check `password` for the user name of the session. Then call `Session.on_password_checked` with the answer.

        The answer comes in a later iteration of the loop, and only if the session still waits for it.
        """
        self.password_checks.submit(session, password)

    def close(self) -> None:
        """End all sessions, and close everything that the server opened."""
        for session in list(self.sessions):
            self.call(session.close)
        self.password_checks.close()
        self.old_files.close()
        self.listener.close()
        self.selector.close()
        if self.pipe:
            self.pipe.close()
        os.close(self.root)


def open_listener(host: str, port: int) -> socket.socket:
    """Open the listener of the server at the address `host` and the port `port`, and return it.

    If `host` is `::` or empty, the listener accepts clients at all addresses of the machine, IPv4 and IPv6.
    """
    if host in ("", "::") and socket.has_dualstack_ipv6():
        return socket.create_server(("::", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True)
    host = unmapped(host)
    return socket.create_server((host, port), family=address_family(host), backlog=BACKLOG)


def max_sessions_by_descriptors(selector: selectors.BaseSelector) -> float:
    """Return the number of sessions that can have all their descriptors at the same time. It is at least 1.

    The limit is RLIMIT_NOFILE (getrlimit(2)), without the descriptors that this process has opened until now. If
    `selector` uses select(2), the limit is FD_SETSIZE or less.
    """
    limit = fd_limits()[0] or UNLIMITED
    if isinstance(selector, selectors.SelectSelector):
        limit = min(limit, FD_SETSIZE)
    if limit == UNLIMITED:
        return limit
    return max(1, (int(limit) - in_use(int(limit)) - SPARE_DESCRIPTORS) // DESCRIPTORS_PER_SESSION)

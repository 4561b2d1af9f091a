"""Password checks beside the event loop: a thread calculates the hashes, while the loop serves the other clients.

A hash takes milliseconds of CPU time, by intention (see `passwords`). In the loop, it would stop all sessions, and a
client that guesses passwords would stop them all the time. `hashlib.scrypt` releases the GIL, so the thread runs
beside the loop. When a hash is ready, the thread writes a byte to a socketpair, whose other end the selector watches.
"""

import socket
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from readiness.servers.eventloop import READ
from readiness.servers.ftp.passwords import Passwords

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer
    from readiness.servers.ftp.session import Session


class PasswordCheck:
    """The check of one password, which waits for the thread or is in the thread."""

    def __init__(self, session: "Session", name: str, password: str) -> None:
        self.session, self.name, self.password = session, name, password
        self.future: Future[bool] | None = None

    def finish(self) -> None:
        """Pass the answer of the thread to the session."""
        if self.future:
            self.session.login.finish_check(self.future.result())


class PasswordChecks:
    """The password checks of all sessions of a server. One thread does them, one after the other.

    Args:
        server: the server.
        passwords: its users, or None if only anonymous users may log in.
    """

    def __init__(self, server: "FtpServer", passwords: Passwords | None) -> None:
        self.server, self.passwords = server, passwords
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readiness-ftp-passwords")
        self.reader, self.writer = socket.socketpair()
        self.waiting: list[PasswordCheck] = []
        self.running: PasswordCheck | None = None

    def submit(self, session: "Session", password: str) -> None:
        """Begin to check `password` for the user name of the session. `Authentication.finish_check` gets the answer.

        The answer comes in the next iteration of the loop if it needs no hash: for an anonymous user, and for a
        password that was correct before.
        """
        name = session.login.name or ""
        if session.login.is_anonymous or not self.passwords or self.passwords.is_verified(name, password):
            matches = session.login.is_anonymous or self.passwords is not None
            self.server.timers.call_later(0, session.login.finish_check, matches)
            return
        self.waiting.append(PasswordCheck(session, name, password))
        self.start_next()

    def take_next(self) -> PasswordCheck:
        """Remove the check that the thread does next from the queue, and return it.

        It is from the address with the fewest checks, then of a session with the fewest failures, then the newest one.
        So a client that guesses passwords over many connections hardly delays the login of another client, even if both
        have the same address.
        """
        checks_from = Counter(check.session.control.peer_host for check in self.waiting)
        chosen = min(
            reversed(self.waiting),
            key=lambda check: (checks_from[check.session.control.peer_host], check.session.login.failed_attempts),
        )
        self.waiting.remove(chosen)
        return chosen

    def start_next(self) -> None:
        """Pass the next check to the thread, if the thread has nothing to do. Forget the sessions that have ended."""
        self.waiting = [check for check in self.waiting if check.session.login.checking]
        if self.running or not self.waiting or not self.passwords:
            return
        check = self.running = self.take_next()
        self.server.set_events(self.reader, READ, self.on_hash_ready)
        check.future = self.executor.submit(self.passwords.check, check.name, check.password)
        check.future.add_done_callback(lambda _future: self.writer.send(b"."))  # in the thread

    def on_hash_ready(self, mask: int) -> None:
        """Finish the check whose hash is ready, and start the next one."""
        self.reader.recv(1)
        self.server.set_events(self.reader, 0)
        check, self.running = self.running, None
        if check:
            self.server.call(check.finish)
        self.start_next()

    def close(self) -> None:
        """End the thread after the hash that it calculates now, and close the socketpair."""
        self.waiting.clear()
        self.executor.shutdown(cancel_futures=True)
        self.reader.close()
        self.writer.close()

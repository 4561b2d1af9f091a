"""Run a server's loop in a daemon thread of this process, and stop the loop on request.

A server is any object with the members of the class `Server`. Its loop watches `stop`, which has a descriptor that
becomes readable when the loop must end. This module contains nothing about a service or a widget.
"""

import atexit
import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

from readiness.base.messages import UserError, _

JOIN_TIMEOUT = 0.2  # seconds that `BackgroundServer.stop` waits for the loop to return


class StopEvent:
    """A flag with a file descriptor. The descriptor becomes readable when `set` is called, and it stays readable.

    A server registers this object in its selector, like a socket. It is a socketpair, because select on Windows accepts
    only sockets.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._set = False

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when `set` is called."""
        return self._reader.fileno()

    def is_set(self) -> bool:
        """Return True if `set` was called."""
        return self._set

    def set(self) -> None:
        """Set the flag, and make the descriptor readable. A second call does nothing."""
        if not self._set:
            self._set = True
            self._writer.send(b".")

    def close(self) -> None:
        """Close both sockets of the socketpair."""
        self._reader.close()
        self._writer.close()


class Server(Protocol):
    """The interface of the servers that `BackgroundServer` and `ForkedServer` run. A server listens at one address."""

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port on which the server listens."""

    def serve(self, stop: StopEvent) -> None:
        """Run the server's loop in the calling thread. Return when the descriptor of `stop` becomes readable."""

    def close(self) -> None:
        """Close all sockets and other descriptors that the server opened."""


class BackgroundServer:
    """A server whose loop runs in its own thread.

    It is a context manager: the loop starts when the `with` block begins, and `stop` is called when the block ends.

    Args:
        server: the server to run. It already listens.
        name: the server's name in messages and in the name of the thread.

    Attributes:
        error: the exception that ended the loop, or None.
    """

    def __init__(self, server: Server, name: str = "server") -> None:
        self.server = server
        self.name = name
        self.error: BaseException | None = None  # what ended the loop, when it was not `stop`
        self._error_reported = self._stopped = False
        self._entered = threading.Event()
        self._stop = StopEvent()
        self._thread = threading.Thread(target=self._run, name=f"readiness-{name}", daemon=True)

    @property
    def running(self) -> bool:
        """True while the loop runs. False after `stop` was called."""
        return self._thread.is_alive() and not self._stop.is_set()

    @property
    def thread_id(self) -> int | None:
        """The kernel's id of the thread (its name in ``/proc/self/task``). None before the thread has started."""
        return self._thread.native_id

    def start(self) -> "BackgroundServer":
        """Start the thread that runs the loop, and wait until the thread runs. A second call starts no second thread.

        Returns:
            This object.
        """
        if self._thread.ident is None:
            self._thread.start()
            self._entered.wait()
        return self

    def _run(self) -> None:
        self._entered.set()
        try:
            self.server.serve(self._stop)
        except BaseException as error:  # of any kind: `raise_if_failed` raises it in the caller
            self.error = error

    def raise_if_failed(self) -> None:
        """Raise the exception that ended the loop, if there is one. Later calls do not raise it again."""
        if self.error is not None and not self._error_reported:
            self._error_reported = True
            raise self.error

    def stop(self) -> None:
        """Stop the loop, and close the server. A second call does nothing.

        If the loop is blocked inside a call for longer than `JOIN_TIMEOUT` seconds, it can't see that it must stop. The
        server is closed nevertheless, and the thread gets `JOIN_TIMEOUT` seconds more to end.

        Raises:
            UserError: The thread still runs. The message names the function and the line that the thread executes.
            BaseException: The exception that ended the loop, if it was not raised before.
        """
        if self._stopped:
            return
        self._stopped = True
        self._stop.set()
        self._thread.join(JOIN_TIMEOUT)
        stuck_at = self._current_line() if self._thread.is_alive() else ""
        try:
            self.server.close()
        finally:
            self._thread.join(JOIN_TIMEOUT if stuck_at else None)
            if not self._thread.is_alive():
                self._stop.close()
        if self._thread.is_alive():
            raise UserError(
                _("The thread of “{name}” did not stop: it is inside {where}. It ends when that call returns.").format(
                    name=self.name, where=stuck_at
                )
            )
        if not stuck_at:
            self.raise_if_failed()

    def _current_line(self) -> str:
        """Return the function and the line number that the thread executes."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        return f"{frame.f_code.co_name}, line {frame.f_lineno}" if frame else "?"

    def __enter__(self) -> "BackgroundServer":
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self.stop()
        else:  # the caller's own error comes first
            with contextlib.suppress(Exception):
                self.stop()

    def __repr__(self) -> str:
        if self.error is not None:
            state = _("ended by {kind}: {error}").format(kind=type(self.error).__name__, error=self.error)
        else:
            state = _("running in the background") if self.running else _("stopped")
        return f"{self.name}: {state}"


_running: dict[str, BackgroundServer] = {}
_lock = threading.Lock()


def start(server: Server, name: str = "server") -> BackgroundServer:
    """Run `server` in the background. First stop the server that an earlier call started with the same `name`.

    In this way a notebook cell that is run again replaces its own server. If an exception ended the loop of the
    replaced server, that exception is not raised here.

    Returns:
        The object that runs the server, and that can stop it.
    """
    with _lock:
        _stop_quietly(_running.pop(name, None))
        _running[name] = BackgroundServer(server, name).start()
        return _running[name]


def _stop_quietly(background: BackgroundServer | None) -> None:
    if background is not None:
        with contextlib.suppress(Exception):
            background.stop()


def stop(name: str) -> None:
    """Stop the server that `start` started with this `name`, if there is one. No exception of the server is raised."""
    with _lock:
        _stop_quietly(_running.pop(name, None))


@atexit.register
def stop_all() -> None:
    """Stop all servers that `start` started. Python calls this function when the process exits."""
    for name in list(_running):
        stop(name)


def wait_until(predicate: Callable[[], object], timeout: float) -> bool:
    """Call `predicate` every 5 milliseconds, until it returns a true value or `timeout` seconds have passed.

    Use this function only if no event, condition or descriptor announces the change. Examples are the descriptors of
    another process, and counters that a server's thread writes without a lock.

    Returns:
        True if the last call of `predicate` returned a true value.
    """
    deadline = time.monotonic() + timeout
    while not (met := predicate()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(met)

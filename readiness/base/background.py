"""Run a server's loop in a daemon thread, and stop it at once.

A server is any object with an ``address``, ``serve(stop)`` and ``close()``. Its loop watches `stop`, a descriptor that
becomes readable when the loop must end. This module knows no service and no widget.
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
    """An event with a file descriptor: the descriptor becomes readable when `set` is called, and stays readable.

    Register it in a selector like any other descriptor. It is a socketpair, since Windows can wait for sockets only.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._set = False

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader.fileno()

    def is_set(self) -> bool:
        """Return whether `set` was called."""
        return self._set

    def set(self) -> None:
        """Make the descriptor readable. A second call does nothing."""
        if not self._set:
            self._set = True
            self._writer.send(b".")

    def close(self) -> None:
        """Close both ends of the socketpair."""
        self._reader.close()
        self._writer.close()


class Server(Protocol):
    """A server that listens at one address: what `BackgroundServer` and `ForkedServer` run."""

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that the server listens on."""

    def serve(self, stop: StopEvent) -> None:
        """Run the loop in the calling thread until `stop` is readable."""

    def close(self) -> None:
        """Close everything that the server opened."""


class BackgroundServer:
    """A server's loop in a thread of its own. A context manager: the loop runs inside the block, and ends with it."""

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
        """Whether the loop runs, and was not asked to stop."""
        return self._thread.is_alive() and not self._stop.is_set()

    @property
    def thread_id(self) -> int | None:
        """The kernel's number for the thread, as in ``/proc/self/task``; None before the thread has started."""
        return self._thread.native_id

    def start(self) -> "BackgroundServer":
        """Start the loop's thread, wait until it runs, and return this object. A second call starts nothing."""
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
        """Raise, once, the error that ended the loop, if there is one."""
        if self.error is not None and not self._error_reported:
            self._error_reported = True
            raise self.error

    def stop(self) -> None:
        """End the loop, and close the server. A second call does nothing.

        A loop that is stuck in a callback does not see that it must stop. Its server is closed all the same, and the
        thread has another `JOIN_TIMEOUT` seconds to end.

        Raises:
            UserError: the thread still runs. The text names the line that it is in.
            BaseException: the error that ended the loop before, unless it was raised already.
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
        """Return the function and the line number that the thread is in."""
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
    """Run `server` in the background, and stop the server that ran under this `name` before.

    A cell that is run again replaces its server in this way. An error of the replaced server is not raised: it was
    shown while that server ran.
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
    """Stop the server that `start` started under this name, if there is one. Its error is not raised."""
    with _lock:
        _stop_quietly(_running.pop(name, None))


@atexit.register
def stop_all() -> None:
    """Stop every server that `start` started: the kernel calls this as it exits."""
    for name in list(_running):
        stop(name)


def wait_until(predicate: Callable[[], object], timeout: float) -> bool:
    """Call `predicate` 200 times a second until it is true, or until `timeout` seconds have passed.

    This is for states that come without an event to wait for: the descriptors of another process, or counters that a
    server's thread writes without a lock. If there is an event, a condition or a descriptor, wait for that instead.

    Returns:
        Whether `predicate` was true in the end.
    """
    deadline = time.monotonic() + timeout
    while not (met := predicate()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(met)

"""The background: runs a server's loop in a daemon thread, and stops it at once.

A server is any object with ``serve(stop)`` and ``close()``. Its loop watches `stop`, a descriptor that becomes
readable when it is time to go. This room knows nothing of sockets served, nor of the screen.
"""

import atexit
import contextlib
import socket
import sys
import threading
import time
from typing import Any, Protocol

from readiness.base.messages import UserError, _

PATIENCE = 0.2  # seconds that `Background.stop` waits for the loop to return


class Stop:
    """A file descriptor that becomes readable, and stays so, once `set` is called: register it like any other.

    A socketpair, since Windows can wait for sockets only.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._set = False

    def fileno(self) -> int:
        return self._reader.fileno()

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        if not self._set:
            self._set = True
            self._writer.send(b".")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


class Server(Protocol):
    def serve(self, stop: Stop) -> None:
        """Run the loop in the calling thread until `stop` is readable."""

    def close(self) -> None:
        """Close everything that the server opened."""


class Background:
    """A server's loop in a thread of its own. A context manager: running when entered, gone when left."""

    def __init__(self, server: Server, name: str = "server") -> None:
        self.server = server
        self.name = name
        self.error: BaseException | None = None  # what ended the loop, when it was not `stop`
        self._raised = self._stopped = False
        self._entered = threading.Event()
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, name=f"readiness-{name}", daemon=True)

    @property
    def running(self) -> bool:
        return self._thread.is_alive() and not self._stop.is_set()

    @property
    def thread_id(self) -> int | None:
        """The kernel's number for the thread, as in ``/proc/self/task``; None before it has started."""
        return self._thread.native_id

    def start(self) -> "Background":
        """Return once the loop's thread runs; one that runs already is left as it is."""
        if self._thread.ident is None:
            self._thread.start()
            self._entered.wait()
        return self

    def _run(self) -> None:
        self._entered.set()
        try:
            self.server.serve(self._stop)
        except BaseException as error:  # whatever it is, the caller is told: see `check`
            self.error = error

    def check(self) -> None:
        """Raise here, once, what ended the loop there."""
        if self.error is not None and not self._raised:
            self._raised = True
            raise self.error

    def stop(self) -> None:
        """End the loop, close the server, and raise what the loop died of, if it did. Safe to call again.

        A loop stuck in a callback does not see `stop`: its server is closed all the same, and if the thread is still
        there after another `PATIENCE` seconds, a `UserError` names the line that it is in.
        """
        if self._stopped:
            return
        self._stopped = True
        self._stop.set()
        self._thread.join(PATIENCE)
        stuck = self._where() if self._thread.is_alive() else ""
        try:
            self.server.close()
        finally:
            self._thread.join(PATIENCE if stuck else None)
            if not self._thread.is_alive():
                self._stop.close()
        if self._thread.is_alive():
            raise UserError(
                _("The thread of “{name}” did not stop: it is inside {where}. It ends when that call returns.").format(
                    name=self.name, where=stuck
                )
            )
        if not stuck:
            self.check()

    def _where(self) -> str:
        """The function and line that the thread is in: what a debugger would show first."""
        frame = sys._current_frames().get(self._thread.ident)
        return f"{frame.f_code.co_name}, line {frame.f_lineno}" if frame else "?"

    def __enter__(self) -> "Background":
        return self.start()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
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


_running: dict[str, Background] = {}
_lock = threading.Lock()


def run(server: Server, name: str = "server") -> Background:
    """Run `server` in the background, in the place of the one that ran under this `name` before.

    So a cell that is run again replaces its server. What the old one died of was shown while it ran: it is not
    raised again.
    """
    with _lock:
        _end(_running.pop(name, None))
        _running[name] = Background(server, name).start()
        return _running[name]


def _end(background: Background | None) -> None:
    if background is not None:
        with contextlib.suppress(Exception):
            background.stop()


def stop(name: str) -> None:
    """Stop the server that `run` started under this name, if there is one; what it died of is not raised."""
    with _lock:
        _end(_running.pop(name, None))


@atexit.register
def stop_all() -> None:
    """Stop every server that `run` started: the kernel calls this as it exits."""
    for name in list(_running):
        stop(name)


def wait_until(condition: Any, seconds: float) -> bool:
    """Whether `condition()` became true within `seconds`; asked again and again, 200 times a second."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.005)
    return bool(met)

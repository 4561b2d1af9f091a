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
import traceback
from collections.abc import Callable
from typing import Protocol

from readiness.base.bounds import bounded_wait
from readiness.base.code_location import error_location, thread_location
from readiness.base.messages import UserError, _

JOIN_TIMEOUT = 0.2  # seconds that `BackgroundServer.stop` waits for the loop to return
CLOSE_TIMEOUT = 2.0  # seconds that `BackgroundServer.stop` waits for the server's method `close`


class NotStoppedError(UserError):
    """The thread of a server has not ended, or its method `close` has not returned."""


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
            self._writer.send(b".")
            self._set = True  # not before: a call that was interrupted can be made again

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
        error: the exception that ended the loop, or None. If the loop raised SystemExit, KeyboardInterrupt or another
            exception that is no `Exception`, this is a UserError with a sentence about it. Raised as it is, such an
            exception would end the notebook's kernel.
    """

    def __init__(self, server: Server, name: str = "server") -> None:
        self.server = server
        self.name = name
        self.error: Exception | None = None  # what ended the loop, when it was not `stop`
        self._error_reported = self._stopped = False
        self._entered = threading.Event()
        self._stop = StopEvent()
        self._thread = threading.Thread(target=self._run, name=f"readiness-{name}", daemon=True)
        self._closing = threading.Thread(target=self._close_server, daemon=True)
        self._close_errors: list[Exception | None] = []  # one item after the server's method `close` has returned
        self._stops_itself = False

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
        self.error = self._call(lambda: self.server.serve(self._stop))
        if self._stops_itself:
            self._close_server()

    def _close_server(self) -> None:
        self._close_errors.append(self._call(self.server.close))

    def _call(self, method: Callable[[], None]) -> Exception | None:
        """Call a method of the server. Return the exception that it raised, as `error` holds it."""
        try:
            method()
        except Exception as error:
            return error
        except BaseException as error:  # another thread must not raise it
            sentence = _("The server “{name}” raised {error}. To end a server, return from serve.\n  at: {line}")
            text = traceback.format_exception_only(error)[0].strip()
            problem = UserError(sentence.format(name=self.name, error=text, line=error_location(error)))
            problem.__cause__ = error
            return problem
        return None

    def raise_if_failed(self) -> None:
        """Raise the exception that ended the loop, if there is one. Later calls do not raise it again."""
        if self.error is not None and not self._error_reported:
            self._error_reported = True
            raise self.error

    def stop(self) -> None:
        """Stop the loop, and close the server. A second call does nothing, or finishes a first that was interrupted.

        A loop that waits in accept does not see that it must stop. If the loop has not ended after `JOIN_TIMEOUT`
        seconds, this method connects to the server, so that accept returns. The server is closed in any case. If the
        loop itself calls this method, it returns immediately, and the server is closed after `serve` has returned.

        Raises:
            NotStoppedError: The thread still runs, or the server's method `close` has not returned after
                `CLOSE_TIMEOUT` seconds. The message shows the line that the thread executes.
            Exception: The exception that ended the loop (see `error`), if it was not raised before. Otherwise, the
                exception that `close` raised.
        """
        if self._stopped:
            return
        self._stops_itself = threading.current_thread() is self._thread
        self._stop.set()
        if self._stops_itself:
            return
        if self._thread.is_alive():
            self._thread.join(JOIN_TIMEOUT)
        if overdue := self._thread.is_alive():
            self._knock()
        close_error = self._close()
        if self._thread.is_alive():
            self._knock()  # close(2) does not wake accept(2) on Linux
        self._stopped = True  # not before: if the cell is interrupted meanwhile, the next call finishes this one
        if self._thread.is_alive():
            raise NotStoppedError(
                _(
                    "The thread of “{name}” did not stop: it is at this line, and ends when the line returns.\n"
                    "  at: {line}\n"
                    "Until then its port may be taken: choose another port, or restart the kernel."
                ).format(name=self.name, line=thread_location(self._thread.ident))
            ) from close_error
        self._stop.close()
        if not overdue:
            self.raise_if_failed()
        if close_error is not None:
            raise close_error

    def _knock(self) -> None:
        """Connect to the server, and wait `JOIN_TIMEOUT` seconds for the thread to end: accept returns a connection."""
        with contextlib.suppress(Exception):  # it does not listen
            socket.create_connection(self.server.address, JOIN_TIMEOUT).close()
        self._thread.join(JOIN_TIMEOUT)

    def _close(self) -> Exception | None:
        """Close the server, in a thread because `close` may hang. Return the exception that `close` raised, or None."""
        if self._close_errors:
            return self._close_errors[0]
        try:
            if self._closing.ident is None:  # an earlier call, which was interrupted, may have started it
                self._closing.start()
            self._closing.join(CLOSE_TIMEOUT)
        except RuntimeError:  # the system gives no more threads
            self._close_server()
        if self._close_errors:
            return self._close_errors[0]
        sentence = _("The method close of “{name}” has not returned after {seconds:g} seconds.\n  at: {line}")
        line = thread_location(self._closing.ident)
        return NotStoppedError(sentence.format(name=self.name, seconds=CLOSE_TIMEOUT, line=line))

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

    In this way a notebook cell that is run again replaces its own server. An exception that ended the loop of the
    replaced server is not raised. If that server does not stop, its `NotStoppedError` is printed, and `server` starts.

    Returns:
        The object that runs the server, and that can stop it.
    """
    with _lock:
        _stop_quietly(_running.get(name))
        _running[name] = BackgroundServer(server, name)  # before its thread starts: after an interrupt, `stop` finds it
        try:
            return _running[name].start()
        except Exception:  # the system gives no more threads
            del _running[name]
            raise


def _stop_quietly(background: BackgroundServer | None, report: Callable[[str], None] | None = None) -> None:
    if background is not None:
        try:
            background.stop()
        except NotStoppedError as error:
            print(error, file=sys.stderr) if report is None else report(str(error))
        except Exception:
            pass


def stop(name: str, report: Callable[[str], None] | None = None) -> None:
    """Stop the server that `start` started with this `name`, if there is one. No exception of the server is raised.

    Args:
        name: the name that `start` got.
        report: called with the text of the `NotStoppedError`, if the server does not stop. None prints the text.
    """
    with _lock:
        _stop_quietly(_running.get(name), report)
        _running.pop(name, None)  # not before: if the cell is interrupted meanwhile, the next call finishes this one


def ended() -> list[BackgroundServer]:
    """Return the servers that `start` started and whose loop has ended by itself, with an error or without one."""
    return [each for each in _running.values() if not each.running and not each._stop.is_set()]


@atexit.register
def stop_all() -> None:
    """Stop all servers that `start` started. Python calls this function when the process exits."""
    for name in list(_running):
        stop(name)


def wait_until(predicate: Callable[[], object], timeout: float) -> bool:
    """Call `predicate` every 5 milliseconds, until it returns a true value or `timeout` seconds (a day at most) end.

    Use this only if nothing announces the change, as for counters that a server's thread writes without a lock.

    Returns:
        True if the last call of `predicate` returned a true value.
    """
    deadline = time.monotonic() + bounded_wait(timeout)
    while not (met := predicate()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(met)

"""Run a server in a forked process, which is killed afterwards, also when the server hangs.

It is for servers that a learner has written in a cell. It judges nothing, and knows nothing of what is served.
"""

import json
import os
import re
import selectors
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from readiness.base.background import BackgroundServer, Server, StopEvent
from readiness.base.messages import _


class ServerLoopError(AssertionError):
    """The server's loop ended by itself; the text names its error and its line."""


class ForkedServer:
    """Calls `factory()` in a copy of this process (fork(2)), and runs the loop of the server that it returns there.

    A context manager, entered once the server has reported its `address`. `pid` is its process; it is None where a
    system can't fork: there the server runs in a thread. When the block is left, the process is killed. If the loop had
    ended before, its error is raised instead of an error of the block: a NotImplementedError as it is, any other as
    `ServerLoopError`.
    """

    def __init__(self, factory: Callable[[], Server]) -> None:
        self.factory = factory
        self.address: tuple[str, int] | None = None
        self.pid: int | None = None
        self._background: BackgroundServer | None = None

    def __enter__(self) -> "ForkedServer":
        if not hasattr(os, "fork"):
            server = self.factory()
            self._background = BackgroundServer(server).start()
            self.address = server.address
            return self
        reports_fd, report_fd = os.pipe()  # the child writes its reports into it
        parent_alive_fd, parent_end = os.pipe()  # open as long as the parent lives
        with (
            warnings.catch_warnings()
        ):  # fork(2) beside threads: the copy calls nothing that another thread may have locked
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if not self.pid:
            os.close(reports_fd)
            os.close(parent_end)
            _child(self.factory, report_fd, parent_alive_fd)
        os.close(report_fd)
        os.close(parent_alive_fd)
        self._reports, self._parent_end = os.fdopen(reports_fd, encoding="utf-8"), parent_end
        try:
            self._read_report()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def raise_if_failed(self) -> None:
        """Raise, once, the error that ended the loop; return at once while it runs."""
        if self._background is not None:
            self._background.raise_if_failed()
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._reports, selectors.EVENT_READ)
            if selector.select(0):
                self._read_report()

    def _read_report(self) -> None:
        """Read the next report: the address, or how the loop ended; none, if the process was killed."""
        report = json.loads(self._reports.readline() or "{}")
        if "address" in report:
            self.address = tuple(report["address"])
        elif report.get("kind") == "NotImplementedError":
            raise NotImplementedError(report["text"])
        elif report:
            raise ServerLoopError(
                _("Your server's loop ended. {kind}: {text}\n  at: {line}").format(**report)
                if report["kind"]
                else _("Your server's loop returned before it was asked to stop.")
            )

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if self._background is not None:
            self._background.stop()
            return
        os.close(self._parent_end)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            if not isinstance(error, ServerLoopError | NotImplementedError):
                self._read_report()
        finally:
            self._reports.close()


def _child(factory: Callable[[], Server], report_fd: int, parent_alive_fd: int) -> None:
    """Run the server in the forked process; never return."""

    def send_report(**report: Any) -> None:
        os.write(report_fd, json.dumps(report).encode() + b"\n")

    def end_with_parent() -> None:
        os.read(parent_alive_fd, 1)  # returns when the parent ends
        os._exit(1)

    try:
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles an interrupted cell
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        threading.Thread(target=end_with_parent, daemon=True).start()
        server = factory()
        send_report(address=server.address)
        server.serve(StopEvent())
        send_report(kind="", text="", line="")
    except BaseException as error:  # of any kind: the parent raises it
        send_report(kind=type(error).__name__, text=str(error)[:500], line=error_location(error))
    finally:
        os._exit(0)


def error_location(error: BaseException) -> str:
    """Return the last line of its traceback that stands in a cell, else the last line, with function and number."""
    frames = traceback.extract_tb(error.__traceback__)
    cells = [frame for frame in frames if re.search(r"ipykernel|^<(?!frozen)", frame.filename)]  # <frozen posixpath>
    frame = (cells or frames)[-1]
    return f"{frame.line or '?'}   ({frame.name}, {_('line')} {frame.lineno})"

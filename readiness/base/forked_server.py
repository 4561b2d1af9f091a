"""Run a server in a forked process, and kill the process afterwards, even if the server hangs.

This is for servers that a learner has written in a notebook cell. The module does not check what the server does.
"""

import contextlib
import json
import os
import selectors
import signal
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from readiness.base import forks
from readiness.base.background import BackgroundServer, Server, StopEvent, wait_until
from readiness.base.child_stack import StackQuestion, is_busy
from readiness.base.end_with_parent import end_with_parent
from readiness.base.kept_output import KeptOutput
from readiness.base.loop_error import ServerLoopError, report_of, text_of
from readiness.base.messages import _
from readiness.base.unwritten import UnwrittenError, unwritten_sentence


class ServerNote(str):
    """A note (PEP 678) on an error, with what is known of the server's process."""


START_TIMEOUT = 30.0  # seconds that a server's constructor may take
END_TIMEOUT = 1.0  # seconds from the end of a child's reports until the child has ended


class ForkedServer:
    """A server that runs in a child process, which is a copy of this process (fork(2)).

    It is a context manager. The child calls `factory()` to create the server, and runs the server's loop. The `with`
    block begins after the child has reported the server's address. The child is killed when the block ends. If the loop
    had ended before that, the error of the loop is raised: NotImplementedError if the loop raised it, otherwise
    `ServerLoopError`. It replaces an exception of the block. The error gets notes of the class `ServerNote`: the last
    lines that the server printed, the line that it executed if it hung, and whether it has started other processes.

    The child is the leader of a session. Processes that it has started are killed with it.

    Args:
        factory: a function that creates a new server and returns it. It is called in the child.

    Attributes:
        address: the host and the port on which the server listens.
        pid: the process id of the child. None on a system that can't fork: there the server runs in a thread.
    """

    address: tuple[str, int]

    def __init__(self, factory: Callable[[], Server]) -> None:
        self.factory = factory
        self.pid: int | None = None
        self._end_reported = self._ended = False
        self._exit_code: int | None = 0  # when `_ended` is true; None if it is not known
        self._background: BackgroundServer | None = None

    def __enter__(self) -> "ForkedServer":
        if not hasattr(os, "fork"):
            server = self.factory()
            self._background = BackgroundServer(server).start()
            self.address = server.address
            return self
        self._output, self._question = KeptOutput(), StackQuestion()
        reports_fd, report_fd = os.pipe()  # the child writes its reports into it
        parent_alive_fd, parent_end = os.pipe()  # open as long as the parent lives
        self._parent_end: int | None = parent_end
        self._reports = os.fdopen(reports_fd, encoding="utf-8")
        try:
            try:
                self._fork(report_fd, parent_alive_fd)
            finally:
                os.close(report_fd)
                os.close(parent_alive_fd)
            if not self._has_report(START_TIMEOUT):
                text = _("Your server does not listen after {n:g} seconds: its method __init__ has not returned.")
                raise ServerLoopError(text.format(n=START_TIMEOUT))
            self._read_report()
            if not hasattr(self, "address"):
                raise ServerLoopError(_("Your server's process ended before the server listened."))
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def _fork(self, report_fd: int, parent_alive_fd: int) -> None:
        # fork(2) beside threads warns: the copy calls nothing that another thread may have locked.
        with warnings.catch_warnings(), forks.allowed():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if not self.pid:
            os.close(self._reports.fileno())
            os.close(self._parent_end or -1)
            self._question.answer_in_child()
            sys.stdout = sys.stderr = self._output.as_text_stream()
            _child(self.factory, report_fd, parent_alive_fd)

    def raise_if_failed(self) -> None:
        """Raise the error that ended the server's loop, if the loop has ended. Later calls do not raise it again.

        While the loop runs, return immediately.

        Raises:
            NotImplementedError: The loop raised this exception.
            ServerLoopError: The loop raised any other exception, or it returned before it was asked to stop.
        """
        if self._background is not None:
            self._background.raise_if_failed()
            return
        if self._has_report(0) and not self._read_report():
            self._raise_if_ended()

    def _has_report(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a report, or for the end of the reports. Return True if one is there."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._reports, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def _raise_if_ended(self) -> None:
        """Raise `ServerLoopError` if the child has ended. This is called when it can't send a report any more."""
        if self._end_reported or not wait_until(self._has_ended, END_TIMEOUT):
            return
        self._end_reported = True
        if self._exit_code is None:
            raise ServerLoopError(_("Your server's process has ended."))
        if self._exit_code < 0:
            text = _("Your server's process was ended by the signal {name}.")
            raise ServerLoopError(text.format(name=signal.Signals(-self._exit_code).name))
        raise ServerLoopError(_("Your server's process ended with the exit code {n}.").format(n=self._exit_code))

    def _has_ended(self) -> bool:
        """Return True if the child has ended. `_exit_code` is then its exit code, or minus the number of a signal."""
        if not self._ended and self.pid is not None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self._ended, self._exit_code = pid != 0, os.waitstatus_to_exitcode(status)
            except ChildProcessError:  # the learner's handler of SIGCHLD was faster, or SIGCHLD is ignored
                self._ended, self._exit_code = True, None
        return self._ended

    def _read_report(self) -> bool:
        """Read the child's next report: the server's address, or how the loop ended. Raise an error if the loop ended.

        Returns:
            False if there is no report, because the child was killed or has closed the pipe.
        """
        report = json.loads(self._reports.readline() or "{}")
        self._end_reported = self._end_reported or "kind" in report
        if "address" in report:
            self.address = tuple(report["address"])
        elif report.get("kind") == "NotImplementedError":
            raise UnwrittenError(report["sentence"]) if report["sentence"] else NotImplementedError(report["text"])
        elif report:
            raise self._loop_error(**report)
        return bool(report)

    def _loop_error(self, kind: str, text: str = "", line: str = "", **known: str | bool) -> ServerLoopError:
        """Return the error for the child's last report. `known` are values of the error's attributes."""
        if not kind:
            return ServerLoopError(_("Your server's loop returned before it was asked to stop."))
        started = hasattr(self, "address")
        sentence = _("Your server's loop ended. {error}") if started else _("Your server could not be made. {error}")
        at = _("\n  at: {line}").format(line=line) if line else ""
        error = ServerLoopError(sentence.format(error=f"{kind}: {text}") + at)
        for name, value in {"kind": kind, "text": text, **known}.items():
            setattr(error, name, value)
        return error

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._background is not None:
            self._background.stop()
            return
        ended_alone = self._has_ended()
        is_known = isinstance(error, ServerLoopError | NotImplementedError)
        try:
            if error is not None and not is_known and not ended_alone and self.pid is not None:
                self._add_note(error, self._where_it_hangs())
                self._add_note(error, self._others_it_started())
            self._kill()
            if not is_known and self.pid is not None and not self._read_last_report() and ended_alone:
                self._raise_if_ended()
        except (ServerLoopError, NotImplementedError) as loop_error:
            error = loop_error
            raise
        finally:
            self._kill()
            self._add_note(error, self._last_lines())
            self._reports.close()
            self._question.close_in_parent()

    def _read_last_report(self) -> bool:
        """Read the report of a child that has ended. A process that left its session may still hold the pipe."""
        return self._has_report(END_TIMEOUT) and self._read_report()

    def _kill(self) -> None:
        """Kill the child, and what it has started. A second call does nothing."""
        if self._parent_end is not None:
            os.close(self._parent_end)  # this also ends the child
            self._parent_end = None
            if self.pid is None:  # the fork was interrupted
                return
            for kill in (os.killpg, os.kill):  # it may not have its own group yet, or may have ended
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if kill is os.killpg or not self._ended:
                        kill(self.pid, signal.SIGKILL)
            if not self._ended:
                self._ended = True
                with contextlib.suppress(ChildProcessError):  # as in `_has_ended`
                    self._exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _where_it_hangs(self) -> str:
        """Return a sentence with the line of a cell in which the child loops or waits, or "".

        The function `serve` has the loop of the server. It may wait.
        """
        if self.pid is None:
            return ""
        busy = is_busy(self.pid)
        place = self._question.ask(self.pid)
        if place is None or (not busy and place.function == "serve"):
            return ""
        if busy:
            return _("The server's process runs in a loop that does not wait.\n  at: {line}").format(line=place)
        return _("The server's process waits, but not in its loop.\n  at: {line}").format(line=place)

    def _others_it_started(self) -> str:
        """Return a sentence if the child has started other processes, or "". It is "" if the kernel does not tell."""
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="utf-8") as children:
                started = children.read().strip()
        except OSError:
            return ""
        text = _("The server's process has started another process. A copy that os.fork makes keeps every socket open.")
        return text if started else ""

    def _last_lines(self) -> str:
        lines = self._output.lines()
        text = _("The server's process printed (the last lines):\n  {lines}")
        return text.format(lines="\n  ".join(lines)) if lines else ""

    @staticmethod
    def _add_note(error: BaseException | None, text: str) -> None:
        if error is not None and text:
            error.add_note(ServerNote(text))


def _checked_address(server: Server) -> tuple[str, int]:
    """Return the server's address. Raise `TypeError` with a sentence if it is not a host and a port."""
    address = server.address
    pair = isinstance(address, tuple | list) and len(address) >= 2  # getsockname gives four items for IPv6
    if not (pair and isinstance(address[0], str) and type(address[1]) is int):
        text = _("the server's address must be a pair of a host and a port, such as listener.getsockname()")
        raise TypeError(text + _(", but it is of the type {kind}").format(kind=type(address).__name__))
    return address[0], address[1]


def _child(factory: Callable[[], Server], report_fd: int, parent_alive_fd: int) -> NoReturn:
    """Run the server in the child process, report its address and how its loop ended, and end the child."""

    pid = os.getpid()

    def send_report(**report: object) -> None:
        if os.getpid() != pid:  # a copy that the server has forked
            os._exit(0)
        os.write(report_fd, json.dumps(report).encode() + b"\n")

    try:
        os.setsid()
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles an interrupted cell
        end_with_parent(parent_alive_fd)
        server = factory()
        send_report(address=_checked_address(server))
        server.serve(StopEvent())
        send_report(kind="")
    except NotImplementedError as error:  # also of a subclass
        send_report(kind="NotImplementedError", text=text_of(error), sentence=unwritten_sentence(error))
    except BaseException as error:  # of any kind: the parent raises it
        send_report(**report_of(error))
    finally:
        os._exit(0)

"""Run one fault scenario, or the probe, in a child process, and keep the reports that come from it.

The programs of the scenarios are in fault_scenarios.py. fault_harness.py starts the processes.
"""

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, WorkerError


class ScenarioProcess:
    """One fault scenario in a child process, and the reports that have come from it.

    Attributes:
        name: a key of `SCENARIOS`, or "probe" for the client that measures latency.
        state: what the scenario's client does now, as text.
        sent, received: the bytes that the client has sent and received.
        result: what the scenario has found; None before the result is there.
        paused: True while the scenario waits for `resume`. Only the one that uses up all descriptors does this.
        finished: True after the last report.
        failure: a sentence, if the child process has failed, was killed or could not open a connection because this
            machine lacks something; otherwise "". The server is not the cause.
        latencies: how long the probe waited for each of its last 200 answers, in seconds.
    """

    def __init__(self, name: str, address: tuple[str, int], server_pid: int) -> None:
        self.name, self._server_pid = name, server_pid
        self._reported = threading.Condition()
        self.state, self.sent, self.received = _("starts"), 0, 0
        self.failure = ""
        self.result: dict[str, Any] | None = None
        self.paused = self.finished = False
        self.paused_at = 0.0  # by perf_counter
        self.last_reply_at = perf_counter()  # of the probe
        self.latencies: deque[float] = deque(maxlen=200)  # seconds, of the probe's last answers
        self._thread = threading.Thread(target=self._read_reports, name=f"readiness-{name}", daemon=True)
        try:
            self._worker = Worker("readiness.clients.fault_scenarios")
            self._worker.send({"scenario": name, "address": list(address), "pid": server_pid})
            self._thread.start()
        except BaseException:  # for example, the cell was interrupted
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process id of the scenario's process."""
        return self._worker.pid

    @property
    def ended(self) -> bool:
        """True if the probe sends no more: its connection has ended, or was refused."""
        return self.finished or self.result is not None

    def _read_reports(self) -> None:
        try:
            for message in self._worker:
                with self._reported:
                    self._take_report(message)
                    self._reported.notify_all()
        except UserError as error:  # the thread's owner reads the state: report it there
            self.state = self.failure = error.end if isinstance(error, WorkerError) else str(error)
        with self._reported:
            self.finished = True
            self._reported.notify_all()

    def _take_report(self, message: dict[str, Any]) -> None:
        if "latency" in message:
            self.latencies.append(message["latency"])
            self.last_reply_at = perf_counter()
        self.state = message.get("state", self.state)
        self.sent, self.received = message.get("sent", self.sent), message.get("received", self.received)
        if "paused" in message:
            self.paused, self.paused_at = True, perf_counter()
        self.finished = message.get("finished", self.finished)
        self.result = message.get("result", self.result)

    def wait_for(self, predicate: Callable[[], object], timeout: float) -> bool:
        """Wait until `predicate()` is true, for at most `timeout` seconds, and return True if it is true.

        `predicate` is called immediately, and again after each report of the scenario.
        """
        with self._reported:
            return bool(self._reported.wait_for(predicate, timeout))

    def resume(self) -> None:
        """Let a `paused` scenario continue."""
        self.paused = False
        self._worker.send({})

    def close(self) -> None:
        """End the scenario's process. This also closes the connections of the process."""
        if hasattr(self, "_worker"):  # not so if `__init__` was interrupted
            self._worker.close()
        if self._thread.ident is not None:  # it has started
            self._thread.join()
        if hasattr(signal, "SIGCONT"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._server_pid, signal.SIGCONT)  # "200 at once" may have ended while the server was stopped

"""Measure how a server behaves while clients misbehave on purpose (fault scenarios).

The server and each scenario run in processes of their own. One more client, the probe, sends the server a line again
and again, and measures how long each answer takes. The scenarios are in fault_scenarios.py. The display is in
widgets/faults.py.
"""

import contextlib
import mmap
import os
import selectors
import struct
import threading
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from readiness.base.background import Server, wait_until
from readiness.base.forked_server import ForkedServer
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker
from readiness.clients import fault_scenarios
from readiness.experiments.meter import Sample, SelectorMeter
from readiness.system import thread_state
from readiness.system.optional import resource

SERVER_FD_LIMIT = 300  # descriptors that the server may open: more than BURST_CLIENTS, fewer than FD_CLIENTS
PROBE_TIMEOUT = 1.0  # seconds without an answer to the probe after which the server counts as frozen
SAMPLE_SECONDS = 0.2  # in which the server's waits and CPU are counted, after a scenario has done its work
SCENARIO_TIMEOUT = 15.0  # seconds that a scenario may take to come to its result
COUNTERS = struct.Struct("Qdi")  # the fields of `Counters`


class Counters(NamedTuple):
    """What a server has counted since its start. A wait is one call of the selector's `select`."""

    waits: int
    cpu: float  # CPU seconds in its waits and after them
    registered: int  # descriptors that are registered now


class _SharedMeter(SelectorMeter):
    """A meter that writes its sums (`Counters`) into memory that the parent process shares."""

    def __init__(self, shared: mmap.mmap) -> None:
        super().__init__(capacity=1)
        self._shared, self._cpu = shared, 0.0

    def record(self, fields: tuple) -> None:
        sample = Sample._make(fields)
        self.waits += 1
        self._cpu += sample.cpu_in_select + sample.cpu_after_select
        COUNTERS.pack_into(self._shared, 0, *Counters(self.waits, self._cpu, sample.registered))


class ScenarioProcess:
    """One fault scenario in a child process, and the reports that have come from it.

    Attributes:
        name: a key of `SCENARIOS`, or "probe" for the client that measures latency.
        state: what the scenario's client does now, as text.
        sent, received: the bytes that the client has sent and received.
        result: what the scenario has found; None before the result is there.
        paused: True while the scenario waits for `resume`. Only the one that uses up all descriptors does this.
        finished: True after the last report.
        latencies: how long the probe waited for each of its last 200 answers, in seconds.
    """

    def __init__(self, name: str, address: tuple[str, int], server_pid: int) -> None:
        self.name = name
        self._reported = threading.Condition()
        self.state, self.sent, self.received = _("starts"), 0, 0
        self.result: dict[str, Any] | None = None
        self.paused = self.finished = False
        self.paused_at = 0.0  # by perf_counter
        self.last_reply_at = perf_counter()  # of the probe
        self.latencies: deque[float] = deque(maxlen=200)  # seconds, of the probe's last answers
        self._worker = Worker("readiness.clients.fault_scenarios")
        self._worker.send({"scenario": name, "address": list(address), "pid": server_pid})
        self._thread = threading.Thread(target=self._read_reports, name=f"readiness-{name}", daemon=True)
        self._thread.start()

    def _read_reports(self) -> None:
        try:
            for message in self._worker:
                with self._reported:
                    self._take_report(message)
                    self._reported.notify_all()
        except (RuntimeError, UserError) as error:  # the thread's owner reads the state: report it there
            self.state = str(error)
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
        self._worker.close()
        self._thread.join()


class FaultHarness:
    """Context manager: run a server in a forked process, and a probe that sends it a line again and again.

    The `with` block begins after the probe's first answer. All processes end with the block. The server can open
    `SERVER_FD_LIMIT` descriptors. `scenarios` holds the scenarios that run now.

    Args:
        factory: a function that makes the server from a selector, or a server's class. The forked process calls it.
    """

    probe: ScenarioProcess

    def __init__(self, factory: Callable[[selectors.BaseSelector], Server]) -> None:
        self.factory = factory
        self.scenarios: list[ScenarioProcess] = []  # those that run now
        self.error = ""  # the error that ended the server's loop; empty while it runs

    def __enter__(self) -> "FaultHarness":
        if not hasattr(os, "fork"):
            raise UserError(_("This system can't fork, so the server would have to run in the notebook's own process."))
        with contextlib.ExitStack() as stack:  # what has been started is ended, also after an error
            self._shared = stack.enter_context(mmap.mmap(-1, COUNTERS.size))
            self._forked_server = stack.enter_context(ForkedServer(self._create_server))
            assert self._forked_server.pid is not None  # this system can fork
            self._server_pid = self._forked_server.pid
            self.probe = stack.enter_context(contextlib.closing(self._start_process("probe")))
            self.probe.wait_for(lambda: self.probe.latencies or self.probe.finished, SCENARIO_TIMEOUT)
            self._stack = stack.pop_all()
        return self

    def _create_server(self) -> Server:
        """Create the server, with a meter and with a limit of descriptors. This method runs in the server's process."""
        server = self.factory(_SharedMeter(self._shared).wrap(selectors.DefaultSelector()))
        if resource is not None:
            reserved = [os.dup(0) for _n in range(SERVER_FD_LIMIT)]  # the lowest free numbers: all above are free
            limit = reserved[-1] + 1
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            for number in reserved:
                os.close(number)
        return server

    def __exit__(self, *exc: object) -> None:
        self.disconnect_all()
        with contextlib.suppress(AssertionError, NotImplementedError):  # the error of the server's loop: see `error`
            self._stack.close()

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that the server listens on."""
        return self._forked_server.address

    @property
    def alive(self) -> bool:
        """True while the server's loop runs. After its end, `error` holds the text of the error that ended the loop."""
        if not self.error:
            try:
                self._forked_server.raise_if_failed()
            except (AssertionError, NotImplementedError) as error:
                self.error = str(error)
        return not self.error

    def counters(self) -> Counters:
        """Return what the server has counted since its start."""
        return Counters._make(COUNTERS.unpack_from(self._shared))

    def blocked_in(self) -> str:
        """Return the name of the kernel function in which the server's thread sleeps; "" if it is not known.

        The name comes from /proc (proc_pid_wchan(5)). It is not known while the thread runs, or if the system hides it.
        """
        try:
            return thread_state.wchan(self._server_pid, 0.05) if self.alive else ""
        except UserError:
            return ""

    def seconds_since_reply(self) -> float:
        """Return the seconds since the probe got its last answer."""
        return perf_counter() - self.probe.last_reply_at

    def start_scenario(self, name: str) -> ScenarioProcess:
        """Start the scenario `name`, one of `fault_scenarios.SCENARIOS`, and return its process.

        Raises:
            UserError: There is no scenario of that name, or this system can't run it.
        """
        if name not in fault_scenarios.SCENARIOS:
            raise UserError(
                _("There is no scenario “{name}”: choose one of {names}.").format(
                    name=name, names=", ".join(fault_scenarios.SCENARIOS)
                )
            )
        if name == "out of descriptors" and resource is None:
            raise UserError(_("This system sets no limit of descriptors for a process."))
        self.scenarios.append(self._start_process(name))
        return self.scenarios[-1]

    def _start_process(self, name: str) -> ScenarioProcess:
        return ScenarioProcess(name, self.address, self._server_pid)

    def disconnect_all(self) -> None:
        """End the processes of all scenarios, and with them their connections. The probe stays connected."""
        for scenario in self.scenarios:
            scenario.close()
        self.scenarios.clear()

    def sample_load(self) -> dict[str, float]:
        """Measure for `SAMPLE_SECONDS` seconds how often the server waits and how much CPU time it uses.

        Returns:
            "waits": calls of the selector's `select` per second. "cpu": CPU seconds per second; 1.0 is a whole
            processor.
        """
        before, started = self.counters(), perf_counter()
        wait_until(lambda: not self.alive, SAMPLE_SECONDS)
        after, seconds = self.counters(), perf_counter() - started
        return {"waits": (after.waits - before.waits) / seconds, "cpu": (after.cpu - before.cpu) / seconds}

    def run_scenario(self, name: str) -> dict[str, Any]:
        """Run the scenario `name` until it has a result, and return what its client and the server did.

        Returns:
            A flat dict that JSON can hold. "scenario": the name. "summary": what the client observed, as text. The
            client's counts have keys that depend on the scenario. Keys about the server: "alive": False if its loop has
            ended. "error": the text of the error that ended it. "blocked_in": the kernel function in which the server
            sleeps. "waits", "cpu": as in `sample_load`. Keys about the probe: "answers": how many it got while the
            scenario ran. "frozen": True if no further answer came within `PROBE_TIMEOUT` seconds after that.
            "max_latency_ms": its longest wait for an answer, in milliseconds.

        Raises:
            UserError: There is no scenario of that name, or this system can't run it.
        """
        self.probe.latencies.clear()
        scenario = self.start_scenario(name)
        scenario.wait_for(lambda: scenario.result or scenario.paused or scenario.finished, SCENARIO_TIMEOUT)
        before = self.probe.last_reply_at
        # If the server ends, the probe's connection does, too.
        self.probe.wait_for(lambda: self.probe.last_reply_at > before or self.probe.finished, PROBE_TIMEOUT)
        answered = self.probe.last_reply_at > before or not self.alive
        answers = len(self.probe.latencies)
        load = self.sample_load()
        server = {"alive": self.alive, "error": self.error, "frozen": not answered, "blocked_in": self.blocked_in()}
        if scenario.paused:
            scenario.resume()
            scenario.wait_for(lambda: scenario.result or scenario.finished, SCENARIO_TIMEOUT)
        max_latency = max([*self.probe.latencies, 0 if answered else self.seconds_since_reply()], default=0)
        self.scenarios.remove(scenario)
        scenario.close()
        return {
            "scenario": name,
            **load,
            **server,
            "answers": answers,
            "max_latency_ms": max_latency * 1000,
            **(scenario.result or {"summary": scenario.state}),
        }


def run_scenario(name: str, factory: Callable[[selectors.BaseSelector], Server]) -> dict[str, Any]:
    """Start a new server with `factory(selector)`, and return the result of `FaultHarness.run_scenario` for `name`."""
    with FaultHarness(factory) as harness:
        return harness.run_scenario(name)


def describe_result(result: dict[str, Any]) -> str:
    """Return the result of `run_scenario` as text: a line on the scenario's client, and a line on the server."""
    if not result["alive"]:
        server = result["error"].splitlines()[0]
    elif result["frozen"]:
        server = _("The server answers no client.")
        if result["blocked_in"]:
            server += " " + _("Its thread sleeps in the kernel, in {where}.").format(where=result["blocked_in"])
    else:
        server = _("The others are served. The server makes {waits:,.0f} waits a second, with {cpu:.0%} of a CPU.")
        server = server.format(waits=result["waits"], cpu=result["cpu"])
    return _("{scenario}: {summary}").format(**result) + "\n  " + server

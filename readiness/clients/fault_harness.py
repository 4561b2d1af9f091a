"""Measures a server while fault scenarios run against it, each of them in a process of its own.

The server runs in a process of its own, too, and a probe pings it all the time. Scenarios: fault_scenarios.py.
Display: widgets/faults.py.
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
from typing import Any

from readiness.base.background import Server, wait_until
from readiness.base.forked_server import ForkedServer
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker
from readiness.clients import fault_scenarios
from readiness.experiments.meter import SelectorMeter
from readiness.system import thread_state
from readiness.system.optional import resource

SERVER_FD_LIMIT = 300  # descriptors that the server may open: more than BURST_CLIENTS, fewer than FD_CLIENTS
PROBE_TIMEOUT = 1.0  # seconds without an answer to the probe after which the server counts as frozen
SAMPLE_SECONDS = 0.2  # in which the server's waits and CPU are counted, after a scenario has done its work
SCENARIO_TIMEOUT = 15.0  # seconds that a scenario may take to come to its result
COUNTERS = struct.Struct("Qdi")  # waits, CPU seconds in and after them, descriptors registered


class _SharedMeter(SelectorMeter):
    """A meter whose sums are in memory that this process and its parent share."""

    def __init__(self, shared: mmap.mmap) -> None:
        super().__init__(capacity=1)
        self._shared, self._cpu = shared, 0.0

    def record(self, sample: tuple) -> None:
        self.waits += 1
        self._cpu += sample[3] + sample[6]
        COUNTERS.pack_into(self._shared, 0, self.waits, self._cpu, sample[1])


class ScenarioProcess:
    """One running scenario: `state` is its last report, `result` what it found, None until then."""

    def __init__(self, name: str, address: tuple[str, int], server_pid: int) -> None:
        self.name = name
        self.state, self.sent, self.received = _("starts"), 0, 0
        self.result: dict[str, Any] | None = None
        self.paused = self.finished = False  # paused: the server is without descriptors, until `resume`
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
                if "latency" in message:
                    self.latencies.append(message["latency"])
                    self.last_reply_at = perf_counter()
                self.state = message.get("state", self.state)
                self.sent, self.received = message.get("sent", self.sent), message.get("received", self.received)
                if "paused" in message:
                    self.paused, self.paused_at = True, perf_counter()
                self.finished = message.get("finished", self.finished)
                self.result = message.get("result", self.result)
        except (RuntimeError, UserError) as error:  # the thread's owner reads the state: report it there
            self.state = str(error)
        self.finished = True

    def resume(self) -> None:
        self.paused = False
        self._worker.send({})

    def close(self) -> None:
        self._worker.close()
        self._thread.join()


class FaultHarness:
    """Runs `factory(selector)` in a forked process, with a probe; a context manager, entered once the probe is served.

    factory: a server's class, which takes a selector. The server may open `SERVER_FD_LIMIT` descriptors.
    """

    def __init__(self, factory: Callable[[selectors.BaseSelector], Server]) -> None:
        self.factory = factory
        self.scenarios: list[ScenarioProcess] = []  # those that run now
        self.probe: ScenarioProcess | None = None
        self.error = ""  # the error that ended the server's loop; empty while it runs
        self._forked_server: ForkedServer | None = None

    def __enter__(self) -> "FaultHarness":
        if not hasattr(os, "fork"):
            raise UserError(_("This system can't fork, so the server would have to run in the notebook's own process."))
        self._shared = mmap.mmap(-1, COUNTERS.size)
        self._forked_server = ForkedServer(self._create_server)
        self._forked_server.__enter__()
        self.probe = ScenarioProcess("probe", self.address, self._forked_server.pid)
        wait_until(lambda: self.probe.latencies or self.probe.finished, SCENARIO_TIMEOUT)
        return self

    def _create_server(self) -> Server:
        """In the server's own process: create the server, with a meter and a descriptor limit of its own."""
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
        if self.probe is not None:
            self.probe.close()
        if self._forked_server is not None:
            with contextlib.suppress(AssertionError, NotImplementedError):  # it is in `error`
                self._forked_server.__exit__(None, None, None)
            self._shared.close()

    @property
    def address(self) -> tuple[str, int]:
        return self._forked_server.address

    @property
    def alive(self) -> bool:
        """Whether the loop runs; if not, `error` holds the error that ended it."""
        if not self.error:
            try:
                self._forked_server.raise_if_failed()
            except (AssertionError, NotImplementedError) as error:
                self.error = str(error)
        return not self.error

    def counters(self) -> tuple[int, float, int]:
        """Return the waits so far, the CPU seconds so far, and the number of descriptors registered now."""
        return COUNTERS.unpack_from(self._shared)

    def blocked_in(self) -> str:
        """Return the kernel function that the server's thread sleeps in; empty if it runs, or if it can't be read."""
        try:
            return thread_state.wchan(self._forked_server.pid, 0.05) if self.alive else ""
        except UserError:
            return ""

    def seconds_since_reply(self) -> float:
        """Return the seconds since the probe's last answer."""
        return perf_counter() - self.probe.last_reply_at

    def start_scenario(self, name: str) -> ScenarioProcess:
        """Start a scenario of `fault_scenarios.SCENARIOS`. UserError: there is none of that name."""
        if name not in fault_scenarios.SCENARIOS:
            raise UserError(
                _("There is no scenario “{name}”: choose one of {names}.").format(
                    name=name, names=", ".join(fault_scenarios.SCENARIOS)
                )
            )
        if name == "out of descriptors" and resource is None:
            raise UserError(_("This system sets no limit of descriptors for a process."))
        self.scenarios.append(ScenarioProcess(name, self.address, self._forked_server.pid))
        return self.scenarios[-1]

    def disconnect_all(self) -> None:
        """End all scenarios; the probe stays."""
        for scenario in self.scenarios:
            scenario.close()
        self.scenarios.clear()

    def sample_load(self) -> dict[str, float]:
        """Return the server's `waits` and `cpu` seconds, each per second, counted for `SAMPLE_SECONDS`."""
        before, started = self.counters(), perf_counter()
        wait_until(lambda: not self.alive, SAMPLE_SECONDS)
        after, seconds = self.counters(), perf_counter() - started
        return {"waits": (after[0] - before[0]) / seconds, "cpu": (after[1] - before[1]) / seconds}

    def run_scenario(self, name: str) -> dict[str, Any]:
        """Run a scenario to its end, and return what it found and what became of the server, as JSON has it.

        scenario: the name. summary: what its client observed, as text; its counts follow as items.
        alive, error: of the server's loop. frozen: the probe had no answer for `PROBE_TIMEOUT` seconds after the
        scenario's work. blocked_in: the kernel function in which the server sleeps. waits, cpu: of the server, per
        second; cpu 1.0 is a whole processor. answers: the number that the probe had during the scenario's work.
        max_latency_ms: the longest time, in milliseconds, that the probe waited for one.
        """
        self.probe.latencies.clear()
        scenario = self.start_scenario(name)
        wait_until(lambda: scenario.result or scenario.paused or scenario.finished, SCENARIO_TIMEOUT)
        before = self.probe.last_reply_at
        answered = wait_until(lambda: self.probe.last_reply_at > before or not self.alive, PROBE_TIMEOUT)
        answers = len(self.probe.latencies)
        load = self.sample_load()
        server = {"alive": self.alive, "error": self.error, "frozen": not answered, "blocked_in": self.blocked_in()}
        if scenario.paused:
            scenario.resume()
            wait_until(lambda: scenario.result or scenario.finished, SCENARIO_TIMEOUT)
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
    """Run a scenario against a fresh server; see `FaultHarness.run_scenario`."""
    with FaultHarness(factory) as harness:
        return harness.run_scenario(name)


def describe_result(result: dict[str, Any]) -> str:
    """Return the result of `run_scenario` as text, in one or two lines."""
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

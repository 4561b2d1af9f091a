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
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from readiness.base.background import Server, wait_until
from readiness.base.forked_server import ForkedServer
from readiness.base.messages import UserError, _
from readiness.clients import fault_scenarios
from readiness.clients.scenario_process import ScenarioProcess
from readiness.experiments.meter import Sample, SelectorMeter
from readiness.system import descriptors, limits, thread_state
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


class FaultHarness:
    """Context manager: run a server in a forked process, and a probe that sends it a line again and again.

    The `with` block begins after the probe's first answer. All processes end with the block. The server can open
    `SERVER_FD_LIMIT` descriptors. `scenarios` holds the scenarios that run now.

    Args:
        factory: a function that makes the server from a selector, or a server's class. The forked process calls it.

    Raises:
        UserError: This system can't fork or allows too few descriptors, or the probe got no answer from the server. The
            ``with`` statement raises this error, and then no scenario runs.
    """

    probe: ScenarioProcess

    def __init__(self, factory: Callable[[selectors.BaseSelector], Server]) -> None:
        self.factory = factory
        self.scenarios: list[ScenarioProcess] = []  # those that run now
        self.error = ""  # the error that ended the server's loop; empty while it runs
        self._stack = contextlib.ExitStack()  # it ends what has been started

    def __enter__(self) -> "FaultHarness":
        if not hasattr(os, "fork"):
            raise UserError(_("This system can't fork, so the server would have to run in the notebook's own process."))
        _check_fd_limit()
        try:
            self._shared = self._stack.enter_context(mmap.mmap(-1, COUNTERS.size))
            self._forked_server = self._stack.enter_context(ForkedServer(self._create_server))
            assert self._forked_server.pid is not None  # this system can fork
            self._server_pid = self._forked_server.pid
            self.probe = self._start_process("probe")
            self.probe.wait_for(lambda: self.probe.latencies or self.probe.ended, SCENARIO_TIMEOUT)
            self._check_first_answer()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _check_first_answer(self) -> None:
        """Raise `UserError` if the probe has failed, or still waits for its first answer.

        If the server has ended the probe's connection instead, or its own loop, this is what the scenarios show.
        """
        _check_process(self.probe)
        if self.alive and not self.probe.latencies and not self.probe.ended:
            raise UserError(
                _(
                    "The server did not answer its first client, so no scenario can be run: "
                    "it must answer a line within {n:.0f} seconds."
                ).format(n=SCENARIO_TIMEOUT)
            )

    def _create_server(self) -> Server:
        """Create the server, with a meter and with a limit of descriptors. This method runs in the server's process."""
        server = self.factory(_SharedMeter(self._shared).wrap(selectors.DefaultSelector()))
        if resource is not None:
            limits.raise_fd_limit()
            reserved = [os.dup(0) for _n in range(SERVER_FD_LIMIT)]  # the lowest free numbers: all above are free
            limit = reserved[-1] + 1
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            for number in reserved:
                os.close(number)
        return server

    def __exit__(self, *exc: object) -> None:
        with contextlib.ExitStack() as stack:  # it calls all functions, from the last to the first, also after an error
            stack.callback(self._end_server)
            if hasattr(self, "probe"):  # not so if `__enter__` was interrupted
                stack.callback(self.probe.close)
            stack.callback(self.disconnect_all)

    def _end_server(self) -> None:
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
        with contextlib.ExitStack() as stack:  # if one is interrupted, the others end nevertheless
            for scenario in self.scenarios:
                stack.callback(scenario.close)
        self.scenarios.clear()  # not before: after an interrupt, the next call ends what is left

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
        self.probe.wait_for(lambda: self.probe.last_reply_at > before or self.probe.ended, PROBE_TIMEOUT)
        answered = self.probe.last_reply_at > before or not self.alive
        answers = len(self.probe.latencies)
        for process in (self.probe, scenario):
            _check_process(process)
        load = self.sample_load()
        server = {"alive": self.alive, "error": self.error, "frozen": not answered, "blocked_in": self.blocked_in()}
        if scenario.paused:
            scenario.resume()
            scenario.wait_for(lambda: scenario.result or scenario.finished, SCENARIO_TIMEOUT)
        max_latency = max([*self.probe.latencies, 0 if answered else self.seconds_since_reply()], default=0)
        scenario.close()
        self.scenarios.remove(scenario)  # not before: `disconnect_all` must find it if this is interrupted
        return {
            "scenario": name,
            **load,
            **server,
            "answers": answers,
            "max_latency_ms": max_latency * 1000,
            **(scenario.result or {"summary": scenario.state}),
        }


def _check_process(process: ScenarioProcess) -> None:
    """Raise `UserError` if the process of a client has failed: then nothing can be said about the server."""
    if process.failure:
        text = _(
            "Nothing is known about the server, because one of its clients has failed. {reason} Run the cell again."
        )
        raise UserError(text.format(reason=process.failure))


def _check_fd_limit() -> None:
    """Raise the soft limit. Raise `UserError` if the hard limit leaves fewer than `SERVER_FD_LIMIT` descriptors."""
    limits.raise_fd_limit()
    free = 2 * descriptors.max_openable("socketpair")
    if free < SERVER_FD_LIMIT:
        raise UserError(
            _(
                "A server under test needs {n:,} free descriptors. The hard limit of this process is {hard} and leaves "
                "{free}: start Jupyter where `ulimit -Hn` shows more."
            ).format(n=SERVER_FD_LIMIT, hard=limits.format_value(limits.fd_limits()[1]), free=free)
        )


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
        server = _("The bystander is served. The server makes {waits:,.0f} waits a second, with {cpu:.0%} of a CPU.")
        server = server.format(waits=result["waits"], cpu=result["cpu"])
    return _("{scenario}: {summary}").format(**result) + "\n  " + server

"""A panel for a server under test: a button for each fault scenario, and tables of the server and its clients.

A fault scenario is a client that misbehaves on purpose. The tables change while the scenarios run.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import BaseSelector
from time import perf_counter
from typing import NamedTuple

import ipywidgets as widgets

from readiness.base.background import Server
from readiness.base.html_table import html_table
from readiness.base.messages import UserError, _
from readiness.clients.fault_harness import PROBE_TIMEOUT, FaultHarness
from readiness.clients.scenario_process import ScenarioProcess
from readiness.widgets.panel import SLOW_REFRESH_HZ, Panel, closed_on_error, format_error, row
from readiness.widgets.switch import switch

MAX_SCENARIOS = 8  # the number that may run at a time
HOLD_SECONDS = 2.0  # how long a server is left without descriptors, for the learner to look at it


class _Sample(NamedTuple):
    """The counters of the server at one moment.

    Attributes:
        at: the moment, in seconds of perf_counter().
        waits: the number of waits since the server's start.
        cpu: CPU seconds since the server's start.
    """

    at: float  # seconds, by perf_counter
    waits: int
    cpu: float  # seconds


class FaultPanel(Panel):
    """A panel with a server in a child process. Each button starts one fault scenario against this server.

    The client called “Bystander” on the screen is the probe of `FaultHarness`. It sends a line again and again, and the
    panel shows whether it gets answers.

    Args:
        servers: functions that make a server from a selector, or servers' classes. If there are several,
            a switch chooses which one runs.
        name: the panel's name. An open panel with this name is closed first.
    """

    @closed_on_error
    def __init__(self, *servers: Callable[[BaseSelector], Server], name: str = "faults") -> None:
        super().__init__(name, status_interval=1.0)
        self._server_class = servers[0]
        self._harness: FaultHarness | None = None
        self._start_error = ""  # why no server runs
        self._former_table = ""  # the clients of the server that ran before the switch was pressed
        self._samples: deque[_Sample] = deque(maxlen=int(SLOW_REFRESH_HZ))  # of the last second
        self._labels = {
            "slow reader": _("Slow reader"),
            "half-close": _("Half-close"),
            "split character": _("Split character"),
            "two quick sends": _("Two quick sends"),
            "reset": _("Reset"),
            "200 at once": _("200 at once"),
            "out of descriptors": _("Out of descriptors"),
            "firehose": _("Firehose"),
        }
        scenarios = [self._button(label, partial(self.run_scenario, kind)) for kind, label in self._labels.items()]
        actions = [
            self._button(_("Disconnect all"), self.disconnect_all),
            self._button(_("Start again"), self.start),
        ]
        bars: list[widgets.Widget] = [self._switch(servers)] if len(servers) > 1 else []
        bars += [row(*scenarios), row(*actions)]
        results = widgets.VBox([self._alert.widget, self._view, self._status.widget])
        results.add_class("readiness-result")  # the page brings it into sight after a press
        self.widget = widgets.VBox([*bars, results])
        self.call_safely(self.start, catch=Exception)
        self.start_refreshing()

    def _switch(self, servers: tuple[Callable[[BaseSelector], Server], ...]) -> widgets.ToggleButtons:
        options = [(_name(server), server) for server in servers]
        return switch(_("Server"), options, lambda server: self.call_safely(lambda: self.select_server(server)))

    def run_scenario(self, kind: str) -> None:
        """Start the scenario `kind`, one of `fault_scenarios.SCENARIOS`.

        Raises:
            UserError: No server runs, or `MAX_SCENARIOS` scenarios already run.
        """
        if self._harness is None:
            raise UserError(self._start_error or _("No server runs: press Start again."))
        if len(self._harness.scenarios) >= MAX_SCENARIOS:
            raise UserError(
                _("At most {n} of these clients at a time: press Disconnect all first.").format(n=MAX_SCENARIOS)
            )
        self._harness.start_scenario(kind)

    def disconnect_all(self) -> None:
        """End all scenarios. Only the bystander, the client that sends a line again and again, stays connected."""
        if self._harness is not None:
            self._harness.disconnect_all()

    def select_server(self, server: Callable[[BaseSelector], Server]) -> None:
        """Stop the current server, and start one that `server(selector)` creates.

        The last numbers of the current server's clients stay in view, for a comparison.
        """
        caption = _("Before, with {server}: the clients, as they were at the end")
        self._former_table = _client_table(self._clients(), caption.format(server=_name(self._server_class)))
        self._server_class = server
        self.start()

    def start(self) -> None:
        """Stop the current server, and start a new one. Its only client is the bystander, which sends lines."""
        self._release()
        self._harness = FaultHarness(self._server_class)
        try:
            self._harness.__enter__()
            self._start_error = ""
        except BaseException as error:
            self._start_error = format_error(error)
            self._release()
            raise

    def _release(self) -> None:
        harness = getattr(self, "_harness", None)  # missing if `__init__` was interrupted
        if harness is not None:
            self._samples.clear()
            self._view.value = ""
            harness.__exit__()
        self._harness = None  # not before: if the cell is interrupted meanwhile, the next call ends what is left

    def _show(self) -> None:
        harness = self._harness
        if harness is None:
            self._status.update("", final=True)
            self._problem = self._start_error
            return
        for scenario in harness.scenarios:
            if scenario.paused and perf_counter() > scenario.paused_at + HOLD_SECONDS:
                scenario.resume()
        self._problem = _describe_problem(harness)
        state = _("has ended") if not harness.alive else _("answers no client") if self._problem else _("serves")
        clients, bystander = self._clients(), _describe_bystander(harness)
        caption = _("The clients: bytes sent, received, and not answered yet (in the server and the kernel together)")
        tables = self._server_table(harness, state, bystander), _client_table(clients, caption), self._former_table
        self._view.value = "".join(tables)
        client, client_state = clients[-1][:2] if clients else (_("Bystander"), bystander)
        text = _("The server {serves}. {client}: {state}.")
        self._status.update(text.format(serves=state, client=client, state=client_state))

    def _clients(self) -> list[tuple[str, str, tuple[str, str, str]]]:
        """Return the name, the state and the byte counts of each client but the bystander."""
        scenarios = self._harness.scenarios if self._harness else []
        return [(self._labels[scenario.name], scenario.state, _counts(scenario)) for scenario in scenarios]

    def _server_table(self, harness: FaultHarness, state: str, bystander: str) -> str:
        waits, cpu, registered = harness.counters()
        self._samples.append(_Sample(perf_counter(), waits, cpu))
        waits_per_second, cpu_share = self._rates()
        if not harness.alive:
            waits_per_second, cpu_share, registered = 0.0, 0.0, 0
        headers = (_("state"), _("waits a second"), _("CPU"), _("registered"), _("bystander"))
        cells = (state, f"{waits_per_second:,.0f}", f"{cpu_share:.0%}", f"{registered:,}", bystander)
        return html_table(_("The server now, and the bystander"), headers, [cells], row_headers=False)

    def _rates(self) -> tuple[float, float]:
        """Return the waits per second, and the CPU seconds per second, over the last second."""
        first, last = self._samples[0], self._samples[-1]
        if last.at <= first.at:
            return 0.0, 0.0
        seconds = last.at - first.at
        return (last.waits - first.waits) / seconds, (last.cpu - first.cpu) / seconds

    def __repr__(self) -> str:
        return _(
            "Eight buttons, each of which starts a client that misbehaves, and tables of the server and its clients."
        )


def _name(server: Callable[[BaseSelector], Server]) -> str:
    return getattr(server, "__name__", str(server))


def _describe_problem(harness: FaultHarness) -> str:
    if not harness.alive:
        return (
            " ".join(harness.error.split()).rstrip(".") + ". " + _("All its connections are gone. Press Start again.")
        )
    if harness.probe.failure:
        return _("Nothing is known about the server: press Start again. {reason}").format(reason=harness.probe.failure)
    if harness.seconds_since_reply() < PROBE_TIMEOUT:
        return ""
    where = harness.blocked_in()
    if where:
        text = _("No client gets an answer: the server's thread sleeps in the kernel, in {where}, not in its wait.")
        return text.format(where=where) + " " + _("Press Disconnect all.")
    return _("The bystander has no answer: the server is busy with another client.")


def _describe_bystander(harness: FaultHarness) -> str:
    if harness.probe.ended:
        return _("its connection has ended")
    silence = harness.seconds_since_reply()
    if silence > PROBE_TIMEOUT:
        return _("has waited {s:.0f} s for an answer").format(s=silence)
    return _("gets answers")


def _counts(scenario: ScenarioProcess) -> tuple[str, str, str]:
    """Return three byte counts of a client as text: sent, received, and sent but not yet answered."""
    disconnected = (scenario.result or {}).get("disconnected")
    outstanding = 0 if disconnected else max(0, scenario.sent - scenario.received)
    return f"{scenario.sent:,}", f"{scenario.received:,}", f"{outstanding:,}"


def _client_table(clients: list[tuple[str, str, tuple[str, str, str]]], caption: str) -> str:
    if not clients:
        return ""
    headers = (_("client"), _("sent"), _("received"), _("not answered yet"), _("what it does"))
    rows = [(client, *counts, state) for client, state, counts in clients]
    return html_table(caption, headers, rows, align=("left", "right", "right", "right", "left"))

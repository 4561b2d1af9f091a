"""A server under test: a button for each fault scenario, with the state of the server and of each client, live."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from html import escape
from selectors import BaseSelector
from time import perf_counter
from typing import Any

import ipywidgets as widgets

from readiness.base.background import Server
from readiness.base.messages import UserError, _
from readiness.clients.fault_harness import PROBE_TIMEOUT, FaultHarness
from readiness.widgets import base
from readiness.widgets.threads import PeriodicThread

MAX_SCENARIOS = 8  # the number that may run at a time
HOLD_SECONDS = 2.0  # how long a server is left without descriptors, for the learner to look at it
CELL = "padding: 1px 14px 1px 0; text-align: left; vertical-align: top"
NUMBER = "padding: 1px 14px 1px 0; text-align: right; vertical-align: top"


class FaultPanel:
    """Run a server, a class that takes a selector, in a child process, and a fault scenario for each button pressed.

    Of several `servers`, a switch chooses which one runs. One panel of a `name` is open at a time.
    """

    def __init__(self, *servers: Callable[[BaseSelector], Server], name: str = "faults") -> None:
        base.close_panel(name)
        self._server_class, self._harness, self._closed = servers[0], None, False
        self._lock = threading.RLock()
        # the server's counters over the last second
        self._samples: deque[tuple[float, int, float]] = deque(maxlen=int(base.SLOW_REFRESH_HZ))
        self._view = widgets.HTML()
        self._status, self._alert = base.StatusLine(min_interval=1.0), base.StatusLine("alert", min_interval=0)
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
        flow = {"flex_flow": "row wrap"}
        scenarios = [
            base.button(label, lambda kind=kind: self.call_safely(lambda: self.run_scenario(kind)))
            for kind, label in self._labels.items()
        ]
        self._actions = {_("Everyone leaves"): self.disconnect_all, _("Start again"): self.start}
        actions = [
            base.button(label, lambda callback=callback: self.call_safely(callback))
            for label, callback in self._actions.items()
        ]
        bars = [widgets.HBox(scenarios, layout=flow), widgets.HBox(actions, layout=flow)]
        if len(servers) > 1:
            switch = widgets.ToggleButtons(
                options=[(server.__name__, server) for server in servers],
                description=_("Server"),
                style={"button_width": "max-content"},
                layout={"width": "max-content"},
            )
            switch.observe(lambda change: self.call_safely(lambda: self.select_server(change["new"])), "value")
            bars.insert(0, switch)
        self.widget = widgets.VBox([*bars, self._alert.widget, self._view, self._status.widget])
        self._action_error = ""  # the error of the last button
        self.call_safely(self.start)
        self._refresh_thread = PeriodicThread(self._refresh, self._on_error, rate=base.SLOW_REFRESH_HZ)
        base.register(name, self)

    def call_safely(self, callback: Callable[[], None]) -> None:
        """Call `callback`; an error is shown in the panel."""
        with self._lock:
            self._action_error = ""
            try:
                if self._closed:
                    raise UserError(_replaced_text())
                callback()
            except Exception as error:  # an error in a callback would not be shown
                self._on_error(error)
            self._show()

    def _on_error(self, error: BaseException) -> None:
        self._action_error = base.format_error(error)

    def run_scenario(self, kind: str) -> None:
        """Start the scenario of that kind."""
        if self._harness is None:
            raise UserError(_("No server runs: start it again."))
        if len(self._harness.scenarios) >= MAX_SCENARIOS:
            raise UserError(_("At most {n} visitors at a time: let everyone leave first.").format(n=MAX_SCENARIOS))
        self._harness.start_scenario(kind)

    def disconnect_all(self) -> None:
        """End every scenario; the bystander stays."""
        if self._harness is not None:
            self._harness.disconnect_all()

    def select_server(self, server: Callable[[BaseSelector], Server]) -> None:
        """Run `server` from now on."""
        self._server_class = server
        self.start()

    def start(self) -> None:
        """Start a new server instead of the one before, with the bystander as its only client."""
        self._stop_harness()
        harness = FaultHarness(self._server_class)
        harness.__enter__()
        self._harness = harness

    def _stop_harness(self) -> None:
        harness, self._harness = self._harness, None
        self._samples.clear()
        if harness is not None:
            harness.__exit__()

    def _refresh(self) -> None:
        with self._lock:
            if self._harness is None:
                return
            for scenario in self._harness.scenarios:
                if scenario.paused and perf_counter() > scenario.paused_at + HOLD_SECONDS:
                    scenario.resume()
            waits, cpu, _registered = self._harness.counters()
            self._samples.append((perf_counter(), waits, cpu))
            self._show()

    def _rates(self) -> tuple[float, float]:
        """Return waits per second and CPU seconds per second, over the last second."""
        if len(self._samples) < 2:
            return 0.0, 0.0
        (begun, *first), (now, *last) = self._samples[0], self._samples[-1]
        return (last[0] - first[0]) / (now - begun), (last[1] - first[1]) / (now - begun)

    def _show(self) -> None:
        harness = self._harness
        if harness is None:
            self._view.value = ""
            self._alert.update(self._action_error)
            self._status.update(_replaced_text() if self._closed and not self._action_error else "", final=True)
            return
        alive, silence = harness.alive, harness.seconds_since_reply()
        error_text = self._error_text(harness, alive, silence)
        waits, cpu = self._rates() if alive else (0.0, 0.0)
        bystander = _("has its answers")
        if harness.probe.finished:
            bystander = _("its connection has ended")
        elif silence > PROBE_TIMEOUT:
            bystander = _("has waited {s:.0f} s for an answer").format(s=silence)
        server = {
            _("state"): _("has ended") if not alive else _("answers no client") if error_text else _("serves"),
            _("waits a second"): f"{waits:,.0f}",
            _("CPU"): f"{cpu:.0%}",
            _("registered"): f"{harness.counters()[2] if alive else 0:,}",
        }
        rows = [(_("Bystander"), bystander, None)] + [(self._labels[v.name], v.state, v) for v in harness.scenarios]
        self._view.value = _server_table(server) + _client_table(rows)
        self._alert.update(self._action_error or error_text)
        text = _("The server {serves}. {client}: {state}.")
        self._status.update(text.format(serves=server[_("state")], client=rows[-1][0], state=rows[-1][1]))

    def _error_text(self, harness: FaultHarness, alive: bool, silence: float) -> str:
        if not alive:
            return " ".join(harness.error.split()) + ". " + _("All its connections are gone. Press Start again.")
        if silence < PROBE_TIMEOUT:
            return ""
        where = harness.blocked_in()
        if where:
            text = _("No client gets an answer: the server's thread sleeps in the kernel, in {where}, not in its wait.")
            return text.format(where=where) + " " + _("Let everyone leave.")
        return _("The bystander has no answer: the server is busy with another client.")

    def close(self) -> None:
        """Stop the refreshing thread, the scenarios and the server."""
        self._refresh_thread.stop()
        with self._lock:
            self._closed = True
            self._stop_harness()
            self._show()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return _(
            "Eight buttons, each a client that a server may not be ready for, and how the server and all there fare."
        )


def _replaced_text() -> str:
    return _("This panel has made way for a newer one: run its cell again.")


def _server_table(cells: dict[str, str]) -> str:
    header = "".join(f'<th scope="col" style="{CELL}">{escape(heading)}</th>' for heading in cells)
    values = "".join(f'<td style="{CELL}">{escape(value)}</td>' for value in cells.values())
    return _table(_("The server now"), header, f"<tr>{values}</tr>")


def _client_table(rows: Iterable[tuple[str, str, Any]]) -> str:
    headings = (_("client"), _("sent"), _("got back"), _("outstanding"), _("how it fares"))
    header = "".join(
        f'<th scope="col" style="{NUMBER if 0 < n < 4 else CELL}">{escape(heading)}</th>'
        for n, heading in enumerate(headings)
    )
    body = ""
    for client, state, scenario in rows:
        counts = ("", "", "")
        if scenario is not None:
            outstanding = (
                0 if (scenario.result or {}).get("disconnected") else max(0, scenario.sent - scenario.received)
            )
            counts = tuple(f"{n:,}" for n in (scenario.sent, scenario.received, outstanding))
        body += f'<tr><th scope="row" style="{CELL}">{escape(client)}</th>'
        body += "".join(f'<td style="{NUMBER}">{count}</td>' for count in counts)
        body += f'<td style="{CELL}">{escape(state)}</td></tr>'
    caption = _("The clients; bytes sent, got back, and outstanding in the server and the kernel together")
    return _table(caption, header, body)


def _table(caption: str, header: str, body: str) -> str:
    title = f'<caption style="text-align: left; font-weight: bold; white-space: nowrap">{escape(caption)}</caption>'
    return f"<table>{title}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"

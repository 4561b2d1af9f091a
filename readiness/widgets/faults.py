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

VISITORS = 8  # the most that are there at a time
HOLD = 2.0  # seconds that a server is left without descriptors, for the learner to look at it
CELL = "padding: 1px 14px 1px 0; text-align: left; vertical-align: top"
NUMBER = "padding: 1px 14px 1px 0; text-align: right; vertical-align: top"


class BreakPanel:
    """Runs a server, a class that takes a selector, in a process of its own, and lets in whoever is pressed.

    Of several `servers`, a switch chooses which one runs. One panel of a `name` at a time is alive.
    """

    def __init__(self, *servers: Callable[[BaseSelector], Server], name: str = "breaking") -> None:
        base.replace(name, None)
        self._make, self._rig, self._closed = servers[0], None, False
        self._lock = threading.RLock()
        self._past: deque[tuple[float, int, float]] = deque(maxlen=5)  # a second of the server's counts
        self._view = widgets.HTML()
        self._status, self._alert = base.Line(calm=1.0), base.Line("alert", calm=0)
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
            base.button(label, lambda kind=kind: self._do(lambda: self.press(kind)))
            for kind, label in self._labels.items()
        ]
        self._deeds = {_("Everyone leaves"): self.leave, _("Start again"): self.start}
        deeds = [base.button(label, lambda deed=deed: self._do(deed)) for label, deed in self._deeds.items()]
        bars = [widgets.HBox(scenarios, layout=flow), widgets.HBox(deeds, layout=flow)]
        if len(servers) > 1:
            switch = widgets.ToggleButtons(
                options=[(server.__name__, server) for server in servers],
                description=_("Server"),
                style={"button_width": "max-content"},
                layout={"width": "max-content"},
            )
            switch.observe(lambda change: self._do(lambda: self.use(change["new"])), "value")
            bars.insert(0, switch)
        self.widget = widgets.VBox([*bars, self._alert.widget, self._view, self._status.widget])
        self._said = ""  # what went wrong with the last button
        self._do(self.start)
        self._ticker = base.Ticker(self._tick, self._fault, rate=5)
        base.replace(name, self)

    def _do(self, deed: Callable[[], None]) -> None:
        with self._lock:
            self._said = ""
            try:
                if self._closed:
                    raise UserError(_made_way())
                deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._fault(error)
            self._show()

    def _fault(self, error: BaseException) -> None:
        self._said = base.in_words(error)

    def press(self, kind: str) -> None:
        """Start the scenario of that kind."""
        if self._rig is None:
            raise UserError(_("No server runs: start it again."))
        if len(self._rig.scenarios) >= VISITORS:
            raise UserError(_("{n} visitors are the most: let everyone leave first.").format(n=VISITORS))
        self._rig.start_scenario(kind)

    def leave(self) -> None:
        """Send everybody away but the bystander."""
        if self._rig is not None:
            self._rig.disconnect_all()

    def use(self, server: Callable[[BaseSelector], Server]) -> None:
        """Run `server` from now on."""
        self._make = server
        self.start()

    def start(self) -> None:
        """A new server, in the place of the one before, and nobody there but the bystander."""
        self._end()
        rig = FaultHarness(self._make)
        rig.__enter__()
        self._rig = rig

    def _end(self) -> None:
        rig, self._rig = self._rig, None
        self._past.clear()
        if rig is not None:
            rig.__exit__()

    def _tick(self) -> None:
        with self._lock:
            if self._rig is None:
                return
            for visitor in self._rig.scenarios:
                if visitor.paused and perf_counter() > visitor.paused_at + HOLD:
                    visitor.resume()
            waits, cpu, _registered = self._rig.counters()
            self._past.append((perf_counter(), waits, cpu))
            self._show()

    def _rates(self) -> tuple[float, float]:
        """Waits a second, and CPU seconds a second, in the last second."""
        if len(self._past) < 2:
            return 0.0, 0.0
        (begun, *first), (now, *last) = self._past[0], self._past[-1]
        return (last[0] - first[0]) / (now - begun), (last[1] - first[1]) / (now - begun)

    def _show(self) -> None:
        rig = self._rig
        if rig is None:
            self._view.value = ""
            self._alert.say(self._said)
            self._status.say(_made_way() if self._closed and not self._said else "", last=True)
            return
        alive, silence = rig.alive, rig.seconds_since_reply()
        trouble = self._trouble(rig, alive, silence)
        waits, cpu = self._rates() if alive else (0.0, 0.0)
        bystander = _("has its answers")
        if rig.probe.finished:
            bystander = _("its connection has ended")
        elif silence > PROBE_TIMEOUT:
            bystander = _("has waited {s:.0f} s for an answer").format(s=silence)
        server = {
            _("state"): _("has ended") if not alive else _("answers nobody") if trouble else _("serves"),
            _("waits a second"): f"{waits:,.0f}",
            _("CPU"): f"{cpu:.0%}",
            _("registered"): f"{rig.counters()[2] if alive else 0:,}",
        }
        rows = [(_("Bystander"), bystander, None)] + [(self._labels[v.name], v.state, v) for v in rig.scenarios]
        self._view.value = _server_table(server) + _client_table(rows)
        self._alert.say(self._said or trouble)
        words = _("The server {serves}. {who}: {state}.")
        self._status.say(words.format(serves=server[_("state")], who=rows[-1][0], state=rows[-1][1]))

    def _trouble(self, rig: FaultHarness, alive: bool, silence: float) -> str:
        if not alive:
            return " ".join(rig.error.split()) + ". " + _("All its connections are gone. Press Start again.")
        if silence < PROBE_TIMEOUT:
            return ""
        where = rig.blocked_in()
        if where:
            said = _("Nobody has an answer: the server's thread sleeps in the kernel, in {where}, and not in its wait.")
            return said.format(where=where) + " " + _("Let everyone leave.")
        return _("The bystander has no answer: the server is busy with somebody else.")

    def close(self) -> None:
        """End the ticking, the visitors and the server."""
        self._ticker.stop()
        with self._lock:
            self._closed = True
            self._end()
            self._show()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return _(
            "Eight buttons, each a client that a server may not be ready for, and how the server and all there fare."
        )


def _made_way() -> str:
    return _("This panel has made way for a newer one: run its cell again.")


def _server_table(cells: dict[str, str]) -> str:
    heads = "".join(f'<th scope="col" style="{CELL}">{escape(head)}</th>' for head in cells)
    values = "".join(f'<td style="{CELL}">{escape(value)}</td>' for value in cells.values())
    return _table(_("The server now"), heads, f"<tr>{values}</tr>")


def _client_table(rows: Iterable[tuple[str, str, Any]]) -> str:
    names = (_("client"), _("sent"), _("got back"), _("owed"), _("how it fares"))
    heads = "".join(
        f'<th scope="col" style="{NUMBER if 0 < n < 4 else CELL}">{escape(head)}</th>' for n, head in enumerate(names)
    )
    body = ""
    for who, state, visitor in rows:
        counts = ("", "", "")
        if visitor is not None:
            owed = 0 if (visitor.result or {}).get("disconnected") else max(0, visitor.sent - visitor.received)
            counts = tuple(f"{n:,}" for n in (visitor.sent, visitor.received, owed))
        body += f'<tr><th scope="row" style="{CELL}">{escape(who)}</th>'
        body += "".join(f'<td style="{NUMBER}">{count}</td>' for count in counts)
        body += f'<td style="{CELL}">{escape(state)}</td></tr>'
    return _table(_("Who is there; bytes sent, got back, and owed by server and kernel together"), heads, body)


def _table(caption: str, heads: str, body: str) -> str:
    title = f'<caption style="text-align: left; font-weight: bold; white-space: nowrap">{escape(caption)}</caption>'
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"

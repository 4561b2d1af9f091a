"""A running FTP server on the screen: its sockets, what it waits for on each, and how often it waits."""

import threading
import time
from collections import deque
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.experiments.meter import Meter
from readiness.graphics.charts import Picture, Scale
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import base

SPAN = 20.0  # seconds that the chart looks back
ROWS = 12  # sockets that the table names; of more it gives the number


class FtpBoard:
    """Watches `server`, whose selector was wrapped by `meter`. It only looks."""

    def __init__(self, server: FtpServer, meter: Meter, name: str = "ftp-board") -> None:
        base.replace(name, None)
        self._server, self._meter = server, meter
        self._lock = threading.Lock()
        self._seen = (time.monotonic(), meter.waits)
        self._moments: deque[tuple[float, int, float]] = deque(maxlen=int(SPAN * 5))  # when, sockets, waits a second
        plots = [
            Plot(Scale(_("sockets"), 0, 10), [Series("sockets")]),
            Plot(Scale(_("waits a second"), 0, 100), [Series("waits")]),
        ]
        label = _("Over the last 20 seconds: sockets of the server, and how often its loop has waited")
        self._chart = LiveChart(label, Scale(_("seconds ago"), -SPAN, 0), plots, size=(4.8, 2.8))
        self._table, self._view = widgets.HTML(), widgets.HTML()
        self._status, self._alert = base.Line(), base.Line("alert", calm=0)
        flow = {"flex_flow": "row wrap", "align_items": "flex-start"}
        both = widgets.HBox([self._table, self._view], layout=flow)
        self.widget = widgets.VBox([self._alert.widget, both, self._status.widget])
        self._tick()
        self._ticker = base.Ticker(self._tick, lambda error: self._alert.say(base.in_words(error)), rate=5)
        base.replace(name, self)

    def _tick(self) -> None:
        with self._lock:
            rows, now, waits = inspection.list_sockets(self._server), time.monotonic(), self._meter.waits
            before, seen = self._seen
            self._seen = (now, waits)
            self._moments.append((now, len(rows), (waits - seen) / (now - before) if now > before else 0.0))
            ages = [max(-SPAN, at - now) for at, _sockets, _waits in self._moments]
            self._chart.set("sockets", ages, [sockets for _at, sockets, _waits in self._moments])
            self._chart.set("waits", ages, [rate for _at, _sockets, rate in self._moments])
            self._view.value = self._chart.frame()
            if (table := _table(rows)) != self._table.value:
                self._table.value = table
            self._status.say(self.words())

    def words(self) -> str:
        """The present moment in a sentence."""
        if self._server.listener.fileno() < 0:
            return _("The server has been stopped: run the cell that starts it, then this one.")
        rows = inspection.list_sockets(self._server)
        sessions = sum(row.role == "control" for row in rows)
        return _("Sessions: {sessions}. Sockets: {sockets}. Waits so far: {waits:,}.").format(
            sessions=sessions, sockets=len(rows), waits=self._meter.waits
        )

    def picture(self) -> Picture:
        with self._lock:
            return self._chart.picture()

    def close(self) -> None:
        self._ticker.stop()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("The server's sockets, what it waits for on each, the bytes, and how often its loop has waited.")


def _table(rows: list[inspection.SocketInfo]) -> str:
    heads = (_("client"), _("socket"), _("the server waits for"), _("bytes"))
    head = "".join(f'<th scope="col" style="padding: 0 0.8em">{escape(text)}</th>' for text in heads)
    cell = '<td style="text-align: center">{}</td>'
    lines = [
        (row.client or "-", row.role, row.events, f"{row.bytes:,}" if row.role in ("control", "data") else "-")
        for row in rows[:ROWS]
    ]
    body = "".join(f"<tr>{''.join(cell.format(escape(str(text))) for text in line)}</tr>" for line in lines)
    more = _("and {n} more").format(n=len(rows) - ROWS) if len(rows) > ROWS else ""
    caption = escape(_("The server's sockets now"))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

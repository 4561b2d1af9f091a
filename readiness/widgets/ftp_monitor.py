"""A running FTP server on the screen: its sockets, what it waits for on each, and how often it waits."""

import threading
import time
from collections import deque
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.experiments.meter import SelectorMeter
from readiness.graphics.charts import Scale, StaticFigure
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import base
from readiness.widgets.threads import PeriodicThread

WINDOW_SECONDS = 20.0  # the time that the chart shows
MAX_ROWS = 12  # sockets that the table lists; of the others it gives the number


class FtpServerMonitor:
    """Show the state of `server`, whose selector was wrapped by `meter`. It changes nothing."""

    def __init__(self, server: FtpServer, meter: SelectorMeter, name: str = "ftp-monitor") -> None:
        base.close_panel(name)
        self._server, self._meter = server, meter
        self._lock = threading.Lock()
        self._previous = (time.monotonic(), meter.waits)
        # time, sockets, waits per second
        self._timeline: deque[tuple[float, int, float]] = deque(maxlen=int(WINDOW_SECONDS * base.SLOW_REFRESH_HZ))
        plots = [
            Plot(Scale(_("sockets"), 0, 10), [Series("sockets")]),
            Plot(Scale(_("waits a second"), 0, 100), [Series("waits")]),
        ]
        label = _("Over the last 20 seconds: sockets of the server, and how often its loop has waited")
        self._chart = LiveChart(label, Scale(_("seconds ago"), -WINDOW_SECONDS, 0), plots, size=(4.8, 2.8))
        self._table, self._view = widgets.HTML(), widgets.HTML()
        self._status, self._alert = base.StatusLine(), base.StatusLine("alert", min_interval=0)
        flow = {"flex_flow": "row wrap", "align_items": "flex-start"}
        row = widgets.HBox([self._table, self._view], layout=flow)
        self.widget = widgets.VBox([self._alert.widget, row, self._status.widget])
        self._refresh()
        self._refresh_thread = PeriodicThread(self._refresh, self._on_error, rate=base.SLOW_REFRESH_HZ)
        base.register(name, self)

    def _on_error(self, error: BaseException) -> None:
        self._alert.update(base.format_error(error))

    def _refresh(self) -> None:
        with self._lock:
            rows, now, waits = inspection.list_sockets(self._server), time.monotonic(), self._meter.waits
            before, waits_before = self._previous
            self._previous = (now, waits)
            self._timeline.append((now, len(rows), (waits - waits_before) / (now - before) if now > before else 0.0))
            ages = [max(-WINDOW_SECONDS, at - now) for at, _sockets, _waits in self._timeline]
            self._chart.set("sockets", ages, [sockets for _at, sockets, _waits in self._timeline])
            self._chart.set("waits", ages, [rate for _at, _sockets, rate in self._timeline])
            self._view.value = self._chart.frame()
            if (table := _table(rows)) != self._table.value:
                self._table.value = table
            self._status.update(self.status_text)

    @property
    def status_text(self) -> str:
        """The server's present state as a sentence."""
        if self._server.listener.fileno() < 0:
            return _("The server has been stopped: run the cell that starts it, then this one.")
        rows = inspection.list_sockets(self._server)
        sessions = sum(row.role == "control" for row in rows)
        return _("Sessions: {sessions}. Sockets: {sockets}. Waits so far: {waits:,}.").format(
            sessions=sessions, sockets=len(rows), waits=self._meter.waits
        )

    def picture(self) -> StaticFigure:
        with self._lock:
            return self._chart.picture()

    def close(self) -> None:
        self._refresh_thread.stop()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("The server's sockets, what it waits for on each, the bytes, and how often its loop has waited.")


def _table(rows: list[inspection.SocketInfo]) -> str:
    headings = (_("client"), _("socket"), _("the server waits for"), _("bytes"))
    head = "".join(f'<th scope="col" style="padding: 0 0.8em">{escape(text)}</th>' for text in headings)
    cell = '<td style="text-align: center">{}</td>'
    lines = [
        (row.client or "-", row.role, row.events, f"{row.bytes:,}" if row.role in ("control", "data") else "-")
        for row in rows[:MAX_ROWS]
    ]
    body = "".join(f"<tr>{''.join(cell.format(escape(str(text))) for text in line)}</tr>" for line in lines)
    more = _("and {n} more").format(n=len(rows) - MAX_ROWS) if len(rows) > MAX_ROWS else ""
    caption = escape(_("The server's sockets now"))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

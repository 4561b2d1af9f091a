"""A panel that watches a running FTP server: its sockets, what it waits for on each, and how often it waits."""

import time
from collections import deque
from math import isnan, nan
from typing import NamedTuple

import ipywidgets as widgets

from readiness.base.background import wait_until
from readiness.base.html_table import html_table
from readiness.base.messages import _
from readiness.experiments.meter import SelectorMeter
from readiness.graphics.charts import Scale, StaticFigure
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets.panel import SLOW_REFRESH_HZ, Panel, closed_on_error, row

WINDOW_SECONDS = 20.0  # the time that the chart shows
GAP_SECONDS = 2.0  # after a longer pause, such as the sleep of a laptop, the lines of the chart have a gap
SETTLE_SECONDS = 4.0  # that a picture for a frozen notebook shows at least
MAX_ROWS = 12  # sockets that the table lists; of the others it gives the number


class _ServerState(NamedTuple):
    """The state of the server at one refresh.

    Attributes:
        at: the moment, in seconds of time.monotonic().
        sockets: the number of its open sockets; NaN for a pause in which it was not looked at.
        waits: the number of waits since the server's start.
        waits_per_second: the waits per second since the last refresh; NaN for a pause.
    """

    at: float  # seconds, by time.monotonic
    sockets: float
    waits: int  # since the start
    waits_per_second: float  # since the state before


class FtpServerMonitor(Panel):
    """A panel that shows the sockets and the waits of an FTP server. It changes nothing in the server.

    Args:
        server: the server to watch. It runs in this process.
        meter: the meter that wraps the server's selector, and counts its waits.
        name: the panel's name. An open panel with this name is closed first.
    """

    @closed_on_error
    def __init__(self, server: FtpServer, meter: SelectorMeter, name: str = "ftp-monitor") -> None:
        super().__init__(name, status_interval=3.0)
        self._server, self._meter = server, meter
        self._timeline: deque[_ServerState] = deque(maxlen=int(WINDOW_SECONDS * SLOW_REFRESH_HZ))
        self._chart = _chart(WINDOW_SECONDS, (4.8, 2.8))
        self._table = widgets.HTML()
        parts = row(self._table, self._view)
        parts.layout.align_items = "flex-start"
        bar = row(self._hold_button(), self._status.widget)
        self.widget = widgets.VBox([self._alert.widget, parts, bar])
        self.refresh()
        self.start_refreshing()

    def _show(self) -> None:
        sockets = inspection.list_sockets(self._server)
        self._add_state(len(sockets))
        if not self.held:
            self._draw(sockets)
        self._status.update(self._describe(sockets))

    def _draw(self, sockets: list[inspection.SocketInfo]) -> None:
        self._set_data(self._chart, WINDOW_SECONDS)
        self._view.value = self._chart.frame()
        self._table.value = _table(sockets)

    def _set_data(self, chart: LiveChart, window: float) -> None:
        latest = self._timeline[-1]
        ages = [max(-window, state.at - latest.at) for state in self._timeline]
        chart.set("sockets", ages, [state.sockets for state in self._timeline], f"{latest.sockets:,}")
        rates = [state.waits_per_second for state in self._timeline]
        chart.set("waits", ages, rates, f"{latest.waits_per_second:,.0f}")

    def _add_state(self, sockets: int) -> None:
        now, waits, rate = time.monotonic(), self._meter.waits, 0.0
        if self._timeline and now - self._timeline[-1].at > GAP_SECONDS:
            self._timeline.append(_ServerState(now, nan, waits, nan))
        if self._timeline and now > self._timeline[-1].at:
            rate = (waits - self._timeline[-1].waits) / (now - self._timeline[-1].at)
        self._timeline.append(_ServerState(now, sockets, waits, rate))

    def _describe(self, sockets: list[inspection.SocketInfo]) -> str:
        if self._server.listener.fileno() < 0:
            return _("The server has been stopped. Run the cell that starts it, then this cell.")
        sessions = sum(socket.role == "control" for socket in sockets)
        return _("Sessions: {sessions}. Sockets: {sockets}. Waits so far: {waits:,}.").format(
            sessions=sessions, sockets=len(sockets), waits=self._meter.waits
        )

    def settle(self) -> None:
        """Watch for some seconds: what the server has just done then stands in the picture, and what follows."""
        wait_until(lambda: self._timeline[-1].at - self._timeline[0].at >= SETTLE_SECONDS, 2 * SETTLE_SECONDS)

    def picture(self) -> StaticFigure:
        """Return the chart as a picture that does not change. It is as long as the server has been watched."""
        with self._lock:
            watched = min(WINDOW_SECONDS, max(1.0, self._timeline[-1].at - self._timeline[0].at))
            chart = _chart(watched, (7.2, 3.0))
            self._set_data(chart, watched)
            states = [state for state in self._timeline if not isnan(state.sockets)]
            sockets, rate = max(s.sockets for s in states), max(s.waits_per_second for s in states)
            title = _("At most {sockets:.0f} sockets and {rate:,.0f} waits a second")
            return chart.picture(title.format(sockets=sockets, rate=rate))

    def __repr__(self) -> str:
        return _("A table of the server's sockets, and a chart of the waits of its loop.")


def _chart(window: float, size: tuple[float, float]) -> LiveChart:
    """Return an empty chart of the last `window` seconds."""
    plots = [
        Plot(Scale(_("sockets"), 0, 5), [Series("sockets")]),
        Plot(Scale(_("waits a second"), 0, 100), [Series("waits")]),
    ]
    label = _("The last {n:.0f} seconds: the number of the server's sockets, and the waits of its loop in each second")
    return LiveChart(label.format(n=window), Scale(_("seconds ago"), -window, 0), plots, size, "10,000")


def _table(sockets: list[inspection.SocketInfo]) -> str:
    headers = (_("client"), _("socket"), _("the server waits for"), _("bytes"))
    rows = [
        (info.client or "-", info.role, info.events, f"{info.bytes:,}" if info.role in ("control", "data") else "-")
        for info in sockets[:MAX_ROWS]
    ]
    more = _("and {n} more").format(n=len(sockets) - MAX_ROWS) if len(sockets) > MAX_ROWS else ""
    return html_table(_("The server's sockets now"), headers, rows, align="center", row_headers=False) + more

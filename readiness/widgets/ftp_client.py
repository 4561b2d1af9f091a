"""An FTP session by hand: a button for each command, what was said, and its two connections as they open and close."""

import threading
from html import escape
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.base.messages import _
from readiness.clients.ftp_client import ManualFtpClient
from readiness.graphics.charts import INK, Picture
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import base
from readiness.widgets.submit_text import Typed


class FtpHandPanel:
    """A client of `server`, one step at a time. files: names that get a button of their own."""

    def __init__(self, server: FtpServer, files: tuple[str, ...] = (), name: str = "ftp-hand") -> None:
        base.replace(name, None)
        self.client = ManualFtpClient()
        self._server = server
        self._lock = threading.RLock()
        self._drawn: tuple | None = None
        self._line = Typed("HELP", _("Command"), "300px", lambda: self.do(self.typed))
        self._view, self._said = widgets.HTML(), widgets.HTML()
        self._status, self._alert = base.Line(calm=0.5), base.Line("alert", calm=0)
        first = ["USER anonymous", "PASS me", "TYPE I", "PASV"]
        then = ["LIST", *(f"RETR {file}" for file in files)]
        self.widget = widgets.VBox(
            [
                self._row(self._button(_("Connect"), self.connect), *map(self._command, first)),
                self._row(self._button(_("Dial"), self.client.connect_data), *map(self._command, then)),
                self._row(self._button(_("Read"), self.client.read), *map(self._command, ["NOOP", "ABOR", "QUIT"])),
                self._row(self._line.widget, self._button(_("Send"), self.typed)),
                self._alert.widget,
                self._view,
                self._status.widget,
                self._said,
            ]
        )
        self._show()
        self._ticker = base.Ticker(self._tick, self._alert_of, rate=5)
        base.replace(name, self)

    def _row(self, *parts: widgets.Widget) -> widgets.HBox:
        return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})

    def _button(self, name: str, deed: Any) -> widgets.Button:
        return base.button(name, lambda: self.do(deed))

    def _command(self, line: str) -> widgets.Button:
        return self._button(line, lambda: self.client.send_command(line))

    def do(self, deed: Any) -> None:
        """Call `deed` as a button does: what goes wrong is shown in words."""
        with self._lock:
            self._alert.say("")
            try:
                deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._alert_of(error)
            self._show()

    def _alert_of(self, error: BaseException) -> None:
        self._alert.say(base.in_words(error))

    def connect(self) -> None:
        self.client.connect(self._server.address)

    def typed(self) -> None:
        """Say what stands in the box."""
        self._line.sent()
        self.client.send_command(self._line.value)

    def _tick(self) -> None:
        with self._lock:
            self._line.refresh()
            self.client.refresh()
            self._show()

    def waits(self) -> dict[str, str]:
        """What the server waits for on each socket of this session, by what it is."""
        local_port = self.client.local_port
        return {row.role: row.events for row in inspection.list_sockets(self._server, local_port)} if local_port else {}

    def _show(self) -> None:
        waits, client = self.waits(), self.client
        said = escape("\n".join(f"{who} {text}" for who, text in client.transcript)) or "&nbsp;"
        box = "min-height: 18.5em; line-height: 1.3; white-space: pre-wrap; overflow-wrap: anywhere"
        text = f'<pre role="log" aria-label="{escape(_("What was said"))}" style="{box}">{said}</pre>'
        if text != self._said.value:
            self._said.value = text
        state = (client.local_port, client.data_state, client.passive_port, client.bytes_received, tuple(waits.items()))
        if state != self._drawn:
            self._drawn = state
            self._view.value = self.picture().svg
        self._status.say(self.words())

    def words(self) -> str:
        """How the two connections stand, in sentences."""
        client, waits = self.client, self.waits()
        if not client.connected:
            return _("No control connection: press Connect.")
        control = _("The control connection is open, the server waits for {event} on it.").format(
            event=waits.get("control", "-")
        )
        data = {
            "none": _("There is no data connection."),
            "passive": _("For data the server listens at port {port}, and waits for {event} there.").format(
                port=client.passive_port, event=waits.get("passive", "-")
            ),
            "open": _("A data connection is open, you have read {n:,} bytes from it; the server: {event}.").format(
                n=client.bytes_received, event=self._at_data(waits)
            ),
            "ended": _("The data connection has ended, after {n:,} bytes.").format(n=client.bytes_received),
        }[client.data_state]
        return f"{control} {data}"

    def _at_data(self, waits: dict[str, str]) -> str:
        event = waits.get("data")
        if event is None:
            return _("has closed its end")
        return _("waits for nothing") if event == "-" else _("waits for {event}").format(event=event)

    def picture(self) -> Picture:
        """The two connections, your end on the left, the server's on the right."""
        client, waits = self.client, self.waits()
        control = ("open", _("commands and replies")) if client.connected else ("none", _("no connection"))
        lanes = [(_("control"), *control, "control")]
        note = {
            "none": _("no connection"),
            "passive": _("port {port}: nobody has dialled").format(port=client.passive_port),
            "open": _("you have read {n:,} bytes").format(n=client.bytes_received),
            "ended": _("ended, after {n:,} bytes").format(n=client.bytes_received),
        }[client.data_state]
        lanes.append((_("data"), client.data_state, note, "passive" if client.data_state == "passive" else "data"))

        def draw(figure: Figure) -> None:
            figure.set_layout_engine("none")
            ax = figure.add_axes((0, 0, 1, 1))
            ax.set_axis_off()
            ax.set_xlim(0, 7.2)
            ax.set_ylim(1.6, 0)
            for x, wide, name in ((0.05, 1.1, _("you")), (5.0, 2.15, _("server"))):
                ax.add_patch(Rectangle((x, 0.3), wide, 1.25, facecolor="none", edgecolor=INK, linewidth=1.2))
                ax.text(x + wide / 2, 0.16, name, ha="center", va="center", fontweight="bold")
            for (name, state, words, what), y in zip(lanes, (0.62, 1.22), strict=True):
                ax.text(0.6, y, name, ha="center", va="center")
                ax.text(3.1, y - 0.08, words, ha="center", va="bottom", fontsize=9)
                if state == "open":
                    ax.plot([1.15, 5.0], [y, y], color=INK, linewidth=2.2)
                if state in ("open", "passive"):
                    event = waits.get(what)
                    full = state == "open" and event is not None
                    ax.plot([5.0], [y], marker="o", markersize=8, color=INK, markerfacecolor=INK if full else "none")
                    text = self._at_data(waits) if what == "data" else _("waits for {event}").format(event=event or "-")
                    ax.text(5.2, y, text, va="center", fontsize=9)

        return Picture(draw, self.words(), (7.2, 1.6))

    def close(self) -> None:
        self._ticker.stop()
        with self._lock:
            self.client.close()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("An FTP client by hand: a button for each command, its replies, and its two connections drawn.")

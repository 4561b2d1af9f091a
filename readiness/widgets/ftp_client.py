"""An FTP session by hand: a button for each command, the replies, and its two connections as they open and close."""

import threading
from html import escape
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.base.messages import _
from readiness.clients.ftp_client import ManualFtpClient
from readiness.graphics.canvas import canvas
from readiness.graphics.charts import FOREGROUND, StaticFigure
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import base
from readiness.widgets.submit_text import SubmitText
from readiness.widgets.threads import PeriodicThread


class FtpClientPanel:
    """Drive a client of `server`, one step at a time. `files`: names that get their own button."""

    def __init__(self, server: FtpServer, files: tuple[str, ...] = (), name: str = "ftp-client") -> None:
        base.close_panel(name)
        self.client = ManualFtpClient()
        self._server = server
        self._lock = threading.RLock()
        self._drawn_state: tuple | None = None
        self._command_input = SubmitText("HELP", _("Command"), "300px", lambda: self.call_safely(self.send_typed))
        self._view, self._transcript = widgets.HTML(), widgets.HTML()
        self._status, self._alert = base.StatusLine(min_interval=0.5), base.StatusLine("alert", min_interval=0)
        log_in = ["USER anonymous", "PASS me", "TYPE I", "PASV"]
        end = ["NOOP", "ABOR", "QUIT"]
        transfer = ["LIST", *(f"RETR {file}" for file in files)]
        self.widget = widgets.VBox(
            [
                self._row(self._button(_("Connect"), self.connect), *map(self._command_button, log_in)),
                self._row(self._button(_("Dial"), self.client.connect_data), *map(self._command_button, transfer)),
                self._row(self._button(_("Read"), self.client.read), *map(self._command_button, end)),
                self._row(self._command_input.widget, self._button(_("Send"), self.send_typed)),
                self._alert.widget,
                self._view,
                self._status.widget,
                self._transcript,
            ]
        )
        self._show()
        self._refresh_thread = PeriodicThread(self._refresh, self._on_error, rate=base.SLOW_REFRESH_HZ)
        base.register(name, self)

    def _row(self, *parts: widgets.Widget) -> widgets.HBox:
        return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})

    def _button(self, label: str, callback: Any) -> widgets.Button:
        return base.button(label, lambda: self.call_safely(callback))

    def _command_button(self, line: str) -> widgets.Button:
        return self._button(line, lambda: self.client.send_command(line))

    def call_safely(self, callback: Any) -> None:
        """Call `callback` as a button does: an error is shown in the panel."""
        with self._lock:
            self._alert.update("")
            try:
                callback()
            except Exception as error:  # an error in a callback would not be shown
                self._on_error(error)
            self._show()

    def _on_error(self, error: BaseException) -> None:
        self._alert.update(base.format_error(error))

    def connect(self) -> None:
        self.client.connect(self._server.address)

    def send_typed(self) -> None:
        """Send the command that stands in the box."""
        self._command_input.discard_pending_enter()
        self.client.send_command(self._command_input.value)

    def _refresh(self) -> None:
        with self._lock:
            self._command_input.refresh()
            self.client.refresh()
            self._show()

    def server_interest(self) -> dict[str, str]:
        """Return the events that the server waits for, for each socket of this session."""
        local_port = self.client.local_port
        return {row.role: row.events for row in inspection.list_sockets(self._server, local_port)} if local_port else {}

    def _show(self) -> None:
        interest, client = self.server_interest(), self.client
        transcript = escape("\n".join(f"{mark} {text}" for mark, text in client.transcript)) or "&nbsp;"
        style = "min-height: 18.5em; line-height: 1.3; white-space: pre-wrap; overflow-wrap: anywhere"
        text = f'<pre role="log" aria-label="{escape(_("Commands and replies"))}" style="{style}">{transcript}</pre>'
        if text != self._transcript.value:
            self._transcript.value = text
        state = (
            client.local_port,
            client.data_state,
            client.passive_port,
            client.bytes_received,
            tuple(interest.items()),
        )
        if state != self._drawn_state:
            self._drawn_state = state
            self._view.value = self.picture().svg
        self._status.update(self.status_text)

    @property
    def status_text(self) -> str:
        """The state of the two connections, in sentences."""
        client, interest = self.client, self.server_interest()
        if not client.connected:
            return _("No control connection: press Connect.")
        control = _("The control connection is open, the server waits for {event} on it.").format(
            event=interest.get("control", "-")
        )
        data = {
            "none": _("There is no data connection."),
            "passive": _("For data the server listens at port {port}, and waits for {event} there.").format(
                port=client.passive_port, event=interest.get("passive", "-")
            ),
            "open": _("A data connection is open, you have read {n:,} bytes from it; the server: {event}.").format(
                n=client.bytes_received, event=self._describe_data(interest)
            ),
            "ended": _("The data connection has ended, after {n:,} bytes.").format(n=client.bytes_received),
        }[client.data_state]
        return f"{control} {data}"

    def _describe_data(self, interest: dict[str, str]) -> str:
        event = interest.get("data")
        if event is None:
            return _("has closed its end")
        return _("waits for nothing") if event == "-" else _("waits for {event}").format(event=event)

    def picture(self) -> StaticFigure:
        """Draw the two connections: your end on the left, the server's on the right."""
        client, interest = self.client, self.server_interest()
        control = ("open", _("commands and replies")) if client.connected else ("none", _("no connection"))
        connections = [(_("control"), *control, "control")]
        note = {
            "none": _("no connection"),
            "passive": _("port {port}: no client has connected").format(port=client.passive_port),
            "open": _("you have read {n:,} bytes").format(n=client.bytes_received),
            "ended": _("ended, after {n:,} bytes").format(n=client.bytes_received),
        }[client.data_state]
        connections.append(
            (_("data"), client.data_state, note, "passive" if client.data_state == "passive" else "data")
        )

        def draw(figure: Figure) -> None:
            ax = canvas(figure)
            for x, wide, name in ((0.05, 1.1, _("you")), (5.0, 2.15, _("server"))):
                ax.add_patch(Rectangle((x, 0.3), wide, 1.25, facecolor="none", edgecolor=FOREGROUND, linewidth=1.2))
                ax.text(x + wide / 2, 0.16, name, ha="center", va="center", fontweight="bold")
            for (name, state, note, what), y in zip(connections, (0.62, 1.22), strict=True):
                ax.text(0.6, y, name, ha="center", va="center")
                ax.text(3.1, y - 0.08, note, ha="center", va="bottom", fontsize=9)
                if state == "open":
                    ax.plot([1.15, 5.0], [y, y], color=FOREGROUND, linewidth=2.2)
                if state in ("open", "passive"):
                    event = interest.get(what)
                    full = state == "open" and event is not None
                    ax.plot(
                        [5.0],
                        [y],
                        marker="o",
                        markersize=8,
                        color=FOREGROUND,
                        markerfacecolor=FOREGROUND if full else "none",
                    )
                    text = _("waits for {event}").format(event=event or "-")
                    if what == "data":
                        text = self._describe_data(interest)
                    ax.text(5.2, y, text, va="center", fontsize=9)

        return StaticFigure(draw, self.status_text, (7.2, 1.6))

    def close(self) -> None:
        self._refresh_thread.stop()
        with self._lock:
            self.client.close()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("An FTP client by hand: a button for each command, its replies, and its two connections drawn.")

"""A panel for an FTP session by hand: a button for each command, the replies, and a drawing of the two connections."""

from functools import partial
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.base.messages import _
from readiness.clients.ftp_client import ManualFtpClient
from readiness.graphics.canvas import canvas
from readiness.graphics.charts import FOREGROUND, StaticFigure
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets.panel import Panel, closed_on_error, row
from readiness.widgets.submit_text import SubmitText

# As high as the buttons beside it. Its last lines are in view: in a reversed column, the browser scrolls from the end.
LOG_STYLE = "height: 10.5em; overflow-y: auto; display: flex; flex-direction: column-reverse; line-height: 1.3"
LINES_STYLE = "flex: none; margin: 0 0 auto; white-space: pre-wrap; overflow-wrap: anywhere"


class _Connection(NamedTuple):
    """One of the two connections of the session, as the drawing shows it.

    Attributes:
        name: "control" or "data", in the learner's language.
        state: "none", "passive", "open" or "ended".
        note: the text above the line.
        server_note: the text at the server's end.
        closed_by_server: True if the server has closed its end.
    """

    name: str
    state: str  # none, passive, open or ended
    note: str  # what is written above the line
    server_note: str  # what is written at the server's end
    closed_by_server: bool


class FtpClientPanel(Panel):
    """A panel with one FTP client, which a learner drives one step at a time.

    Args:
        server: the FTP server. It runs in this process, so that the panel can show what the server waits for.
        files: the names of the files on the server that get a button for RETR.
        name: the panel's name. An open panel with this name is closed first.

    Attributes:
        client: the FTP client.
    """

    @closed_on_error
    def __init__(self, server: FtpServer, files: tuple[str, ...] = (), name: str = "ftp-client") -> None:
        super().__init__(name, status_interval=0.5)
        self.client = ManualFtpClient()
        self._server = server
        self._drawn_state: tuple[object, ...] | None = None
        self._command_input = SubmitText("HELP", _("Command"), "300px", lambda: self.call_safely(self.send_typed))
        self._transcript = widgets.HTML()
        log_in = ["USER anonymous", "PASS me", "TYPE I", "PASV"]
        transfer = ["LIST", *(f"RETR {file}" for file in files)]
        end = ["NOOP", "ABOR", "QUIT"]
        controls = widgets.VBox(
            [
                row(self._button(_("Connect"), self.connect), *map(self._command_button, log_in)),
                row(self._button(_("Connect data"), self.client.connect_data), *map(self._command_button, transfer)),
                row(self._button(_("Read"), self.client.read), *map(self._command_button, end)),
                row(self._command_input.widget, self._button(_("Send"), self.send_typed)),
            ]
        )
        controls.layout.flex, self._transcript.layout.flex = "0 1 auto", "1 1 300px"  # side by side, if there is space
        self.widget = widgets.VBox(
            [row(controls, self._transcript), self._view, self._alert.widget, self._status.widget]
        )
        self.refresh()
        self.start_refreshing()

    def _command_button(self, line: str) -> widgets.Button:
        return self._button(line, lambda: self.client.send_command(line))

    def connect(self) -> None:
        """Close the current session, if there is one, and open a control connection to the server."""
        self.client.connect(self._server.address)

    def send_typed(self) -> None:
        """Send the command that was typed into the box."""
        self._command_input.discard_pending_enter()
        self.client.send_command(self._command_input.value)

    def server_interest(self) -> dict[str, str]:
        """Return which events the server waits for on the sockets of this session.

        Returns:
            The role of each socket ("control", "passive" or "data") with the events as text: "READ", "WRITE", both, or
            "-".
        """
        return {info.role: info.events for info in self._server_sockets()}

    def server_bytes(self) -> int:
        """Return the bytes of the current download that the server has passed to the kernel."""
        return sum(info.bytes for info in self._server_sockets() if info.role == "data")

    def _server_sockets(self) -> list[inspection.SocketInfo]:
        return inspection.list_sockets(self._server, self.client.local_port) if self.client.local_port else []

    def _show(self) -> None:
        self._command_input.refresh()
        self.client.refresh()
        client, interest = self.client, self.server_interest()
        transcript = escape("\n".join(f"{mark} {text}" for mark, text in client.transcript)) or "&nbsp;"
        label = escape(_("Commands and replies"))
        self._transcript.value = (
            f'<div role="log" aria-label="{label}" tabindex="0" style="{LOG_STYLE}">'
            f'<pre style="{LINES_STYLE}">{transcript}</pre></div>'
        )
        counts = (client.bytes_received, self.server_bytes())
        state = (client.local_port, client.data_state, client.passive_port, *counts, *interest.items())
        if state != self._drawn_state:
            self._drawn_state = state
            self._view.value = self.picture().svg
        self._status.update(_describe(client, interest))

    def picture(self) -> StaticFigure:
        """Return a drawing of the two connections: your end on the left, the server's end on the right."""
        client, interest = self.client, self.server_interest()
        connections = _connections(client, interest, self.server_bytes())
        return StaticFigure(lambda figure: _draw(figure, connections), _describe(client, interest), (7.2, 1.6))

    def settle(self) -> None:
        """Begin to fetch a large file, and do not read it: the picture shows both connections open."""
        self.call_safely(self.connect)
        for line in ("USER anonymous", "PASS me", "TYPE I", "PASV"):
            self.call_safely(partial(self.client.send_command, line))
        self.call_safely(self.client.connect_data)
        self.call_safely(partial(self.client.send_command, "RETR large.bin"))

    def _release(self) -> None:
        self.client.close()

    def __repr__(self) -> str:
        return _("An FTP client: a button for each command, the replies, and a drawing of its two connections.")


def _describe(client: ManualFtpClient, interest: dict[str, str]) -> str:
    """Return sentences on the state of the two connections."""
    if not client.connected:
        return _("No control connection: press Connect.")
    control = _("The control connection is open, and the server waits for {event} on it.").format(
        event=interest.get("control", "-")
    )
    data = {
        "none": _("There is no data connection."),
        "passive": _("The server listens for a data connection at port {port}, and waits for {event} there.").format(
            port=client.passive_port, event=interest.get("passive", "-")
        ),
        "open": _("A data connection is open. You have read {n:,} bytes from it. The server {event}.").format(
            n=client.bytes_received, event=_describe_data(interest)
        ),
        "ended": _("The data connection has ended after {n:,} bytes.").format(n=client.bytes_received),
    }[client.data_state]
    return f"{control} {data}"


def _describe_data(interest: dict[str, str]) -> str:
    event = interest.get("data")
    if event is None:
        return _("has closed its end")
    return _("waits for nothing") if event == "-" else _("waits for {event}").format(event=event)


def _connections(client: ManualFtpClient, interest: dict[str, str], server_bytes: int) -> list[_Connection]:
    control_state = "open" if client.connected else "none"
    control_note = _("commands and replies") if client.connected else _("no connection")
    data_note = {
        "none": _("no connection"),
        "passive": _("port {port}: no client has connected").format(port=client.passive_port),
        "open": (_("sent: {sent:,} bytes, read: {n:,}") if server_bytes else _("read: {n:,} bytes")).format(
            sent=server_bytes, n=client.bytes_received
        ),
        "ended": _("ended after {n:,} bytes").format(n=client.bytes_received),
    }[client.data_state]
    waits = _("waits for {event}")
    control_end = waits.format(event=interest.get("control", "-"))
    data_end = waits.format(event=interest.get("passive", "-"))
    if client.data_state == "open":
        data_end = _describe_data(interest)
    return [
        _Connection(_("control"), control_state, control_note, control_end, "control" not in interest),
        _Connection(_("data"), client.data_state, data_note, data_end, "data" not in interest),
    ]


def _draw(figure: Figure, connections: list[_Connection]) -> None:
    ax = canvas(figure)
    for x, wide, name in ((0.05, 1.1, _("you")), (5.0, 2.15, _("server"))):
        ax.add_patch(Rectangle((x, 0.3), wide, 1.25, facecolor="none", edgecolor=FOREGROUND, linewidth=1.2))
        ax.text(x + wide / 2, 0.16, name, ha="center", va="center", fontweight="bold")
    for connection, y in zip(connections, (0.62, 1.22), strict=True):
        _draw_connection(ax, connection, y)


def _draw_connection(ax: Axes, connection: _Connection, y: float) -> None:
    """Draw one connection: a line if it is open, and a mark at the server's end, filled while that end is open."""
    ax.text(0.6, y, connection.name, ha="center", va="center")
    ax.text(3.1, y - 0.08, connection.note, ha="center", va="bottom", fontsize=9)
    if connection.state == "open":
        ax.plot([1.15, 5.0], [y, y], color=FOREGROUND, linewidth=2.2)
    if connection.state in ("open", "passive"):
        full = connection.state == "open" and not connection.closed_by_server
        fill = FOREGROUND if full else "none"
        ax.plot([5.0], [y], marker="o", markersize=8, color=FOREGROUND, markerfacecolor=fill)
        ax.text(5.2, y, connection.server_note, va="center", fontsize=9)

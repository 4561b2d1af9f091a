"""A panel for an FTP session by hand: a button for each command, the replies, and a drawing of the two connections."""

from functools import partial
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.background import wait_until
from readiness.base.messages import _
from readiness.clients.ftp_client import ManualFtpClient
from readiness.graphics.canvas import box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.styles import CASE, FOREGROUND
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets.panel import Panel, closed_on_error, row
from readiness.widgets.submit_text import SubmitText

# Little higher than the buttons beside it: then the steps above the panel, the buttons and the drawing fit into one
# window of 800 pixels. The last lines are in view: in a reversed column, the browser scrolls from the end.
LINES_IN_VIEW = 8
LINE_HEIGHT = 1.3  # em
LOG_STYLE = (
    f"height: {LINE_HEIGHT * LINES_IN_VIEW:.1f}em; line-height: {LINE_HEIGHT}; overflow-y: auto; "
    "display: flex; flex-direction: column-reverse"
)
LINES_STYLE = "flex: none; margin: 0 0 auto; white-space: pre-wrap; overflow-wrap: anywhere"
SERVER_SECONDS = 0.1  # in which the server's thread takes a new connection; what is shown after a press is then true
YOU_LEFT, YOU_RIGHT, SERVER_LEFT = 0.05, 1.1, 5.2  # inches: the edges of both ends in the drawing


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
        super().__init__(name)
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
                row(self._button(_("Connect data"), self.connect_data), *map(self._command_button, transfer)),
                row(self._button(_("Read"), self.client.read), *map(self._command_button, end)),
                row(self._command_input.widget, self._button(_("Send"), self.send_typed)),
            ]
        )
        controls.layout.flex, self._transcript.layout.flex = "0 1 auto", "1 1 300px"  # side by side, if there is space
        session = row(controls, self._transcript)
        session.layout.align_items = "flex-start"
        self.widget = widgets.VBox([session, self._view, self._alert.widget, self._status.widget])
        self.refresh()
        self.start_refreshing()

    def _command_button(self, line: str) -> widgets.Button:
        return self._button(line, lambda: self.client.send_command(line))

    def connect(self) -> None:
        """Close the current session, if there is one, and open a control connection to the server."""
        self.client.connect(self._server.address)
        wait_until(lambda: self.server_interest().get("control") == "READ", SERVER_SECONDS)

    def connect_data(self) -> None:
        """Open the data connection to the port at which the server listens."""
        self.client.connect_data()
        wait_until(lambda: "data" in self.server_interest(), SERVER_SECONDS)

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
            f'<div aria-hidden="true"><b>{label}</b></div>'
            f'<div role="log" aria-label="{label}" tabindex="0" style="{LOG_STYLE}">'
            f'<pre style="{LINES_STYLE}">{transcript}</pre></div>'
        )
        self._status.update(_describe(client, interest))  # before the drawing, which takes longer than all the rest
        counts = (client.bytes_received, self.server_bytes())
        state = (client.local_port, client.data_state, client.passive_port, *counts, *interest.items())
        if state != self._drawn_state:
            self._drawn_state = state
            self._view.value = self.picture().svg

    def picture(self) -> StaticFigure:
        """Return a drawing of the two connections: your end on the left, the server's end on the right."""
        client, interest = self.client, self.server_interest()
        sent = self.server_bytes()
        connections = _connections(client, interest, sent)
        waiting = sent - client.bytes_received if client.data_state == "open" else 0
        alt, title = _describe(client, interest), _claim(client, interest, sent)
        return StaticFigure(lambda figure: _draw(figure, connections, waiting), alt, (7.2, 1.9), title)

    def settle(self) -> None:
        """Begin to fetch a large file, and do not read it: the picture shows both connections open."""
        self.call_safely(self.connect)
        for line in ("USER anonymous", "PASS me", "TYPE I", "PASV"):
            self.call_safely(partial(self.client.send_command, line))
        self.call_safely(self.connect_data)
        self.call_safely(partial(self.client.send_command, "RETR large.bin"))

    def _release(self) -> None:
        self.client.close()

    def __repr__(self) -> str:
        return _("An FTP client: a button for each command, the replies, and a drawing of its two connections.")


def _describe(client: ManualFtpClient, interest: dict[str, str]) -> str:
    """Return sentences on the state of the two connections."""
    if not client.connected:
        return _("Control connection: {state}. Press Connect.").format(state=client.state)
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
    unanswered = ""
    if client.unanswered:
        unanswered = " " + _("Without a final reply: {commands}.").format(commands=", ".join(client.unanswered))
    return f"{control} {data}{unanswered}"


def _describe_data(interest: dict[str, str]) -> str:
    event = interest.get("data")
    if event is None:
        return _("has not accepted it yet") if "passive" in interest else _("has closed its end")
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
        _Connection(_("data"), client.data_state, data_note, data_end, not {"data", "passive"} & interest.keys()),
    ]


def _claim(client: ManualFtpClient, interest: dict[str, str], server_bytes: int) -> str:
    """Return what the drawing shows, as a sentence."""
    if not client.connected:
        return _("There is no control connection")
    if client.data_state == "open" and not {"data", "passive"} & interest.keys():
        return _("The server has closed the data connection")
    waits_for_you = interest.get("data") == "WRITE" and server_bytes > client.bytes_received
    return {
        "none": _("One connection: for commands and replies"),
        "passive": _("The server listens for a second connection"),
        "open": _("You do not read, so the server waits")
        if waits_for_you
        else _("Two connections: one for commands, one for data"),
        "ended": _("The data connection has ended"),
    }[client.data_state]


def _draw(figure: Figure, connections: list[_Connection], waiting: int) -> None:
    """Draw both ends and both connections. `waiting` bytes were sent on the data connection, and not yet read."""
    ax = canvas(figure)
    for x, wide, name in ((YOU_LEFT, YOU_RIGHT - YOU_LEFT, _("you")), (SERVER_LEFT, 1.9, _("server"))):
        box(ax, (x, 0.3), wide, 1.55)
        ax.text(x + wide / 2, 0.16, name, ha="center", va="center", fontweight="bold")
    for connection, y, bytes_inside in zip(connections, (0.72, 1.45), (0, waiting), strict=True):
        _draw_connection(ax, connection, y, bytes_inside)


def _draw_connection(ax: Axes, connection: _Connection, y: float, waiting: int) -> None:
    """Draw one connection: arrows if it is open, a box with the bytes in it, and a mark at the server's end.

    The mark is filled while that end is open.
    """
    ax.text((YOU_LEFT + YOU_RIGHT) / 2, y, connection.name, ha="center", va="center")
    middle = (YOU_RIGHT + SERVER_LEFT) / 2
    over = 0.19 if waiting else 0.06
    ax.text(middle, y - over, connection.note, ha="center", va="bottom", fontsize=9)
    if connection.state == "open" and waiting > 0:
        box(ax, (middle - 1.15, y - 0.15), 2.3, 0.3, CASE)
        ax.text(middle, y, _("{n:,} bytes lie here").format(n=waiting), ha="center", va="center", fontsize=9)
        ax.plot([middle + 1.15, SERVER_LEFT], [y, y], color=FOREGROUND, linewidth=2.2)
        ax.plot([YOU_RIGHT, middle - 1.15], [y, y], color=FOREGROUND, linewidth=0.8)
    elif connection.state == "open":
        ax.plot([YOU_RIGHT, SERVER_LEFT], [y, y], color=FOREGROUND, linewidth=2.2)
    if connection.state in ("open", "passive"):
        full = connection.state == "open" and not connection.closed_by_server
        fill = FOREGROUND if full else "none"
        ax.plot([SERVER_LEFT], [y], marker="o", markersize=8, color=FOREGROUND, markerfacecolor=fill)
        ax.text(SERVER_LEFT + 0.2, y, connection.server_note, va="center", fontsize=10, fontweight="bold")

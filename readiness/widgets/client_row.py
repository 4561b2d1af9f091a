"""A row of buttons for one client (connect, send, disconnect, reset), with its state and its last reply as text."""

import threading
from collections.abc import Callable

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.clients.interactive import Address, InteractiveClient
from readiness.widgets import panel
from readiness.widgets.status_line import format_error, message_html
from readiness.widgets.submit_text import SubmitText


class ClientRow:
    """One row of a panel, which controls one client of a server. Errors are shown in the row.

    A button that was just pressed stays enabled. If it were disabled, the keyboard's focus would leave it.

    Args:
        number: the number of the client, for the labels; the first client has the number 1.
        address: a function that returns the current address of the server.
        lock: the lock of the panel that contains the row.
        line_end: the bytes that are sent after each text: a newline, for a server that answers lines.

    Attributes:
        client: the client itself.
        reply: the bytes that have arrived last.
    """

    def __init__(
        self, number: int, address: Callable[[], Address], lock: threading.RLock, line_end: bytes = b""
    ) -> None:
        self.client = InteractiveClient()
        self.reply = b""
        self._address, self._lock, self._line_end, self._error_text = address, lock, line_end, ""
        label = _("Client {n}").format(n=number)
        self._input = SubmitText(_("hello"), label, "230px", lambda: self.call_safely(self.send))
        self._awaiting_reply = False  # whether something was sent and not yet answered
        self._status = widgets.HTML()
        connect = self._button(number, _("Connect"), self.connect)
        others = {_("Send"): self.send, _("Disconnect"): self.client.close, _("Reset"): self.client.reset}
        buttons = [self._button(number, label, callback) for label, callback in others.items()]
        self.widget = panel.row(connect, self._input.widget, *buttons, self._status)
        self._show()

    def _button(self, number: int, label: str, callback: Callable[[], None]) -> widgets.Button:
        hint = _("Client {n}: {action}").format(n=number, action=label)
        return panel.button(label, lambda: self.call_safely(callback), hint)

    def call_safely(self, callback: Callable[[], None]) -> None:
        """Call `callback` with the panel's lock held. If it raises an error, show the error in the row."""
        with self._lock:
            self._error_text = ""
            try:
                callback()
            except BaseException as error:  # of any kind, as in `Panel.call_safely`
                self._error_text = format_error(error)
            self._show()

    def connect(self) -> None:
        """Close the current connection, if there is one, and connect to the server."""
        self.reply, self._awaiting_reply = b"", False
        self.client.connect(self._address())

    def send(self) -> None:
        """Send the text in the box. If there is no connection, connect first. If a reply comes quickly, store it."""
        self._input.discard_pending_enter()
        self._awaiting_reply = False
        if not self.client.connected:
            self.connect()
        message = self._input.value.encode() + self._line_end
        self.client.send(message)
        self._awaiting_reply = bool(message)
        self._on_received(self.client.receive())

    def refresh(self) -> None:
        """Receive the bytes that have arrived, and show them. The thread that refreshes the panel calls this method."""
        self._input.refresh()
        self._on_received(self.client.poll())
        self._show()

    def _on_received(self, data: bytes) -> None:
        if data:
            self.reply, self._awaiting_reply = data, False

    def _show(self) -> None:
        # A server may cut a character in two: show its bytes, instead of an error.
        reply = self.reply[-60:].removesuffix(self._line_end).decode(errors="backslashreplace")
        waiting = _("sent, no answer yet") if self._awaiting_reply and self.client.connected else ""
        last = _("last reply: {reply}").format(reply=reply) if reply else ""
        texts = " · ".join(text for text in (self.client.state, waiting, last) if text)
        error = message_html(self._error_text, "alert") if self._error_text else ""
        self._status.value = message_html(texts, "status") + error

    def close(self) -> None:
        """Close the connection. A second call does nothing."""
        self.client.close()

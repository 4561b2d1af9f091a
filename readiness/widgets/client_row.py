"""A row of buttons that drives one client: connect, send, disconnect, reset; its state and last reply in words."""

import threading
from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.clients.interactive import Address, InteractiveClient
from readiness.widgets.base import in_words
from readiness.widgets.submit_text import Typed


class ClientRow:
    """One client of the server at `address()`. Errors are shown in the row.

    end: what follows each text that is sent: a newline, for a server that answers lines.
    A button that was just pressed stays enabled: disabling it would drop the keyboard's focus to the page.
    """

    def __init__(self, number: int, address: Callable[[], Address], lock: threading.RLock, end: bytes = b"") -> None:
        self.client = InteractiveClient()
        self.reply = b""
        self._address, self._lock, self._end, self._trouble = address, lock, end, ""
        self._typed = Typed(_("hello"), _("Client {n}").format(n=number), "230px", lambda: self._do(self.send))
        self._text = self._typed.widget
        self._asked = False  # whether something was sent that was not answered
        self._state = widgets.HTML()
        deeds = {
            _("Connect"): self.connect,
            _("Send"): self.send,
            _("Disconnect"): self.client.close,
            _("Reset"): self.client.reset,
        }
        buttons = [self._button(number, name, deed) for name, deed in deeds.items()]
        flow = {"flex_flow": "row wrap", "align_items": "center"}
        self.widget = widgets.HBox([buttons[0], self._text, *buttons[1:], self._state], layout=flow)
        self._show()

    def _button(self, number: int, name: str, deed: Callable[[], None]) -> widgets.Button:
        hint = _("Client {n}: {deed}").format(n=number, deed=name)
        button = widgets.Button(description=name, tooltip=hint, layout={"width": "max-content"})
        button.on_click(lambda _button: self._do(deed))
        return button

    def _do(self, deed: Callable[[], None]) -> None:
        with self._lock:
            self._trouble = ""
            try:
                deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._trouble = in_words(error)
            self._show()

    def connect(self) -> None:
        self.reply, self._asked = b"", False
        self.client.connect(self._address())

    def send(self) -> None:
        """Send the text, connecting first if need be; a reply that is quick is shown at once."""
        self._typed.sent()
        self._asked = False
        if not self.client.connected:
            self.connect()
        message = self._text.value.encode() + self._end
        self.client.send(message)
        self._asked = bool(message)
        self._hear(self.client.receive())

    def refresh(self) -> None:
        """Take up what has arrived since; called from the panel's ticking thread."""
        self._typed.refresh()
        self._hear(self.client.poll())
        self._show()

    def _hear(self, data: bytes) -> None:
        if data:
            self.reply, self._asked = data, False

    def _show(self) -> None:
        # A server may cut a character in two: show its bytes rather than fail on them.
        reply = self.reply[-60:].removesuffix(self._end).decode(errors="backslashreplace")
        said = _("sent, no answer yet") if self._asked and self.client.connected else ""
        last = _("last reply: {reply}").format(reply=reply) if reply else ""
        words = [self.client.state, said, last, self._trouble]
        value = f'<div role="status">{" · ".join(escape(word) for word in words if word)}</div>'
        if value != self._state.value:
            self._state.value = value

    def close(self) -> None:
        self.client.close()

"""A box for one line of text that is sent by the Enter key, also when it is the same as before."""

import time
from collections.abc import Callable

import ipywidgets as widgets

UNCHANGED = 0.25  # seconds after the Enter key without a change: the text is the one of before


class Typed:
    """`send` is called when the Enter key has been pressed in the box (Text.on_submit is deprecated).

    The browser says first that Enter was pressed, and then what was typed, if that is new. So the panel calls
    `refresh` again and again, and tells by `sent` that the text was sent in another way.
    """

    def __init__(self, value: str, label: str, width: str, send: Callable[[], None]) -> None:
        self.widget = widgets.Text(value=value, description=label, continuous_update=False, layout={"width": width})
        self._send = send
        self._entered: float | None = None  # when Enter was pressed, until what was typed has been sent
        self.widget.on_msg(self._typed)
        self.widget.observe(self._changed, "value")

    @property
    def value(self) -> str:
        return self.widget.value

    def _typed(self, _widget: widgets.Text, content: dict, _buffers: list) -> None:
        if content.get("event") == "submit":
            self._entered = time.monotonic()

    def _changed(self, _change: dict) -> None:
        if self._entered is not None:  # else the box was only left
            self._send()

    def sent(self) -> None:
        self._entered = None

    def refresh(self) -> None:
        if self._entered is not None and time.monotonic() - self._entered > UNCHANGED:
            self._send()

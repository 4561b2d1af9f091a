"""A box for one line of text that is submitted by the Enter key, also when it has not changed."""

import time
from collections.abc import Callable

import ipywidgets as widgets

UNCHANGED_DELAY = 0.25  # seconds after the Enter key; no change until then: the text is the same as before


class SubmitText:
    """A box for one line of text. The Enter key calls `on_submit` (`Text.on_submit` of ipywidgets is deprecated).

    The browser first sends a message about the key, and then the text, if it has changed. So the panel calls
    `refresh` repeatedly. `on_submit` calls `discard_pending_enter`, so that one press submits the text once.
    """

    def __init__(self, value: str, label: str, width: str, on_submit: Callable[[], None]) -> None:
        self.widget = widgets.Text(value=value, description=label, continuous_update=False, layout={"width": width})
        self._on_submit = on_submit
        self._enter_pressed_at: float | None = None  # until the text has been submitted
        self.widget.on_msg(self._on_message)
        self.widget.observe(self._on_value, "value")

    @property
    def value(self) -> str:
        """The text in the box."""
        return self.widget.value

    def _on_message(self, _widget: widgets.Text, content: dict, _buffers: list) -> None:
        if content.get("event") == "submit":
            self._enter_pressed_at = time.monotonic()

    def _on_value(self, _change: dict) -> None:
        if self._enter_pressed_at is not None:  # otherwise the box only lost the focus
            self._on_submit()

    def discard_pending_enter(self) -> None:
        """Forget the last press of the Enter key: the text has been submitted."""
        self._enter_pressed_at = None

    def refresh(self) -> None:
        """Call `on_submit` if the Enter key was pressed and the text has not changed since."""
        if self._enter_pressed_at is not None and time.monotonic() - self._enter_pressed_at > UNCHANGED_DELAY:
            self._on_submit()

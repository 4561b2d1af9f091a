"""A box for one line of text. The Enter key submits the text, even if the text has not changed."""

import time
from collections.abc import Callable

import ipywidgets as widgets

UNCHANGED_DELAY = 0.25  # seconds after the Enter key; no change until then: the text is the same as before


class SubmitText:
    """A box for one line of text. The Enter key calls `on_submit`.

    `Text.on_submit` of ipywidgets is deprecated, so this class replaces it. The browser first sends a message about the
    key, and then the text, but only if the text has changed. So the panel must call `refresh` again and again, and
    `on_submit` must call `discard_pending_enter`. Then one press submits the text once.

    Args:
        value: the text at the start.
        label: the label of the box.
        width: the width of the box in CSS, such as "230px".
        on_submit: called when the text is submitted.
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
        """Ignore the last press of Enter. A button has already submitted the text; it must not be submitted again."""
        self._enter_pressed_at = None

    def refresh(self) -> None:
        """Call `on_submit` if the Enter key was pressed, and no new text has come for `UNCHANGED_DELAY` seconds."""
        if self._enter_pressed_at is not None and time.monotonic() - self._enter_pressed_at > UNCHANGED_DELAY:
            self._on_submit()

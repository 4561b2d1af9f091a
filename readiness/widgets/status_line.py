"""A line of text in a panel. A screen reader reads it out when it changes."""

import time
from html import escape

import ipywidgets as widgets


class StatusLine:
    """A line of text in a panel.

    Args:
        role: "status" or "alert" (WAI-ARIA 1.2). A screen reader reads out an alert immediately, but a status only when
            there is time.
        min_interval: the shortest time between two changes, in seconds.

    Attributes:
        text: the text that is shown.
    """

    def __init__(self, role: str = "status", min_interval: float = 0.0) -> None:
        self.text = ""
        self.widget = widgets.HTML()
        self._role, self._min_interval = role, min_interval
        self._updated_at = -min_interval

    def update(self, text: str, final: bool = False) -> None:
        """Show `text` if the last change is at least `min_interval` seconds ago, or if `final` is true."""
        now = time.monotonic()
        if text != self.text and (final or now - self._updated_at >= self._min_interval):
            self.text, self._updated_at = text, now
            self.widget.value = f'<div role="{self._role}">{escape(text)}</div>' if text else ""

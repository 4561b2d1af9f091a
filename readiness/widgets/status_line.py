"""A line of text in a panel, which a screen reader reads out when it changes."""

import time
from html import escape

import ipywidgets as widgets


class StatusLine:
    """A line of text in a panel.

    Args:
        role: the role in WAI-ARIA 1.2. A `status` is read out when there is time, an `alert` at once.
        min_interval: seconds between two changes.
    """

    def __init__(self, role: str = "status", min_interval: float = 0.0) -> None:
        self.text = ""
        self.widget = widgets.HTML()
        self._role, self._min_interval = role, min_interval
        self._updated_at = -min_interval

    def update(self, text: str, final: bool = False) -> None:
        """Show `text`, unless the last change is less than `min_interval` ago. A `final` text is always shown."""
        now = time.monotonic()
        if text != self.text and (final or now - self._updated_at >= self._min_interval):
            self.text, self._updated_at = text, now
            self.widget.value = f'<div role="{self._role}">{escape(text)}</div>' if text else ""

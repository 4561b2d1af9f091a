"""What all panels share: threads that refresh them, the status line, the registry, the form saved in a notebook."""

import atexit
import contextlib
import time
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import UserError, _
from readiness.graphics.charts import StaticFigure

REFRESH_HZ = 8.0  # refreshes of the echo panel, per second
SLOW_REFRESH_HZ = 5.0  # refreshes of the other panels that refresh by themselves, per second


def format_error(error: BaseException) -> str:
    """Format an exception for a learner: our own sentences as they are, other exceptions with their type."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def button(label: str, callback: Callable[[], None]) -> widgets.Button:
    """Make a button as wide as its label. A click calls `callback`, which must catch its errors and show them."""
    made = widgets.Button(description=label, layout={"width": "max-content"})
    made.on_click(lambda _button: callback())
    return made


class StatusLine:
    """A line of text in a panel.

    Args:
        role: `status` is read out when there is time, `alert` at once (WAI-ARIA 1.2).
        min_interval: seconds between two changes.
    """

    def __init__(self, role: str = "status", min_interval: float = 3.0) -> None:
        self.widget = widgets.HTML()
        self._role, self._min_interval = role, min_interval
        self._text, self._updated_at = "", -min_interval

    def update(self, text: str, final: bool = False) -> None:
        """Show `text`, unless the last change is less than `min_interval` ago. A `final` text is always shown."""
        now = time.monotonic()
        if text != self._text and (final or now - self._updated_at >= self._min_interval):
            self._text, self._updated_at = text, now
            self.widget.value = f'<div role="{self._role}">{escape(text)}</div>' if text else ""


_open_panels: dict[str, Any] = {}


def close_panel(name: str) -> None:
    """Close the panel that is open under this name, if there is one."""
    panel = _open_panels.pop(name, None)
    if panel is not None:
        with contextlib.suppress(Exception):
            panel.close()


def register(name: str, panel: Any) -> None:
    """Register an open panel under its name, and close the one before it: a cell that runs again replaces its panel."""
    close_panel(name)
    _open_panels[name] = panel


@atexit.register
def close_all() -> None:
    """Close every open panel: a thread that still draws while the kernel ends would write into closed channels."""
    for name in list(_open_panels):
        close_panel(name)


def mimebundle(widget: widgets.Widget, text: str, picture: StaticFigure | None = None) -> dict[str, Any]:
    """Return a panel's output: the live widget, and for a saved notebook a fixed text and a PNG."""
    saved = {"text/plain": text} | ({"image/png": picture.png} if picture else {})
    return widget._repr_mimebundle_() | saved


def no_samples_text() -> str:
    return _("Nothing has been ready yet: connect a client and let it talk.")

"""Whether the charts of a panel move: a button holds them, and they move little for a reader who has asked for that."""

import time
from collections.abc import Callable
from math import inf

import ipywidgets as widgets

from readiness.base.messages import _

CALM_SECONDS = 2.0  # between two changes of a chart for a reader who wants little motion


class Motion:
    """Whether the charts of a panel may change now.

    The button *Hold* holds them, and lets them go on (WCAG 2.2, 2.2.2). If the reader's system asks for reduced motion
    (`prefers-reduced-motion` in CSS), the page's extension presses a second button, which no reader sees. The charts
    then change only every `CALM_SECONDS`, and after each press of a button.
    """

    def __init__(self) -> None:
        self._on_hold = self._calm = False
        self._changed_at = -inf

    def make_buttons(self, call_safely: Callable[[Callable[[], None]], None]) -> widgets.Box:
        """Return the two buttons in a box. `call_safely` calls their callbacks: the panel's own method."""
        hint = _("Hold the charts, or let them go on")
        hold = widgets.Button(description=_("Hold"), tooltip=hint, layout={"width": "max-content"})
        calm = widgets.Button(layout={"display": "none"})
        calm.add_class("readiness-calm")

        def hold_or_go_on() -> None:
            self._on_hold = not self._on_hold
            hold.description = _("Go on") if self._on_hold else _("Hold")

        def calm_down() -> None:
            self._calm = True

        hold.on_click(lambda _button: call_safely(hold_or_go_on))
        calm.on_click(lambda _button: call_safely(calm_down))
        return widgets.HBox([hold, calm])

    def pressed(self) -> None:
        """Let the charts change at once after the press of a button, unless they are held."""
        self._changed_at = -inf

    def holds(self) -> bool:
        """Return whether the charts must stay as they are. If they need not, they are taken to change now."""
        now = time.monotonic()
        if self._on_hold or (self._calm and now - self._changed_at < CALM_SECONDS):
            return True
        self._changed_at = now
        return False

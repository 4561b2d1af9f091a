"""The messages of a panel: lines for its state and its errors. A screen reader reads a line out when it changes."""

import time
from html import escape

import ipywidgets as widgets

from readiness.base.messages import UserError, _

MAX_ERROR_LENGTH = 500  # characters of an exception's text that are shown
STATUS_STYLE = "line-height: 1.4; padding: 4px 0"
# A frame, a sign and bold letters: no reader depends on the colour, which has 3:1 on a light and on a dark page. Where
# the system sets all colours (Windows: contrast themes), the frame keeps its width.
ALERT_STYLE = (
    "line-height: 1.4; padding: 4px 10px; font-weight: bold; border: 1px solid #d32f2f; border-left-width: 6px"
)
ALERT_SIGN = '<span aria-hidden="true">⚠ </span>'


def message_html(text: str, role: str, is_html: bool = False) -> str:
    """Return a message as HTML. An alert has a frame and a sign, so that it does not look like a status.

    Args:
        text: the message. Special characters in it are escaped.
        role: "status" or "alert" (WAI-ARIA 1.2).
        is_html: True if the text is HTML, whose special characters are escaped already.
    """
    style, sign = (ALERT_STYLE, ALERT_SIGN) if role == "alert" else (STATUS_STYLE, "")
    return f'<div role="{role}" style="{style}">{sign}{text if is_html else escape(text)}</div>'


def format_error(error: BaseException) -> str:
    """Return the text of a `UserError`, or the type and the text of any other exception."""
    try:
        text = str(error)[:MAX_ERROR_LENGTH]
    except BaseException as failure:  # a learner's class of exceptions may have a method `__str__` that fails
        text = _("its text can't be shown ({kind})").format(kind=type(failure).__name__)
    return text if isinstance(error, UserError) else f"{type(error).__name__}: {text}".removesuffix(": ")


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

    def allow_update(self) -> None:
        """Let the next `update` show its text, however short ago the last change is."""
        self._updated_at = -self._min_interval

    def update(self, text: str, final: bool = False) -> None:
        """Show `text` if the last change is at least `min_interval` seconds ago, or if `final` is true."""
        now = time.monotonic()
        if text != self.text and (final or now - self._updated_at >= self._min_interval):
            self.text, self._updated_at = text, now
            self.widget.value = message_html(text, self._role) if text else ""

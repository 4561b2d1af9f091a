"""The base class of all panels (widgets with buttons), and the registry of the open panels."""

import atexit
import contextlib
import threading
from collections.abc import Callable, Hashable
from typing import Self

import ipywidgets as widgets

from readiness.base.messages import UserError, _
from readiness.graphics.charts import StaticFigure
from readiness.widgets.status_line import StatusLine
from readiness.widgets.threads import PeriodicThread

REFRESH_HZ = 8.0  # refreshes of the echo panel, per second
SLOW_REFRESH_HZ = 5.0  # refreshes of the other panels that refresh by themselves, per second


def format_error(error: BaseException) -> str:
    """Return the text of a `UserError`, or the type and the text of any other exception."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def button(label: str, callback: Callable[[], object], hint: str | None = None) -> widgets.Button:
    """Return a button that is as wide as its label.

    Args:
        label: the text on the button.
        callback: called when the button is pressed. It must catch its errors and show them.
        hint: the text that is shown while the mouse is over the button.
    """
    made = widgets.Button(description=label, tooltip=hint, layout={"width": "max-content"})
    made.on_click(lambda _button: callback())
    return made


def row(*parts: widgets.Widget) -> widgets.HBox:
    """Return the widgets side by side. If the page is narrow, they take more than one line."""
    return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})


class Panel:
    """A widget with buttons, a line of text for its state, and a line of text for errors.

    A subclass creates `widget`, and overrides `_show`, which shows the current state. The callbacks of the buttons and
    the thread that refreshes the panel share one lock. If one of them raises an error, the panel shows the error.

    Args:
        name: the panel's name. An open panel with this name is closed first. A panel without a name is not closed
            automatically.
        status_interval: the shortest time between two changes of the line for the state, in seconds.

    Attributes:
        refresh_hz: how many times per second the thread refreshes the panel.
        widget: the box that is displayed.
    """

    refresh_hz = SLOW_REFRESH_HZ
    widget: widgets.Box

    def __init__(self, name: str | None = None, status_interval: float = 0.0) -> None:
        self._lock = threading.RLock()
        self._view = widgets.HTML()
        self._status, self._alert = StatusLine(min_interval=status_interval), StatusLine("alert")
        self._action_error = ""  # of the last callback
        self._problem = ""  # what is wrong with the present state, as `_show` found it
        self._refresh_thread: PeriodicThread | None = None
        self._closed = False
        if name is not None:
            close_panel(name)  # a cell that runs again replaces its panel
            _open_panels[name] = self

    @property
    def status_text(self) -> str:
        """The text of the line for the state."""
        return self._status.text

    @property
    def alert_text(self) -> str:
        """The text of the line for errors; empty if there is no error."""
        return self._alert.text

    def _button(self, label: str, callback: Callable[[], object]) -> widgets.Button:
        return button(label, lambda: self.call_safely(callback))

    def call_safely(self, callback: Callable[[], object]) -> None:
        """Call `callback` with the lock held, as a button does. Show its error in the panel, and refresh the panel."""
        with self._lock:
            self._action_error = ""
            try:
                if self._closed:
                    raise UserError(_closed_text())
                callback()
            except Exception as error:  # without this, no one would see the error of a callback
                self._show_error(error)
            self.refresh()

    def _show_error(self, error: BaseException) -> None:
        self._action_error = format_error(error)
        self._alert.update(self._action_error)

    def refresh(self) -> None:
        """Show the current state. The thread that refreshes the panel calls this method, too."""
        with self._lock:
            self._problem = ""
            if not self._closed:
                try:
                    self._show()
                except Exception as error:  # without this, no one would see the error of the thread
                    self._problem = format_error(error)
            self._alert.update(self._action_error or self._problem)

    def _show(self) -> None:
        """Show the current state, and set `_problem` if something is wrong with it. The caller holds the lock."""

    def start_refreshing(self) -> None:
        """Start a thread that refreshes the panel `refresh_hz` times per second."""
        self.stop_refreshing()
        self._refresh_thread = PeriodicThread(self.refresh, self._show_error, self.refresh_hz)

    def stop_refreshing(self) -> None:
        """End the thread that refreshes the panel. A second call does nothing."""
        if self._refresh_thread is not None:
            self._refresh_thread.stop()

    def close(self) -> None:
        """End the thread that refreshes the panel, and close everything that the panel has opened.

        A second call does nothing.
        """
        self.stop_refreshing()
        with self._lock:
            if not self._closed:
                self._closed = True
                self._status.update(_closed_text(), final=True)
                self._release()

    def _release(self) -> None:
        """Close everything that the panel has opened. This is called at most once, with the lock held."""

    def _predecessor(self, key: Hashable) -> Self | None:
        """Return the last panel of this class that was created with `key`, or None. Register this panel under `key`.

        A cell that is run again uses this to keep its answers.
        """
        before = _latest_panels.get((type(self), key))
        _latest_panels[type(self), key] = self
        return before if isinstance(before, type(self)) else None

    def picture(self) -> StaticFigure | None:
        """Return the picture that a saved notebook shows instead of the panel; None if the panel has no picture."""
        return None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return the panel in several formats, for IPython. A saved notebook keeps only the text and the PNG."""
        with self._lock:
            picture = self.picture()
        saved = {"text/plain": repr(self)} | ({"image/png": picture.png} if picture else {})
        return self.widget._repr_mimebundle_() | saved


_open_panels: dict[str, Panel] = {}
_latest_panels: dict[tuple[type[Panel], Hashable], Panel] = {}


def _closed_text() -> str:
    return _("This panel is closed: run its cell again.")


def close_panel(name: str) -> None:
    """Close the open panel of this name, if there is one. Its errors are ignored."""
    panel = _open_panels.pop(name, None)
    if panel is not None:
        with contextlib.suppress(Exception):
            panel.close()


@atexit.register
def close_all() -> None:
    """Close all open panels. Python calls this at exit, because a thread must not draw while the kernel ends."""
    for name in list(_open_panels):
        close_panel(name)

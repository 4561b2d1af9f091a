"""A panel: what all widgets with buttons have in common, and the registry of the open panels."""

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
    """Return an exception as text for a learner: a `UserError` as it is, another exception with its type."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def button(label: str, callback: Callable[[], object], hint: str | None = None) -> widgets.Button:
    """Return a button as wide as its label. A click calls `callback`, which must catch its errors and show them."""
    made = widgets.Button(description=label, tooltip=hint, layout={"width": "max-content"})
    made.on_click(lambda _button: callback())
    return made


def row(*parts: widgets.Widget) -> widgets.HBox:
    """Return the parts side by side, on more than one line if the page is narrow."""
    return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})


class Panel:
    """A widget with buttons, a line for its state and a line for errors.

    A subclass builds `widget` and overrides `_show`, which shows the present state. The callbacks of the buttons and
    the thread that refreshes the panel share one lock, and show their errors in the panel.

    Args:
        name: the panel replaces the open panel of this name. A panel without a name is never closed.
        status_interval: seconds between two changes of the line that shows the state.
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
        """The text of the line that shows the state."""
        return self._status.text

    @property
    def alert_text(self) -> str:
        """The text of the line that shows errors; empty if there is no error."""
        return self._alert.text

    def _button(self, label: str, callback: Callable[[], object]) -> widgets.Button:
        return button(label, lambda: self.call_safely(callback))

    def call_safely(self, callback: Callable[[], object]) -> None:
        """Call `callback` as a button does, and show the state that it leads to. An error is shown in the panel."""
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
        """Show the present state. The refreshing thread calls this method, too."""
        with self._lock:
            self._problem = ""
            if not self._closed:
                try:
                    self._show()
                except Exception as error:  # without this, no one would see the error of the thread
                    self._problem = format_error(error)
            self._alert.update(self._action_error or self._problem)

    def _show(self) -> None:
        """Show the present state, and set `_problem` if something is wrong with it. Called with the lock held."""

    def start_refreshing(self) -> None:
        """Refresh the panel `refresh_hz` times per second, in a thread."""
        self.stop_refreshing()
        self._refresh_thread = PeriodicThread(self.refresh, self._show_error, self.refresh_hz)

    def stop_refreshing(self) -> None:
        """End the thread that refreshes the panel. Safe to call twice."""
        if self._refresh_thread is not None:
            self._refresh_thread.stop()

    def close(self) -> None:
        """End the thread, and close everything that the panel has opened. Safe to call twice."""
        self.stop_refreshing()
        with self._lock:
            if not self._closed:
                self._closed = True
                self._status.update(_closed_text(), final=True)
                self._release()

    def _release(self) -> None:
        """Close everything that the panel has opened. Called once, with the lock held."""

    def _predecessor(self, key: Hashable) -> Self | None:
        """Return the panel of this class that had `key` before: a cell that runs again may keep its answers."""
        before = _latest_panels.get((type(self), key))
        _latest_panels[type(self), key] = self
        return before if isinstance(before, type(self)) else None

    def picture(self) -> StaticFigure | None:
        """Return the picture for a saved notebook, if the panel has one."""
        return None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return the live widget, and for a saved notebook a fixed text and a PNG. IPython calls this method."""
        with self._lock:
            picture = self.picture()
        saved = {"text/plain": repr(self)} | ({"image/png": picture.png} if picture else {})
        return self.widget._repr_mimebundle_() | saved


_open_panels: dict[str, Panel] = {}
_latest_panels: dict[tuple[type[Panel], Hashable], Panel] = {}


def _closed_text() -> str:
    return _("This panel is closed: run its cell again.")


def close_panel(name: str) -> None:
    """Close the open panel of this name, if there is one."""
    panel = _open_panels.pop(name, None)
    if panel is not None:
        with contextlib.suppress(Exception):
            panel.close()


@atexit.register
def close_all() -> None:
    """Close all open panels. A thread that still draws while the kernel ends would write to closed channels."""
    for name in list(_open_panels):
        close_panel(name)

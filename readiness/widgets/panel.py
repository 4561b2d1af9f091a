"""The base class of all panels (widgets with buttons), and the registry of the open panels."""

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable, Hashable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

import ipywidgets as widgets

from readiness.base.messages import UserError, _
from readiness.graphics.charts import StaticFigure
from readiness.widgets.motion import Motion
from readiness.widgets.no_front_end import say_if_closed
from readiness.widgets.status_line import StatusLine, format_error
from readiness.widgets.threads import PeriodicThread
from readiness.widgets.tree import close_widgets, widget_tree

REFRESH_HZ = 8.0  # refreshes of the echo panel, per second
SLOW_REFRESH_HZ = 5.0  # refreshes of the other panels that refresh by themselves, per second
SETTLE_ENV = "READINESS_SETTLE"
"""The environment variable that makes a panel settle before its picture is taken; `tools.notebooks.freeze` sets it."""
SETTLED_KEY = "settled"
"""The key in the metadata of an output for the seconds that a panel has taken to settle."""


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


Arguments = ParamSpec("Arguments")
AnyPanel = TypeVar("AnyPanel", bound="Panel")


def closed_on_error(
    init: Callable[Concatenate[AnyPanel, Arguments], None],
) -> Callable[Concatenate[AnyPanel, Arguments], None]:
    """Decorate the `__init__` of a panel: if it raises an exception, close the panel.

    The exception may be the KeyboardInterrupt of an interrupted cell. Without this, the processes and threads that the
    panel has already started would go on, and no variable of the learner would hold the panel.
    """

    @wraps(init)
    def wrapper(self: AnyPanel, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        created: list[widgets.Widget] = []
        widgets.Widget.on_widget_constructed(created.append)
        try:
            init(self, *args, **kwargs)
            widgets.Widget.on_widget_constructed(None)
        except BaseException:
            widgets.Widget.on_widget_constructed(None)
            with contextlib.suppress(Exception):  # the panel is half made
                self.close()
            close_widgets(created)
            raise

    return wrapper


class Panel:
    """A widget with buttons, a line of text for its state, and a line of text for errors.

    A subclass creates `widget`, and overrides `_show`, which shows the current state. If its `__init__` starts a thread
    or a process, it has the decorator `closed_on_error`. The callbacks of the buttons and the thread that refreshes the
    panel share one lock. If one of them raises an error, the panel shows the error. That is true for any exception: a
    learner's server may raise SystemExit or KeyboardInterrupt, which would end the notebook's kernel.

    Args:
        name: the panel's name. An open panel with this name is closed first. A panel without a name is not closed
            automatically.
        status_interval: the shortest time between two changes of the line for the state, in seconds.

    Attributes:
        refresh_hz: how many times per second the thread refreshes the panel.
        widget: the box that is displayed.
        held: True if `_show` must change no chart, but every text (see `Motion`).
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
        self._closed = self._released = False
        self._motion, self.held = Motion(), False
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

    def _hold_button(self) -> widgets.Box:
        """Return a button that holds the charts of the panel, and lets them go on."""
        return self._motion.make_buttons(self.call_safely)

    def call_safely(self, callback: Callable[[], object], catch: type[BaseException] = BaseException) -> None:
        """Call `callback` with the lock held, as a button does. Show its error in the panel, and refresh the panel.

        Args:
            callback: the function to call.
            catch: the exceptions that are shown. A panel's `__init__` passes Exception: the interrupt of its cell must
                end the cell.
        """
        with self._lock:
            self._action_error = ""
            self._motion.pressed()
            try:
                if self._closed:
                    raise UserError(_closed_text())
                callback()
            except catch as error:  # without this, no one would see the error of a callback
                self._show_error(error)
            self.refresh(catch)

    def _show_error(self, error: BaseException) -> None:
        self._action_error = format_error(error)
        self._alert.update(self._action_error)

    def refresh(self, catch: type[BaseException] = Exception) -> None:
        """Show the current state. The panel shows an error of the kind `catch`, as in `call_safely`."""
        with self._lock:
            self._problem, self.held = "", self._motion.holds()
            if not self._closed:
                try:
                    self._show()
                except catch as error:  # without this, no one would see the error of the thread
                    self._problem = format_error(error)
            self._alert.update(self._action_error or self._problem)

    def _show(self) -> None:
        """Show the current state, and set `_problem` if something is wrong with it. The caller holds the lock."""

    def start_refreshing(self) -> None:
        """Start a thread that refreshes the panel `refresh_hz` times per second."""
        self.stop_refreshing()
        self._refresh_thread = PeriodicThread(partial(self.refresh, BaseException), self._show_error, self.refresh_hz)

    def stop_refreshing(self) -> None:
        """End the thread that refreshes the panel. A second call does nothing."""
        if self._refresh_thread is not None:
            self._refresh_thread.stop()

    def close(self) -> None:
        """End the thread that refreshes the panel, and close everything that the panel has opened.

        A second call does nothing.
        """
        try:
            self.stop_refreshing()
        finally:  # also if the cell is interrupted while the thread ends
            with self._lock:
                self._closed = True
                if not self._released:
                    self._status.update(_closed_text(), final=True)
                    self._release()
                    self._close_widgets()
                    self._released = True

    def own_widgets(self) -> list[widgets.Widget]:
        """Return widgets that belong to this panel. All others of the panel are inside of one of them."""
        owned = [value for value in vars(self).values() if isinstance(value, widgets.Widget)]
        return [*owned, self._alert.widget, self._status.widget]

    def _close_widgets(self) -> None:
        """Close all widgets of the panel, but keep its box, with the line that says that the panel is closed."""
        tops = self.own_widgets()
        keep = [*widget_tree(self._status.widget)]
        if hasattr(self, "widget"):  # not so if its `__init__` was interrupted
            tops += self.widget.children
            self.widget.children = [self._status.widget]
            keep += [self.widget, self.widget.layout]
        close_widgets(tops, keep)

    def _release(self) -> None:
        """Close everything that the panel has opened. The caller holds the lock.

        This is called again by the next `close`, if it raises an exception. Parts of the panel may be missing, if its
        `__init__` was interrupted.
        """

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

    def settle(self) -> None:
        """Use the panel for some seconds, so that its picture in a saved notebook shows what a learner will see.

        A panel with a live chart overrides this method: it connects clients and waits until the chart is full. It takes
        20 seconds at most. Only freezing calls it (see `SETTLE_ENV`): for a learner, and for nbval, no panel settles.
        The caller does not hold the lock.
        """

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, object], dict[str, object]]:
        """Return the panel in several formats, and their metadata. A saved notebook keeps only the text and the PNG.

        If the panel has settled, the metadata contain the seconds that this took, which no learner waits.
        """
        metadata: dict[str, object] = {}
        if os.environ.get(SETTLE_ENV) and not self._closed:
            started = time.monotonic()
            self.settle()
            metadata[SETTLED_KEY] = time.monotonic() - started
        with self._lock:
            self._status.allow_update()  # a panel that was made before a long run shows what is true after it
            self.refresh()
            picture = self.picture()
        say_if_closed(self.widget)
        bundle = (self.widget._repr_mimebundle_() if self.widget.comm else {}) | {"text/plain": repr(self)}
        if picture:
            bundle["image/png"], metadata["image/png"] = picture.png, {"alt": picture.alt}
        return bundle, metadata


_open_panels: dict[str, Panel] = {}
_closed_boxes: dict[str, widgets.Box] = {}  # what is left of the panel that was closed last, by its name
_latest_panels: dict[tuple[type[Panel], Hashable], Panel] = {}


def _closed_text() -> str:
    return _("This panel is closed: run its cell again.")


def close_panel(name: str) -> None:
    """Close the open panel of this name, if there is one. Its errors are ignored.

    What the browser shows of an older panel of this name is closed, too, so that the kernel keeps one box for a name.
    """
    panel = _open_panels.get(name)
    if panel is not None:
        with contextlib.suppress(Exception):
            panel.close()
        _open_panels.pop(name, None)  # not before: if the cell is interrupted meanwhile, the panel can be closed again
        if name in _closed_boxes:
            close_widgets([_closed_boxes[name]])
        if hasattr(panel, "widget"):
            _closed_boxes[name] = panel.widget


@atexit.register
def close_all() -> None:
    """Close all open panels. Python calls this at exit, because a thread must not draw while the kernel ends."""
    for name in list(_open_panels):
        close_panel(name)

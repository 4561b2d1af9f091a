"""What keeps a panel moving: a thread that ticks, a status line in words, and the panel's saved form."""

import atexit
import contextlib
import sys
import threading
import time
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import UserError, _
from readiness.graphics.charts import StaticFigure


def in_words(error: BaseException) -> str:
    """An exception as a learner should read it: our own sentences as they are, others with their kind."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def button(name: str, deed: Callable[[], None]) -> widgets.Button:
    """A button as wide as its words; pressed, it calls `deed`, which catches what goes wrong and shows it."""
    made = widgets.Button(description=name, layout={"width": "max-content"})
    made.on_click(lambda _button: deed())
    return made


class Ticker:
    """Calls `tick` `rate` times a second from a thread of its own, so that the screen moves while a cell runs.

    (An asyncio task would freeze as long as any cell runs.) An error is given to `fault`, and ticking goes on.
    While a ticker lives, threads take turns every millisecond instead of every five: beside a cell that spins, the
    server's thread and this one would else get one turn in a hundred of the interpreter lock.
    """

    def __init__(self, tick: Callable[[], None], fault: Callable[[BaseException], None], rate: float = 8.0) -> None:
        self._tick, self._fault, self._pause = tick, fault, 1 / rate
        self._end = threading.Event()
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(0.001)
        self._thread = threading.Thread(target=self._run, name="readiness-ticker", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._end.wait(max(0.0, due - time.monotonic())):
            due = max(due + self._pause, time.monotonic())  # a frame that was late is not made up for
            try:
                self._tick()
            except Exception as error:  # a thread's exception would be seen by nobody
                self._fault(error)

    def stop(self) -> None:
        self._end.set()
        sys.setswitchinterval(self._turn)
        if threading.current_thread() is not self._thread:
            self._thread.join()


class Errand:
    """Does one thing at a time in a thread of its own, always the one that was asked for last: a slider outruns it."""

    def __init__(self, fault: Callable[[BaseException], None]) -> None:
        self._fault = fault
        self._change = threading.Condition()
        self._next: Callable[[], None] | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="readiness-errand", daemon=True)
        self._thread.start()

    def ask(self, deed: Callable[[], None]) -> None:
        with self._change:
            self._next = deed
            self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._next or self._ended)
                deed, self._next = self._next, None
            if self._ended:
                return
            try:
                deed()
            except Exception as error:  # a thread's exception would be seen by nobody
                self._fault(error)

    def stop(self) -> None:
        with self._change:
            self._ended = True
            self._change.notify()
        self._thread.join()


class Line:
    """A line of words under a picture. `calm`: seconds between two changes; the last word always comes through.

    role: `status` is read out when there is time, `alert` at once (WAI-ARIA 1.2).
    """

    def __init__(self, role: str = "status", calm: float = 3.0) -> None:
        self.widget = widgets.HTML()
        self._role, self._calm = role, calm
        self._shown, self._at = "", -calm

    def say(self, words: str, last: bool = False) -> None:
        """Call it as often as you like; what is to stay is said until it is shown, or as the `last` word."""
        now = time.monotonic()
        if words != self._shown and (last or now - self._at >= self._calm):
            self._shown, self._at = words, now
            self.widget.value = f'<div role="{self._role}">{escape(words)}</div>' if words else ""


_open: dict[str, Any] = {}


def replace(name: str, panel: Any) -> None:
    """Close the panel that was open under this name: a cell that is run again replaces its panel."""
    old = _open.pop(name, None)
    if old is not None:
        with contextlib.suppress(Exception):
            old.close()
    if panel is not None:
        _open[name] = panel


@atexit.register
def close_all() -> None:
    """Close every open panel: a thread that still draws while the kernel ends would write into closed channels."""
    for name in list(_open):
        replace(name, None)


def bundle(widget: widgets.Widget, words: str, picture: StaticFigure | None = None) -> dict[str, Any]:
    """A panel's output: the live widget, and what stays of it in a saved notebook: a PNG and a fixed text."""
    saved = {"text/plain": words} | ({"image/png": picture.png} if picture else {})
    return widget._repr_mimebundle_() | saved


def nothing_ready() -> str:
    return _("Nothing has been ready yet: connect a client and let it talk.")

"""Level-triggered beside edge-triggered: buttons that write, read, wait and modify, and both epolls' results."""

import threading
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.graphics.charts import StaticFigure
from readiness.graphics.diagrams import cell_table
from readiness.system import trigger_modes
from readiness.widgets import base

MAX_STEPS = 12  # steps of the history that are shown, the latest ones
CELL = "padding: 1px 12px; border-bottom: 1px solid; text-align: left; font-weight: normal"
HIGHLIGHT = "; font-weight: bold; background: rgba(127, 127, 127, 0.25)"


class TriggerPanel:
    """Show two epolls that watch one descriptor; every button is one step. Without epoll, its status line says so.

    It begins with three bytes written and one wait; *Start again* begins with nothing done.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pair: trigger_modes.LevelEdgePair | None = None
        self._status_text = ""
        self._view = widgets.HTML()
        self._status = base.StatusLine(min_interval=0)
        self._kind = widgets.ToggleButtons(
            options=list(trigger_modes.KINDS),
            description=_("Descriptor"),
            style={"button_width": "100px"},
            layout={"width": "max-content"},
        )
        self._kind.observe(lambda _change: self.call_safely(self._restart), "value")
        actions = {
            _("Write 3 bytes"): lambda: self._open_pair().write(3),
            _("Read 1"): lambda: self._open_pair().read(1),
            _("Read all"): lambda: self._open_pair().read(),
            _("Wait"): lambda: self._open_pair().wait(),
            _("Modify"): lambda: self._open_pair().modify(),
            _("Start again"): self._restart,
        }
        bar = widgets.HBox([self._button(*action) for action in actions.items()], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([self._kind, bar, self._status.widget, self._view])
        self.call_safely(self._first_steps)
        base.register("triggers", self)

    def _button(self, label: str, callback: Callable[[], None]) -> widgets.Button:
        return base.button(label, lambda: self.call_safely(callback))

    def call_safely(self, callback: Callable[[], None]) -> None:
        """Call `callback`; an error is shown in the panel."""
        with self._lock:
            try:
                callback()
                self._status_text = self._describe_last_step()
            except Exception as error:  # an error in a callback would not be shown
                self._status_text = base.format_error(error)
            self._view.value = self._table()
            self._status.update(self._status_text)

    def _open_pair(self) -> trigger_modes.LevelEdgePair:
        if self._pair is None:
            self._pair = trigger_modes.LevelEdgePair(self._kind.value)
        return self._pair

    def _first_steps(self) -> None:
        pair = self._open_pair()
        pair.write(3)
        pair.wait()

    def _restart(self) -> None:
        self.close()
        self._open_pair()

    def close(self) -> None:
        with self._lock:
            pair, self._pair = self._pair, None
            if pair is not None:
                pair.close()

    @property
    def history(self) -> list[trigger_modes.Step]:
        """The steps since the start, each with its results."""
        return list(self._pair.history) if self._pair else []

    def _describe_last_step(self) -> str:
        history = self.history
        if not history:
            return _("A new {kind}, watched by both. Nothing is done yet.").format(kind=self._kind.value)
        did, unread, level, edge = trigger_modes.rows(history)[-1]
        text = _("Step {n}, {did}.").format(n=len(history), did=did)
        if level:
            text += " " + _("Level-triggered: {level}. Edge-triggered: {edge}.").format(level=level, edge=edge)
        return text + " " + _("Bytes unread: {unread}.").format(unread=unread)

    def _table(self) -> str:
        first = max(0, len(self.history) - MAX_STEPS)
        headings = (_("step"), *trigger_modes.headers())
        header = "".join(
            f'<th scope="col" style="{CELL}; font-weight: bold">{escape(heading)}</th>' for heading in headings
        )
        body = ""
        for n, (did, unread, *results) in enumerate(trigger_modes.rows(self.history)[first:], first + 1):
            cells = f'<th scope="row" style="{CELL}">{n}</th><td style="{CELL}">{escape(did)}</td>'
            cells += f'<td style="{CELL}">{unread}</td>'
            for result in results:
                cells += f'<td style="{CELL}{HIGHLIGHT if result == _("event") else ""}">{escape(result)}</td>'
            body += f"<tr>{cells}</tr>"
        caption = escape(_("The results of both, the last {n} steps").format(n=MAX_STEPS))
        style = "border-collapse: collapse; line-height: 1.6"
        return f'<table style="{style}"><caption>{caption}</caption><thead><tr>{header}</tr></thead>{body}</table>'

    def picture(self) -> StaticFigure | None:
        """Draw the last steps of the history as a table; None while it is empty."""
        first = max(0, len(self.history) - MAX_STEPS)
        rows = {f"{n}. {row[0]}": row[1:] for n, row in enumerate(trigger_modes.rows(self.history), 1) if n > first}
        highlighted = [(name, c) for name, texts in rows.items() for c, text in enumerate(texts) if text == _("event")]
        head, *heads = trigger_modes.headers()
        return cell_table(rows, heads, repr(self), highlighted, head) if rows else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        with self._lock:
            return base.mimebundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return trigger_modes.table(self.history) if self.history else self._status_text

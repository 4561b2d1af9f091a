"""Level beside edge: buttons that write, read, wait and modify, and what each of the two epolls said at each step."""

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

SHOWN = 12  # steps of the history, the last ones
CELL = "padding: 1px 12px; border-bottom: 1px solid; text-align: left; font-weight: normal"
STRONG = "; font-weight: bold; background: rgba(127, 127, 127, 0.25)"


class EdgePanel:
    """Two epolls watch one descriptor; every button is one step. Where there is no epoll it says so, in its status.

    It begins with three bytes written and one wait; *Start anew* begins with nothing done.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pair: trigger_modes.Pair | None = None
        self._words = ""
        self._view = widgets.HTML()
        self._status = base.Line(calm=0)
        self._kind = widgets.ToggleButtons(
            options=list(trigger_modes.KINDS),
            description=_("Descriptor"),
            style={"button_width": "100px"},
            layout={"width": "max-content"},
        )
        self._kind.observe(lambda _change: self._do(self._anew), "value")
        deeds = {
            _("Write 3 bytes"): lambda: self._ready().write(3),
            _("Read 1"): lambda: self._ready().read(1),
            _("Read all"): lambda: self._ready().read(),
            _("Wait"): lambda: self._ready().wait(),
            _("Modify"): lambda: self._ready().modify(),
            _("Start anew"): self._anew,
        }
        bar = widgets.HBox([self._button(*deed) for deed in deeds.items()], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([self._kind, bar, self._status.widget, self._view])
        self._do(self._begin)
        base.replace("edges", self)

    def _button(self, name: str, deed: Callable[[], None]) -> widgets.Button:
        return base.button(name, lambda: self._do(deed))

    def _do(self, deed: Callable[[], None]) -> None:
        with self._lock:
            try:
                deed()
                self._words = self._said()
            except Exception as error:  # in a callback it would be seen by nobody
                self._words = base.in_words(error)
            self._view.value = self._table()
            self._status.say(self._words)

    def _ready(self) -> trigger_modes.Pair:
        if self._pair is None:
            self._pair = trigger_modes.Pair(self._kind.value)
        return self._pair

    def _begin(self) -> None:
        pair = self._ready()
        pair.write(3)
        pair.wait()

    def _anew(self) -> None:
        self.close()
        self._ready()

    def close(self) -> None:
        with self._lock:
            pair, self._pair = self._pair, None
            if pair is not None:
                pair.close()

    @property
    def history(self) -> list[trigger_modes.Moment]:
        """What was done, and said, since the start."""
        return list(self._pair.history) if self._pair else []

    def _said(self) -> str:
        history = self.history
        if not history:
            return _("A new {kind}, watched by both. Nothing is done yet.").format(kind=self._kind.value)
        did, unread, level, edge = trigger_modes.rows(history)[-1]
        said = _("Step {n}, {did}.").format(n=len(history), did=did)
        if level:
            said += " " + _("Level-triggered: {level}. Edge-triggered: {edge}.").format(level=level, edge=edge)
        return said + " " + _("Bytes unread: {unread}.").format(unread=unread)

    def _table(self) -> str:
        first = max(0, len(self.history) - SHOWN)
        names = (_("step"), *trigger_modes.heads())
        heads = "".join(f'<th scope="col" style="{CELL}; font-weight: bold">{escape(name)}</th>' for name in names)
        body = ""
        for n, (did, unread, *said) in enumerate(trigger_modes.rows(self.history)[first:], first + 1):
            cells = f'<th scope="row" style="{CELL}">{n}</th><td style="{CELL}">{escape(did)}</td>'
            cells += f'<td style="{CELL}">{unread}</td>'
            for word in said:
                cells += f'<td style="{CELL}{STRONG if word == _("event") else ""}">{escape(word)}</td>'
            body += f"<tr>{cells}</tr>"
        caption = escape(_("What both said, the last {n} steps").format(n=SHOWN))
        style = "border-collapse: collapse; line-height: 1.6"
        return f'<table style="{style}"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>{body}</table>'

    def picture(self) -> StaticFigure | None:
        """The history as cells, its last steps; None as long as there is none."""
        first = max(0, len(self.history) - SHOWN)
        rows = {f"{n}. {row[0]}": row[1:] for n, row in enumerate(trigger_modes.rows(self.history), 1) if n > first}
        highlighted = [(name, c) for name, texts in rows.items() for c, text in enumerate(texts) if text == _("event")]
        head, *heads = trigger_modes.heads()
        return cell_table(rows, heads, repr(self), highlighted, head) if rows else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        with self._lock:
            return base.bundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return trigger_modes.table(self.history) if self.history else self._words

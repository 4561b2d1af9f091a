"""A panel that compares level-triggered with edge-triggered epoll: buttons for each step, and a table of the events."""

import ipywidgets as widgets

from readiness.base.html_table import html_table
from readiness.base.messages import _
from readiness.graphics.charts import StaticFigure
from readiness.graphics.diagrams import cell_table
from readiness.graphics.styles import READY
from readiness.system import trigger_modes
from readiness.widgets.panel import Panel, closed_on_error, row
from readiness.widgets.switch import switch

MAX_STEPS = 15  # steps of the history that are shown, the latest ones; the steps of episode 06a fit


class TriggerPanel(Panel):
    """A panel with two epolls that watch the same descriptor: one is level-triggered, the other edge-triggered.

    Each button does one step: write, read, wait or modify. The table shows what each epoll returned. The panel begins
    with three steps already done: three bytes written, and two waits. Only the second wait differs between the two
    epolls. The button *Start again* begins with no step done.
    Without epoll, the panel shows an error.
    """

    @closed_on_error
    def __init__(self) -> None:
        super().__init__("triggers")
        self._pair: trigger_modes.LevelEdgePair | None = None
        kinds = list(trigger_modes.KINDS)
        self._kind = switch(_("Descriptor"), kinds, lambda _kind: self.call_safely(self._restart), "100px")
        actions = {
            _("Write 3 bytes"): lambda: self._open_pair().write(3),
            _("Read 1"): lambda: self._open_pair().read(1),
            _("Read all"): lambda: self._open_pair().read(),
            _("Wait"): lambda: self._open_pair().wait(),
            _("Modify"): lambda: self._open_pair().modify(),
            _("Start again"): self._restart,
        }
        bar = row(*(self._button(label, callback) for label, callback in actions.items()))
        self.widget = widgets.VBox([self._kind, bar, self._alert.widget, self._status.widget, self._view])
        self.call_safely(self._first_steps, catch=Exception)

    def _open_pair(self) -> trigger_modes.LevelEdgePair:
        if self._pair is None:
            self._pair = trigger_modes.LevelEdgePair(self._kind.value)
        return self._pair

    def _first_steps(self) -> None:
        pair = self._open_pair()
        pair.write(3)
        pair.wait()
        pair.wait()

    def _restart(self) -> None:
        self._release()
        self._open_pair()

    def _release(self) -> None:
        pair = getattr(self, "_pair", None)  # missing if `__init__` was interrupted
        if pair is not None:
            pair.close()
        self._pair = None  # not before: if the cell is interrupted meanwhile, the next call closes the pair

    @property
    def history(self) -> list[trigger_modes.Step]:
        """The steps since the start. Each one holds the results of both epolls."""
        return list(self._pair.history) if self._pair else []

    def _show(self) -> None:
        self._status.update(self._describe_last_step())
        first = max(0, len(self.history) - MAX_STEPS)
        rows = [(n, *texts) for n, texts in enumerate(trigger_modes.rows(self.history), 1) if n > first]
        text = _("Steps {first} to {last}, and the result of each wait")
        caption = text.format(first=first + 1, last=len(self.history)) if rows else ""
        headers = (_("step"), *trigger_modes.headers())
        self._view.value = html_table(caption, headers, rows, highlighted=_("event"))

    def _describe_last_step(self) -> str:
        if self._pair is None:
            return ""
        history = self.history
        if not history:
            return _("A new {kind}, watched by both. Nothing is done yet.").format(kind=self._kind.value)
        did, unread, level, edge = trigger_modes.rows(history)[-1]
        text = _("Step {n}, {did}.").format(n=len(history), did=did)
        if level:
            text += " " + _("Level-triggered: {level}. Edge-triggered: {edge}.").format(level=level, edge=edge)
        return text + " " + _("Bytes unread: {unread}.").format(unread=unread)

    def picture(self) -> StaticFigure | None:
        """Return a table of the last `MAX_STEPS` steps as a picture; None if no step is done yet."""
        first = max(0, len(self.history) - MAX_STEPS)
        steps = enumerate(trigger_modes.rows(self.history), 1)
        rows = {f"{n}. {did}": results for n, (did, *results) in steps if n > first}
        highlighted = [(name, c) for name, texts in rows.items() for c, text in enumerate(texts) if text == _("event")]
        head, *heads = trigger_modes.headers()
        return cell_table(rows, heads, repr(self), highlighted, head, title=self._claim(), look=READY) if rows else None

    def _claim(self) -> str:
        """Return what the last wait shows, as a sentence."""
        last = next((step for step in reversed(self.history) if step.action == "wait"), None)
        if last is None:
            return _("No epoll has been asked yet")
        if last.level == last.edge:
            return _("Both epolls return an event") if last.level else _("No epoll returns an event")
        if last.level:
            return _("Only the level-triggered epoll reports the old bytes again")
        return _("Only the edge-triggered epoll returns an event")

    def __repr__(self) -> str:
        return trigger_modes.table(self.history) if self.history else self.alert_text or self.status_text

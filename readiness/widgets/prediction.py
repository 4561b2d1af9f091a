"""A prediction: asked before a measurement, locked when it is shown, and set beside it.

Its choices are buttons: from a group of radio buttons, JupyterLab takes the arrow keys for its cells.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.widgets.base import bundle, button

_asked: dict[str, "Prediction"] = {}  # the last one of each question


class Prediction:
    """One question, answered by one of its `choices`, or by a number of `unit`.

    A cell that is run again keeps its answer, since Shift-Enter after a click on a choice does just that; once the
    prediction is locked, running it again asks anew.
    """

    def __init__(self, question: str, choices: Sequence[str] = (), unit: str = "") -> None:
        self.question = question
        self.locked = False
        self.choices = list(choices)
        self.unit = unit
        self._note = widgets.HTML()
        self._chosen: str | None = None
        self._buttons = [self._button(choice) for choice in self.choices]
        self._text = widgets.Text(
            description=_("Your guess"), tooltip=question, layout={"width": "200px"}, continuous_update=False
        )
        self._text.observe(lambda _change: self._show(), "value")
        row = widgets.VBox(self._buttons) if self.choices else widgets.HBox([self._text, widgets.Label(unit)])
        self.widget = widgets.VBox([widgets.HTML(f"<b>{escape(question)}</b>"), row, self._note])
        before = _asked.get(question)
        if before and not before.locked and (before.choices, before.unit) == (self.choices, unit):
            self._chosen, self._text.value = before._chosen, before._text.value
            self._show()
        _asked[question] = self

    def _button(self, choice: str) -> widgets.Button:
        return button(choice, lambda: setattr(self, "choice", choice))

    @property
    def choice(self) -> str | float | None:
        """The chosen words, or the number; None for none yet. Once locked, it stays."""
        return self._chosen if self.choices else _number(self._text.value)

    @choice.setter
    def choice(self, value: str | float) -> None:
        if self.locked:
            return
        if self.choices:
            self._chosen = self.choices[self.choices.index(value)]
        else:
            self._text.value = str(value)
        self._show()

    def _show(self) -> None:
        for made in self._buttons:
            made.icon = "check" if made.description == self._chosen else ""
        said = ""
        if self.choices and self._chosen is not None:
            said = _("You chose: {choice}.").format(choice=self._chosen)
        elif self._text.value.strip() and self.choice is None:
            said = _("Write it as a number, such as 12 or 0.5.")
        self._note.value = f'<div role="status">{escape(said)}</div>' if said else ""

    def reveal(self, measured: str) -> None:
        """Lock the prediction, and print it beside what was measured."""
        self.locked = True
        for answer in (*self._buttons, self._text):
            answer.disabled = True
        self._show()
        locked = escape(_("Locked: the measurement has been shown."))
        self._note.value = f"{self._note.value}<div>{locked}</div>"
        print(_("You predicted: {said}. Measured: {measured}.").format(said=self._said(), measured=measured))

    def _said(self) -> str:
        if self.choice is None:
            return _("nothing, this time")
        return self.choice if self.choices else f"{self.choice:,g} {self.unit}".strip()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        lines = [f"  ( ) {choice}" for choice in self.choices] or [f"  [      ] {self.unit}".rstrip()]
        return "\n".join([self.question, *lines])


def _number(text: str) -> float | None:
    """The number that was typed, whatever stands behind it ("1,000 µs", "10 %"); None if it begins with none."""
    found = re.match(r"\s*[-+]?(\d[\d,_' ]*(\.\d+)?|\.\d+)", text)
    return float(re.sub(r"[,_' ]", "", found[0])) if found else None

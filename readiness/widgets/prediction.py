"""A prediction: asked before a measurement, locked when the measurement is shown, and compared with it.

Its choices are buttons: from a group of radio buttons, JupyterLab takes the arrow keys for its cells.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.widgets.base import button, mimebundle

_latest: dict[str, "Prediction"] = {}  # the latest for each question


class Prediction:
    """One question, answered by one of its `choices`, or by a number of `unit`.

    A cell that is run again keeps its answer: Shift-Enter after a click on a choice runs it again. Once the
    prediction is locked, the cell asks again.
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
        before = _latest.get(question)
        if before and not before.locked and (before.choices, before.unit) == (self.choices, unit):
            self._chosen, self._text.value = before._chosen, before._text.value
            self._show()
        _latest[question] = self

    def _button(self, choice: str) -> widgets.Button:
        return button(choice, lambda: setattr(self, "choice", choice))

    @property
    def choice(self) -> str | float | None:
        """The choice, or the number; None before there is one. It can't be changed once locked."""
        return self._chosen if self.choices else _parse_number(self._text.value)

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
        for widget in self._buttons:
            widget.icon = "check" if widget.description == self._chosen else ""
        note = ""
        if self.choices and self._chosen is not None:
            note = _("You chose: {choice}.").format(choice=self._chosen)
        elif self._text.value.strip() and self.choice is None:
            note = _("Write it as a number, such as 12 or 0.5.")
        self._note.value = f'<div role="status">{escape(note)}</div>' if note else ""

    def reveal(self, measured: str) -> None:
        """Lock the prediction, and print it with the measured value."""
        self.locked = True
        for widget in (*self._buttons, self._text):
            widget.disabled = True
        self._show()
        locked = escape(_("Locked: the measurement has been shown."))
        self._note.value = f"{self._note.value}<div>{locked}</div>"
        print(_("You predicted: {answer}. Measured: {measured}.").format(answer=self._answer_text(), measured=measured))

    def _answer_text(self) -> str:
        if self.choice is None:
            return _("nothing, this time")
        return self.choice if self.choices else f"{self.choice:,g} {self.unit}".strip()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return mimebundle(self.widget, repr(self))

    def __repr__(self) -> str:
        lines = [f"  ( ) {choice}" for choice in self.choices] or [f"  [      ] {self.unit}".rstrip()]
        return "\n".join([self.question, *lines])


def _parse_number(text: str) -> float | None:
    """Parse the number at the start of `text`, and ignore what follows ("1,000 µs", "10 %"); None if there is none."""
    match = re.match(r"\s*[-+]?(\d[\d,_' ]*(\.\d+)?|\.\d+)", text)
    return float(re.sub(r"[,_' ]", "", match[0])) if match else None

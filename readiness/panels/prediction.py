"""A prediction: asked before a measurement, locked when it is shown, and set beside it."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.panels.live import bundle
from readiness.words import _

_asked: dict[str, "Prediction"] = {}  # the last one of each question


class Prediction:
    """One question, answered by one of its `choices`, or by a number of `unit`.

    A cell that is run again keeps its answer, since Shift-Enter after a click on a choice does just that; once the
    prediction is locked, running it again asks anew.
    """

    def __init__(self, question: str, choices: Sequence[str] = (), unit: str = "") -> None:
        self.question = question
        self.choices = list(choices)
        self.unit = unit
        self._note = widgets.HTML()
        if choices:
            self._answer: widgets.Widget = widgets.RadioButtons(
                options=choices, value=None, layout={"width": "max-content"}, description="", tooltip=question
            )
            row = self._answer
        else:
            self._answer = widgets.Text(
                description=_("Your guess"), tooltip=question, layout={"width": "200px"}, continuous_update=False
            )
            self._answer.observe(self._typed, "value")
            row = widgets.HBox([self._answer, widgets.Label(unit)])
        self.widget = widgets.VBox([widgets.HTML(f"<b>{escape(question)}</b>"), row, self._note])
        before = _asked.get(question)
        if before and not before.locked and (before.choices, before.unit) == (self.choices, unit):
            self._answer.value = before._answer.value
        _asked[question] = self

    @property
    def choice(self) -> str | float | None:
        """The chosen words, or the number; None for none yet."""
        return self._answer.value if self.choices else _number(self._answer.value)

    @choice.setter
    def choice(self, value: str | float) -> None:
        if not self.locked:
            self._answer.value = value if self.choices else str(value)

    @property
    def locked(self) -> bool:
        return self._answer.disabled

    def _typed(self, _change: dict) -> None:
        understood = not self._answer.value.strip() or self.choice is not None
        self._note.value = "" if understood else escape(_("Write it as a number, such as 12 or 0.5."))

    def reveal(self, measured: str) -> None:
        """Lock the prediction, and print it beside what was measured."""
        self._answer.disabled = True
        self._note.value = escape(_("Locked: the measurement has been shown."))
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

"""A prediction: asked before a measurement, locked when it is shown, and set beside it."""

from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.panels.live import bundle
from readiness.words import _


class Prediction:
    """One question and its choices. Run its cell again to choose anew."""

    def __init__(self, question: str, choices: list[str]) -> None:
        self.question = question
        self.choices = choices
        self._radio = widgets.RadioButtons(
            options=choices, value=None, layout={"width": "max-content"}, description="", tooltip=question
        )
        self._note = widgets.HTML()
        self.widget = widgets.VBox([widgets.HTML(f"<b>{escape(question)}</b>"), self._radio, self._note])

    @property
    def choice(self) -> str | None:
        return self._radio.value

    @choice.setter
    def choice(self, value: str) -> None:
        if not self.locked:
            self._radio.value = value

    @property
    def locked(self) -> bool:
        return self._radio.disabled

    def reveal(self, measured: str) -> None:
        """Lock the prediction, and print it beside what was measured."""
        self._radio.disabled = True
        self._note.value = escape(_("Locked: the measurement has been shown."))
        said = self.choice or _("nothing, this time")
        print(_("You predicted: {said}. Measured: {measured}.").format(said=said, measured=measured))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"  ( ) {choice}" for choice in self.choices)])

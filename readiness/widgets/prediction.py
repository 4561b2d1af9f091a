"""A prediction: a learner answers a question before a measurement, and compares the answer with the measured value.

The choices are buttons. With a group of radio buttons, JupyterLab would take the arrow keys to move between cells.
"""

from collections.abc import Sequence
from html import escape
from math import inf

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.widgets.curtain import Curtain
from readiness.widgets.panel import Panel
from readiness.widgets.saved_text import SavedText
from readiness.widgets.tree import close_widgets
from readiness.widgets.typed_number import parse_number


class Prediction(Panel):
    """A panel with one question. The learner presses one of the `choices`, or types a number if there are no choices.

    A curtain below the question hides what follows until there is an answer, or until `reveal` is called.

    A cell that is run again keeps its answer: without the page's extension, Shift-Enter after a press of a button runs
    the cell again. After `reveal` has locked the prediction, the cell asks again. Without an answer, `reveal` locks
    nothing: it may have been a part of Run All.

    A saved page shows the question, the choices, the answer and what was measured, as text.

    Args:
        question: the question, in one line.
        choices: the possible answers.
        unit: the unit of the number, such as "µs".
        most: the greatest number that is taken. The smallest one is 0.
        whole: True if the number is a count.
    """

    def __init__(
        self, question: str, choices: Sequence[str] = (), unit: str = "", most: float = inf, *, whole: bool = False
    ) -> None:
        super().__init__()
        self.question = question
        self.locked = False
        self.choices = list(choices)
        self.unit = unit
        self.most, self.whole = most, whole
        self._chosen: str | None = None
        self._measured: str | None = None  # not before `reveal`
        self._buttons = [self._choice_button(choice) for choice in self.choices]
        self._text = widgets.Text(
            description=_("Your guess"), tooltip=question, layout={"width": "200px"}, continuous_update=False
        )
        self._text.observe(lambda _change: self.refresh(), "value")
        self._curtain = Curtain(
            _("Choose, and what follows comes up.") if self.choices else _("Give a number, and what follows comes up.")
        )
        answers = widgets.VBox(self._buttons) if self.choices else widgets.HBox([self._text, widgets.Label(unit)])
        answers.add_class("readiness-choices")  # the page's extension tells a screen reader which one is pressed
        heading = widgets.HTML(f"<b>{escape(question)}</b>")
        self._saved = SavedText()
        lines = [self._alert.widget, self._status.widget, self._saved.widget]
        self.widget = widgets.VBox([heading, answers, *lines, self._curtain.widget])
        before = self._predecessor(question)
        if before and not before.locked and (before.choices, before.unit) == (self.choices, unit):
            self._chosen, self._text.value = before._chosen, before._text.value
            self.refresh()
        if before:
            close_widgets(before.own_widgets())

    def _choice_button(self, choice: str) -> widgets.Button:
        return self._button(choice, lambda: self._choose(choice))

    @property
    def is_open(self) -> bool:
        """True until there is an answer, or until `reveal` is called."""
        return self._measured is None and self.choice is None

    @property
    def choice(self) -> str | float | None:
        """The answer: the text of a choice, or a number. None if there is no answer. It can't change after `reveal`."""
        if self.choices:
            return self._chosen
        number = parse_number(self._text.value)
        is_taken = number is not None and 0 <= number <= self.most and not (self.whole and number % 1)
        return number if is_taken else None

    @choice.setter
    def choice(self, value: str | float) -> None:
        self._choose(value)

    def _choose(self, value: str | float) -> None:
        if self.locked:
            return
        if self.choices:
            self._chosen = self.choices[self.choices.index(str(value))]
        else:
            self._text.value = str(value)
        self.refresh()

    def _show(self) -> None:
        for choice_button in self._buttons:
            is_chosen = choice_button.description == self._chosen
            choice_button.icon = "check" if is_chosen else ""
            (choice_button.add_class if is_chosen else choice_button.remove_class)("mod-active")
        notes = []
        if self.choice is not None:
            notes.append(self._answer_note())
        elif self._text.value.strip():
            self._problem = self._advice_on_number()
        if self._measured is not None:
            text = _("Measured: {measured}.") if self.locked else _("The measurement was already shown: {measured}.")
            notes.append(text.format(measured=self._measured))
        self._status.update(" ".join(notes))
        self._saved.update(repr(self))
        if not self.is_open:
            self._curtain.lift()

    def _advice_on_number(self) -> str:
        """Return a sentence that says why what was typed is not taken."""
        number = _("a whole number") if self.whole else _("a number")
        if self.most < inf:
            advice = _("Give {number} from 0 to {most:,g}.").format(number=number, most=self.most)
        elif self.whole:
            advice = _("Give a whole number, such as 12.")
        elif parse_number(self._text.value) is None:
            advice = _("Give a number, such as 12 or 0.5.")
        else:
            advice = _("Give 0 or a greater number.")
        typed = self._text.value.strip()
        return " ".join([_("“{typed}” is not taken.").format(typed=typed), advice])

    def reveal(self, measured: str) -> None:
        """Print the prediction together with `measured`, the measured value as text, and lock it if there is one."""
        self._measured, self.locked = measured, self.choice is not None
        for control in (*self._buttons, self._text):
            control.disabled = self.locked
        self.refresh()
        if self.choice is None:
            print(_("You made no prediction. Measured: {measured}.").format(measured=measured))
        else:
            print(self._answer_note(), _("Measured: {measured}.").format(measured=measured))

    def _answer_note(self) -> str:
        """Return the answer as a sentence, the same one below the question and above the measured value."""
        if self.choices:
            return _("You chose: {choice}.").format(choice=self.choice)
        return _("You predict: {answer}.").format(answer=f"{self.choice:,.12g} {self.unit}".strip())

    def __repr__(self) -> str:
        answers = self.choices or [_("a number ({unit})").format(unit=self.unit) if self.unit else _("a number")]
        return "\n".join([self.question, *(f"  - {answer}" for answer in answers), *filter(None, [self.status_text])])

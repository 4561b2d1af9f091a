"""A number that is set with a text box or with a slider."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.widgets.status_line import StatusLine
from readiness.widgets.typed_number import parse_number


class NumberControl:
    """A box and a slider for the same number. They call `on_change(number)` when the number has changed.

    The box accepts any whole number from the first to the last of `steps`. Any other number becomes the nearest of
    these, and a text without a number changes nothing. Both times, a sentence beside the box says what it takes, and
    which number is used. What a number is, the boxes of predictions decide in the same way. The slider has only the
    numbers in `steps`; for a number between two steps, it stands at the lower one. The label is at the box, because a
    screen reader can't read a name for the slider of ipywidgets.

    Args:
        label: the label of the box.
        steps: the numbers of the slider.
        value: the number at the start.
        on_change: called with the new number.
        bound_text: a sentence that says why the number can't be greater than the last of `steps`.
        box_width: the width of the box with its label, in CSS.
        slider_width: the width of the slider in CSS; "" for no slider.

    Attributes:
        widget: the box, the slider and the note.
        note: a line of text. It is empty unless the last text that was typed was not taken as it is.
    """

    def __init__(
        self,
        label: str,
        steps: Sequence[int],
        value: int,
        on_change: Callable[[int], None],
        bound_text: str = "",
        box_width: str = "170px",
        slider_width: str = "230px",
    ) -> None:
        self.steps = sorted(steps)
        self.note = StatusLine("alert")
        self._on_change, self._bound_text, self._label = on_change, bound_text, label
        # The boxes for numbers would change what is typed in the browser ("12.7" to 127), and nothing could say so.
        self._box = widgets.Text(
            str(value),
            description=label,
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": box_width},
        )
        self._slider = widgets.SelectionSlider(
            options=self.steps,
            value=self._step_below(value),
            readout=False,
            continuous_update=False,
            layout={"width": slider_width} if slider_width else {"display": "none"},
        )
        self._number = value
        self._box.observe(self._on_box, "value")
        self._slider.observe(self._on_slider, "value")
        parts = [self._box, self._slider, self.note.widget]
        self.widget = widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})

    @property
    def value(self) -> int:
        """The number that is used."""
        return self._number

    @value.setter
    def value(self, value: int) -> None:
        self._take(str(value))

    def _step_below(self, value: int) -> int:
        return max(step for step in self.steps if step <= max(value, self.steps[0]))

    def _on_box(self, change: dict) -> None:
        if change["new"] != str(self._number):  # typed, and not set by `_take`
            self._take(change["new"])
        else:
            self.note.update("")

    def _take(self, typed: str) -> None:
        """Use the nearest whole number to the one that was typed. Say so, if it is another number."""
        number, first, last = parse_number(typed), self.steps[0], self.steps[-1]
        used = self._number if number is None else round(min(max(number, first), last))
        changed, self._number = used != self._number, used
        self._box.value, self._slider.value = str(used), self._step_below(used)
        self.note.update("" if used == number else self._explain(typed, number))
        if changed:
            self._on_change(used)

    def _explain(self, typed: str, number: float | None) -> str:
        numbers = {"typed": typed.strip(), "first": self.steps[0], "last": self.steps[-1], "used": self._number}
        if number is None:
            text = _("“{typed}” is no number. {label} takes {first:,} to {last:,}, and stays at {used:,}.")
        elif number % 1:
            text = _("{label} takes whole numbers from {first:,} to {last:,}. Instead of {typed}, {used:,} is used.")
        else:
            text = _("{label} takes {first:,} to {last:,}. Instead of {typed}, {used:,} is used.")
        reason = self._bound_text if number is not None and number > self.steps[-1] else ""
        return " ".join(part for part in (text.format(label=self._label, **numbers), reason) if part)

    def _on_slider(self, change: dict) -> None:
        if change["new"] != self._step_below(self._number):  # moved by hand, not by `_take`
            self._take(str(change["new"]))

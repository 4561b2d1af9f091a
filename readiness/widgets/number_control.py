"""A number that is set with a text box or with a slider."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from readiness.widgets.status_line import StatusLine


class NumberControl:
    """A box and a slider for the same number. They call `on_change(number)` when the number has changed.

    The box accepts any number from the first to the last of `steps`. Another number becomes the nearest of these, and
    a text says why. The slider has only the numbers in `steps`; for a number between two steps, it stands at the lower
    one. The label is at the box, because a screen reader can't read a name for the slider of ipywidgets.

    Args:
        label: the label of the box.
        steps: the numbers of the slider.
        value: the number at the start.
        on_change: called with the new number.
        bound_text: a sentence that says why the number can't be greater than the last of `steps`.
        box_width: the width of the box with its label, in CSS.
        slider_width: the width of the slider in CSS; "" for no slider.

    Attributes:
        widget: the box and the slider.
        note: a line of text. It is empty unless the last number that was typed was too small or too great.
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
        self.note = StatusLine()
        self._on_change, self._bound_text = on_change, bound_text
        # BoundedIntText would change the number in the browser, and nothing here could say why.
        self._box = widgets.IntText(
            value, description=label, style={"description_width": "initial"}, layout={"width": box_width}
        )
        self._slider = widgets.SelectionSlider(
            options=self.steps,
            value=self._step_below(value),
            readout=False,
            continuous_update=False,
            layout={"width": slider_width} if slider_width else {"display": "none"},
        )
        self._box.observe(self._on_box, "value")
        self._slider.observe(self._on_slider, "value")
        self._number = value
        self.widget = widgets.HBox([self._box, self._slider])

    @property
    def value(self) -> int:
        """The number in the box."""
        return self._number

    @value.setter
    def value(self, value: int) -> None:
        self._box.value = value

    def _step_below(self, value: int) -> int:
        return max(step for step in self.steps if step <= max(value, self.steps[0]))

    def _on_box(self, change: dict) -> None:
        typed = change["new"]
        number = min(max(typed, self.steps[0]), self.steps[-1])
        if typed != number:
            self._box.value = number  # calls this method again, if the number differs from the one before
            self.note.update(self._bound_text if typed > number else "")
            return
        self.note.update("")
        self._slider.value = self._step_below(number)
        if number != self._number:
            self._number = number
            self._on_change(number)

    def _on_slider(self, change: dict) -> None:
        if change["new"] != self._step_below(self._box.value):  # moved by hand, not by `_on_box`
            self._box.value = change["new"]

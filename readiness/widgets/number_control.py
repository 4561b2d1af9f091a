"""A control for one whole number: a slider, and a box to type into."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets


class NumberControl:
    """A box and a slider for the same number. They call `on_change(number)` when the number has changed.

    The box accepts any number from the first to the last of `steps`. The slider has only the numbers in `steps`; for a
    number between two steps, it stands at the lower one. The label is at the box, because a screen reader can't read a
    name for the slider of ipywidgets.

    Args:
        label: the label of the box.
        steps: the numbers of the slider.
        value: the number at the start.
        on_change: called with the new number.
    """

    def __init__(self, label: str, steps: Sequence[int], value: int, on_change: Callable[[int], None]) -> None:
        self.steps = sorted(steps)
        self._on_change = on_change
        self._box = widgets.BoundedIntText(
            value, self.steps[0], self.steps[-1], description=label, layout={"width": "170px"}
        )
        self._slider = widgets.SelectionSlider(
            options=self.steps,
            value=self._step_below(value),
            readout=False,
            continuous_update=False,
            layout={"width": "230px"},
        )
        self._box.observe(self._on_box, "value")
        self._slider.observe(self._on_slider, "value")
        self.widget = widgets.HBox([self._box, self._slider])

    @property
    def value(self) -> int:
        """The number in the box."""
        return self._box.value

    @value.setter
    def value(self, value: int) -> None:
        self._box.value = value

    def _step_below(self, value: int) -> int:
        return max(step for step in self.steps if step <= max(value, self.steps[0]))

    def _on_box(self, change: dict) -> None:
        self._slider.value = self._step_below(change["new"])
        self._on_change(change["new"])

    def _on_slider(self, change: dict) -> None:
        if change["new"] != self._step_below(self._box.value):  # moved by hand, not by `_on_box`
            self._box.value = change["new"]

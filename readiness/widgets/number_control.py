"""A number that is set by a slider or typed into a box, whichever suits the hand."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets


class Dial:
    """`change(value)` is called when the number has changed, by whichever of the two.

    The box carries the label: the handle of ipywidgets' slider has no name that could be read out. It takes any number
    from the first to the last of `steps`; the slider goes from step to step, and stands at the one below.
    """

    def __init__(self, label: str, steps: Sequence[int], value: int, change: Callable[[int], None]) -> None:
        self.steps = sorted(steps)
        self._change = change
        self._box = widgets.BoundedIntText(
            value, self.steps[0], self.steps[-1], description=label, layout={"width": "170px"}
        )
        self._slider = widgets.SelectionSlider(
            options=self.steps,
            value=self._step(value),
            readout=False,
            continuous_update=False,
            layout={"width": "230px"},
        )
        self._box.observe(self._typed, "value")
        self._slider.observe(self._slid, "value")
        self.widget = widgets.HBox([self._box, self._slider])

    @property
    def value(self) -> int:
        return self._box.value

    @value.setter
    def value(self, value: int) -> None:
        self._box.value = value

    def _step(self, value: int) -> int:
        return max(step for step in self.steps if step <= max(value, self.steps[0]))

    def _typed(self, change: dict) -> None:
        self._slider.value = self._step(change["new"])
        self._change(change["new"])

    def _slid(self, change: dict) -> None:
        if change["new"] != self._step(self._box.value):  # moved by hand, not by what was typed
            self._box.value = change["new"]

"""A number that is set with a slider or typed into a box."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets


class NumberControl:
    """Call `on_change(value)` when the number has changed, by the slider or the box.

    The box carries the label: the handle of ipywidgets' slider has no name that could be read out. It takes any number
    from the first to the last of `steps`; the slider goes from step to step, and stands at the one below.
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

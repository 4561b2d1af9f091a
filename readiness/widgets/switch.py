"""A switch: a row of buttons of which one is pressed, with its label beside it on the same line."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets


def switch(
    label: str,
    options: Sequence[Any],
    on_change: Callable[[Any], object],
    button_width: str = "max-content",
    value: Any = None,
) -> widgets.ToggleButtons:
    """Return a switch. JupyterLab takes the arrow keys away from radio buttons and from lists, but not from buttons.

    Args:
        label: the text beside the buttons.
        options: the values, or (text of the button, value) for each.
        on_change: called with the new value. It must catch its errors and show them.
        button_width: the width of each button, in CSS.
        value: the value at the start; None for the first one.
    """
    made = widgets.ToggleButtons(
        options=options,
        description=label,
        tooltip=label,
        style={"button_width": button_width, "description_width": "initial"},
        layout={"width": "max-content", "display": "flex"},  # flex: else the label stands above the buttons
    )
    if value is not None:
        made.value = value
    made.observe(lambda change: on_change(change["new"]), "value")
    return made

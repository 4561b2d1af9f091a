"""What the tests of the widgets share: finding and pressing a panel's buttons, reading a client's row."""

import ipywidgets as widgets


def buttons(widget):
    """Every button in a widget by its tooltip, or its name."""
    found = {}
    for child in getattr(widget, "children", ()):
        found |= buttons(child)
    if isinstance(widget, widgets.Button):
        found[widget.tooltip or widget.description] = widget
    return found


def row_text(row):
    return row._status.value


def press(panel, name):
    buttons(panel.widget)[name].click()

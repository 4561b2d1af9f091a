"""Trees of widgets: all widgets in a widget, and how to close them."""

from collections.abc import Iterable, Iterator

import ipywidgets as widgets


def widget_tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """Yield a widget, its layout and its style, and the same of all widgets in it."""
    yield widget
    for part in (*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)):
        if isinstance(part, widgets.Widget):
            yield from widget_tree(part)


def close_widgets(tops: Iterable[widgets.Widget], keep: Iterable[widgets.Widget] = ()) -> None:
    """Close the widgets in `tops`, and all widgets in them, but not those in `keep`.

    Closing also removes a widget from the browser. ipywidgets keeps each widget until it is closed, even if no variable
    holds it.
    """
    for widget in {part for top in tops for part in widget_tree(top)}.difference(keep):
        widget.close()

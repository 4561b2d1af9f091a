"""What the tests of the widgets share: how to find the parts of a panel, press its buttons, and read what it shows."""

import re

import ipywidgets as widgets
from ipywidgets.widgets.widget import _instances

from readiness.base.background import wait_until


def parts(widget, kind=widgets.Widget):
    """Every part of a widget that is of this kind, from the top down, the widget itself included."""
    found = [widget] if isinstance(widget, kind) else []
    return found + [part for child in getattr(widget, "children", ()) for part in parts(child, kind)]


def models():
    """The ids of all widgets that ipywidgets keeps, with their layouts and styles."""
    return set(_instances)


def control(panel, label):
    """The one box, switch or button with this label."""
    [found] = [part for part in parts(panel.widget) if getattr(part, "description", None) == label]
    return found


def buttons(panel):
    """Every button by its tooltip, or its label."""
    return {button.tooltip or button.description: button for button in parts(panel.widget, widgets.Button)}


def press(panel, *names):
    for name in names:
        buttons(panel)[name].click()


def press_enter(box):
    """Press the Enter key in a text box, as the browser reports it."""
    content = {"data": {"method": "custom", "content": {"event": "submit"}}}
    box.comm.handle_msg({"content": content, "buffers": []})


def saved_forms(panel):
    """What IPython is given of a panel: the data in each format."""
    data, _metadata = panel._repr_mimebundle_()
    return data


def hidden_text(panel):
    """The text that the page's extension saves, without its tags."""
    [text] = [part for part in parts(panel.widget, widgets.HTML) if "readiness-saved-text" in part._dom_classes]
    return re.sub(r"<[^>]+>", "", text.value)


def html(panel):
    """All the text that a panel shows, as HTML."""
    return "\n".join(part.value for part in parts(panel.widget, widgets.HTML) if part.layout.display != "none")


def cells(panel):
    """The rows of all tables, each row a list of texts."""
    rows = re.findall("<tr>(.*?)</tr>", html(panel))
    return [re.findall("<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in rows]


def shows(panel, text):
    """Whether the panel shows this text in its status line, now or soon."""
    return wait_until(lambda: text in panel.status_text, 10)


def warns(panel, text):
    """Whether the panel shows this text in its alert line, now or soon."""
    return wait_until(lambda: text in panel.alert_text, 10)

"""The text of a panel in a saved notebook, kept up to date while the learner answers.

An output has its text when its cell runs. Answers come later, so the page needs the text of now to save it.
"""

from html import escape

import ipywidgets as widgets


class SavedText:
    """A hidden text. When the page is saved, the page's extension puts it into the file, as the text of the output.

    Attributes:
        widget: the text. It takes no space, and screen readers do not read it.
    """

    def __init__(self) -> None:
        self.widget = widgets.HTML(layout={"display": "none"})
        self.widget.add_class("readiness-saved-text")

    def update(self, text: str) -> None:
        """Replace the text."""
        self.widget.value = f"<pre>{escape(text)}</pre>"

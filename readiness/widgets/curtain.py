"""A curtain: empty space below a question, which hides what follows until the learner has given an answer."""

from html import escape

import ipywidgets as widgets

# Not where the page is printed. It neither moves nor fades: it is there, or it is not.
STYLE = """<style>
.readiness-curtain { height: 70vh; padding-top: 12px; opacity: 0.75; line-height: 1.4; }
@media print { .readiness-curtain { display: none; } }
</style>"""


class Curtain:
    """Empty space, nearly as high as a page of JupyterLab, with one line of text. `lift` takes it away.

    It is only space: a reader can scroll past it, no key stops at it, and screen readers do not read it. A saved
    notebook does not contain it.

    Args:
        text: the line, which says how the space is taken away.

    Attributes:
        widget: the space.
        lifted: True if the space has been taken away.
    """

    def __init__(self, text: str) -> None:
        self.lifted = False
        self.widget = widgets.HTML(f'{STYLE}<div class="readiness-curtain" aria-hidden="true">{escape(text)}</div>')

    def lift(self) -> None:
        """Take the space away. A second call does nothing."""
        self.lifted = True
        self.widget.layout.display, self.widget.value = "none", ""

"""A sentence where a page can't show a panel's buttons: its picture would stand there without a word.

A page that knows no ipywidgets closes the comm of each widget at once. Jupyter's messaging protocol asks for that
("Custom messages": a target name that is not known).
"""

import threading
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython

from readiness.base.messages import _


def say_if_closed(widget: ipywidgets.Widget) -> None:
    """Print a sentence below the cell that runs now, if the page closes the widget's comm.

    A kernel that closes its own widget gets no such message, and prints nothing.

    Args:
        widget: the widget that the cell shows.
    """
    shell: Any = get_ipython()  # a kernel's shell has more than IPython's
    if shell is None or widget.comm is None or not hasattr(shell, "kernel"):
        return
    cell, said = shell.get_parent(), threading.Event()

    def say(message: object) -> None:
        if said.is_set():
            return
        said.set()
        shell.set_parent(cell)  # else the output belongs to the page's message, and no cell shows it
        print(
            _(
                "This page shows no buttons: it has no ipywidgets. Install jupyterlab_widgets where this Jupyter runs,"
                " or start the course with `python -m readiness`. README says more (Other places)."
            )
        )

    widget.comm.on_close(say)
    # JupyterLab's messages may come in a thread of the kernel, while the cell still draws the picture.
    if widget.comm.comm_id not in shell.kernel.comm_manager.comms:
        say(None)

"""What a learner clicks and watches: the only room that imports ipywidgets.

A panel joins the rooms below it into something on the screen; it measures and serves nothing itself. Its callbacks
and its ticking thread share one lock, and whatever goes wrong in them is shown in the panel, in words.
"""

from readiness.panels.echo import BACKENDS, EchoPanel
from readiness.panels.prediction import Prediction
from readiness.panels.rows import ClientRow

__all__ = ["BACKENDS", "ClientRow", "EchoPanel", "Prediction"]

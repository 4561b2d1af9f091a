"""What a learner clicks and watches: the only room that imports ipywidgets.

A panel joins the rooms below it into something on the screen; it measures and serves nothing itself. Its callbacks
and its ticking thread share one lock, and whatever goes wrong in them is shown in the panel, in words.
"""

from readiness.panels.cards import Cards
from readiness.panels.cost import SharePanel, SweepPanel
from readiness.panels.echo import EchoPanel
from readiness.panels.edges import EdgePanel
from readiness.panels.ftpboard import FtpBoard
from readiness.panels.ftphand import FtpHandPanel
from readiness.panels.live import close_all
from readiness.panels.loop import LoopPanel
from readiness.panels.prediction import Prediction
from readiness.panels.rows import ClientRow
from readiness.panels.stepper import Stepper
from readiness.panels.verdicts import Verdicts
from readiness.panels.waits import BACKENDS

__all__ = [
    "BACKENDS",
    "Cards",
    "ClientRow",
    "EchoPanel",
    "EdgePanel",
    "FtpBoard",
    "FtpHandPanel",
    "LoopPanel",
    "Prediction",
    "SharePanel",
    "Stepper",
    "SweepPanel",
    "Verdicts",
    "close_all",
]

"""What a learner clicks and watches: the only room that imports ipywidgets.

A panel joins the rooms below it into something on the screen; it measures and serves nothing itself. Its callbacks
and its ticking thread share one lock, and whatever goes wrong in them is shown in the panel, in words.
"""

from readiness.widgets.base import close_all
from readiness.widgets.claim_cards import Cards
from readiness.widgets.client_row import ClientRow
from readiness.widgets.echo import EchoPanel
from readiness.widgets.event_loop import LoopPanel
from readiness.widgets.faults import BreakPanel
from readiness.widgets.ftp_client import FtpHandPanel
from readiness.widgets.ftp_monitor import FtpBoard
from readiness.widgets.prediction import Prediction
from readiness.widgets.readiness_quiz import Verdicts
from readiness.widgets.stepper import Stepper
from readiness.widgets.triggers import EdgePanel
from readiness.widgets.wait_cost import SharePanel, SweepPanel
from readiness.widgets.wait_history import BACKENDS

__all__ = [
    "BACKENDS",
    "BreakPanel",
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

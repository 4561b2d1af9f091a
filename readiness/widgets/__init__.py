"""The widgets of the episodes, with buttons to click and charts to watch. Only this package imports ipywidgets.

A panel is a widget with buttons, a line for its state and a line for errors. It shows what the packages below it do,
and measures and serves nothing itself. The callbacks of its buttons and the thread that refreshes it share one lock. If
they raise an error, the panel shows the error as a sentence.
"""

from readiness.widgets.claim_cards import ClaimCards
from readiness.widgets.client_row import ClientRow
from readiness.widgets.echo import EchoPanel
from readiness.widgets.event_loop import LoopPanel
from readiness.widgets.faults import FaultPanel
from readiness.widgets.ftp_client import FtpClientPanel
from readiness.widgets.ftp_monitor import FtpServerMonitor
from readiness.widgets.ipywidgets_version import require_ipywidgets
from readiness.widgets.panel import close_all
from readiness.widgets.prediction import Prediction
from readiness.widgets.readiness_quiz import ReadinessQuiz
from readiness.widgets.stepper import Stepper
from readiness.widgets.triggers import TriggerPanel
from readiness.widgets.wait_cost import SharePanel, SweepPanel, crossover_chart
from readiness.widgets.wait_history import BACKENDS

__all__ = [
    "BACKENDS",
    "ClaimCards",
    "ClientRow",
    "EchoPanel",
    "FaultPanel",
    "FtpClientPanel",
    "FtpServerMonitor",
    "LoopPanel",
    "Prediction",
    "ReadinessQuiz",
    "SharePanel",
    "Stepper",
    "SweepPanel",
    "TriggerPanel",
    "close_all",
    "crossover_chart",
]

require_ipywidgets()

"""The controls of the echo panel: a switch for the backend, and the numbers of clients in the swarm."""

import time
from collections.abc import Callable, Sequence

from readiness.base.messages import _
from readiness.system import descriptors
from readiness.widgets.number_control import NumberControl
from readiness.widgets.status_line import StatusLine
from readiness.widgets.switch import switch

IDLE_STEPS = (0, 10, 20, 50, 100, 200, 500, 900, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 18000)
MAX_ACTIVE = 50  # clients of the swarm that talk
PROGRESS_SECONDS = 1.0  # between two changes of the line that counts the clients while they connect


class EchoControls:
    """A switch and two number controls. They share one row of the panel.

    Args:
        backends: the names of the backends to choose from. If there is only one, the switch is not shown.
        backend: the name of the first one that runs.
        idle: the number of clients that send nothing, at the start.
        active: the number of clients that send, at the start.
        on_backend: called with the name of the backend that was chosen.
        on_load: called with a number of clients that has changed.

    Attributes:
        switch: the buttons for the backend.
        idle: the control for the number of clients that send nothing.
        active: the control for the number of clients that send.
        widgets: the widgets of the row.
        progress: a line of text, which counts the clients while many of them connect.
    """

    def __init__(
        self,
        backends: Sequence[str],
        backend: str,
        idle: int,
        active: int,
        on_backend: Callable[[str], None],
        on_load: Callable[[int], None],
    ) -> None:
        def choose(name: str) -> None:
            for control in (self.idle, self.active):
                control.note.update("")  # what was typed before is history
            on_backend(name)

        self.switch = switch(_("Wait with"), list(backends), choose, "72px", value=backend)
        if len(backends) == 1:
            self.switch.layout.display = "none"
        steps, why = _idle_steps()
        self.idle = NumberControl(
            _("Idle clients"), steps, min(idle, steps[-1]), on_load, why, box_width="160px", slider_width="120px"
        )
        self.active = NumberControl(
            _("That talk"), range(MAX_ACTIVE + 1), active, on_load, box_width="130px", slider_width=""
        )
        self.widgets = [self.switch, self.idle.widget, self.active.widget]
        self.progress = StatusLine(min_interval=PROGRESS_SECONDS)
        self._connecting_since: float | None = None

    def show_progress(self, connected: int, requested: int) -> None:
        """Show how many clients are connected, if some are missing and have been for `PROGRESS_SECONDS`.

        Args:
            connected: the number of clients that are connected.
            requested: the number of clients that will be; the same number if no client is connecting.
        """
        if connected == requested:
            self._connecting_since = None
            self.progress.update("", final=True)
            return
        now = time.monotonic()
        self._connecting_since = self._connecting_since or now
        if now - self._connecting_since >= PROGRESS_SECONDS:
            text = _("Connecting: {connected:,} of {requested:,} clients.")
            self.progress.update(text.format(connected=connected, requested=requested))


def _idle_steps() -> tuple[list[int], str]:
    """Return the numbers of idle clients for a slider, and the reason why the system allows no greater one, or ""."""
    max_clients = max(0, descriptors.max_openable("socketpair") * 2 - 100)
    if max_clients >= IDLE_STEPS[-1]:
        return list(IDLE_STEPS), ""
    text = _("The limit of open descriptors allows {n:,} idle clients here.")
    return [*(n for n in IDLE_STEPS if n < max_clients), max_clients], text.format(n=max_clients)

"""The controls of the echo panel: a switch for the backend, and the numbers of clients in the swarm."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.system import descriptors
from readiness.widgets.number_control import NumberControl

IDLE_STEPS = (0, 10, 20, 50, 100, 200, 500, 900, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 18000)
MAX_ACTIVE = 50  # clients of the swarm that talk


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
        notes: lines of text, which say why a number that was typed has been changed.
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
        self.switch = widgets.ToggleButtons(
            options=list(backends),
            value=backend,
            description=_("Wait with"),
            style={"button_width": "72px", "description_width": "initial"},
            # flex: its label stands beside the buttons, not above them
            layout={"width": "max-content", "display": "flex" if len(backends) > 1 else "none"},
        )
        self.switch.observe(lambda change: on_backend(change["new"]), "value")
        steps, why = _idle_steps()
        self.idle = NumberControl(
            _("Idle clients"), steps, min(idle, steps[-1]), on_load, why, box_width="160px", slider_width="120px"
        )
        why = _("At most {n} clients talk here.").format(n=MAX_ACTIVE)
        self.active = NumberControl(
            _("That talk"), range(MAX_ACTIVE + 1), active, on_load, why, box_width="130px", slider_width=""
        )
        self.widgets = [self.switch, self.idle.widget, self.active.widget]
        self.notes = widgets.VBox([self.idle.note.widget, self.active.note.widget])


def _idle_steps() -> tuple[list[int], str]:
    """Return the numbers of idle clients for a slider, and a sentence that says why there is no greater number."""
    max_clients = max(0, descriptors.max_openable("socketpair") * 2 - 100)
    if max_clients >= IDLE_STEPS[-1]:
        return list(IDLE_STEPS), _("At most {n:,} idle clients connect here.").format(n=IDLE_STEPS[-1])
    text = _("The limit of open descriptors allows {n:,} idle clients here.")
    return [*(n for n in IDLE_STEPS if n < max_clients), max_clients], text.format(n=max_clients)

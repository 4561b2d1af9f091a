"""The echo server on the stage: its backend as a switch, its clients as widgets, its waits as live charts."""

import selectors
import threading
from collections.abc import Callable
from statistics import median
from typing import Any

import ipywidgets as widgets

from readiness.base import background
from readiness.base.background import BackgroundServer, Server, wait_until
from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address
from readiness.clients.swarm import Swarm
from readiness.experiments.meter import SelectorMeter, Sample
from readiness.graphics.charts import StaticFigure
from readiness.system import descriptors
from readiness.widgets import base
from readiness.widgets.client_row import ClientRow
from readiness.widgets.number_control import Dial
from readiness.widgets.wait_history import BACKENDS, Record, against_n, over_time

STEPS = (0, 10, 20, 50, 100, 200, 500, 900, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 18000)
ASLEEP = 1e-4  # seconds without the CPU that make a wait one that slept: a mere interruption is shorter


class EchoPanel:
    """Runs `server(selector)` in the background and puts it on the stage.

    rows: client rows at the start. idle, talking: clients of the swarm at the start. plain: no switch and no cloud,
    for a first look. end: what follows each text that a row sends, a newline for a server of lines. Everything that
    the widgets do can be done by `use`, `ask` and `collect`.
    """

    def __init__(
        self,
        server: Callable[[selectors.BaseSelector], Server],
        *,
        name: str = "echo",
        rows: int = 2,
        idle: int = 10,
        talking: int = 3,
        plain: bool = False,
        end: bytes = b"",
    ) -> None:
        base.replace(name, None)
        self.server, self.name = server, name
        self.backend = next(n for n in ("epoll", "poll", "select") if n in BACKENDS)
        self.record = Record()
        self.background: BackgroundServer | None = None
        self._lock = threading.RLock()
        self._plain, self._end = plain, end
        shown = [self.backend] if plain else list(BACKENDS)
        self._time, self._cloud = over_time(shown), against_n(shown)
        self._view = widgets.HTML()
        self._status, self._alert = base.Line(), base.Line("alert", calm=0)
        self._build(rows, idle, talking)
        self._start()
        self.swarm = Swarm(self.address)
        self._ask()
        self.swarm.wait_until_ready(2)
        self.collect(20, seconds=2)
        self._draw()  # a chart is never empty when it is first seen
        self._ticker = base.Ticker(self._tick, self._fault)
        base.replace(name, self)

    def _build(self, rows: int, idle: int, talking: int) -> None:
        most = max(0, descriptors.max_openable("socketpair") * 2 - 100)
        steps = [*(n for n in STEPS[:-1] if n < most), min(most, STEPS[-1])]
        self._switch = widgets.ToggleButtons(
            options=list(BACKENDS),
            value=self.backend,
            description=_("Wait with"),
            style={"button_width": "80px"},
            layout={"width": "max-content"},
        )
        self._idle = Dial(_("Idle clients"), steps, min(idle, steps[-1]), lambda _n: self._guarded(self._ask))
        self._talking = Dial(_("That talk"), range(51), talking, lambda _n: self._guarded(self._ask))
        self._where = widgets.HTML()
        self.rows: list[ClientRow] = []
        self._rows = widgets.VBox()
        for _row in range(rows):
            self.add_row()
        more = widgets.Button(description=_("One more client"), layout={"width": "max-content"})
        more.on_click(lambda _button: self._guarded(self.add_row))
        self._switch.observe(lambda change: self._guarded(self.use, change["new"]), "value")
        flow = {"flex_flow": "row wrap", "align_items": "center"}
        parts = [self._alert.widget, widgets.HBox([self._idle.widget, self._talking.widget], layout=flow)]
        if not self._plain:
            parts.insert(0, widgets.HBox([self._switch, self._where], layout=flow))
        if rows:
            parts += [self._rows, more]
        self.widget = widgets.VBox([*parts, self._view, self._status.widget])

    @property
    def address(self) -> Address:
        return self.background.server.address

    def add_row(self) -> None:
        self.rows.append(ClientRow(len(self.rows) + 1, lambda: self.address, self._lock, self._end))
        self._rows.children = [row.widget for row in self.rows]

    def use(self, backend: str, *, idle: int | None = None) -> None:
        """Wait with `backend` from now on: the server starts anew, and all that were connected come back.

        idle: how many silent ones it should have, if not as many as before.
        """
        if backend not in BACKENDS:
            raise UserError(
                _("“{name}” can't wait here; this machine has {names}.").format(name=backend, names=", ".join(BACKENDS))
            )
        with self._lock:
            if backend == self.backend and self.background.running:
                return
            self.backend = backend
            back = [row for row in self.rows if row.client.connected]
            self._start()
            self._switch.value = backend
            if idle is not None:
                self._idle.value = idle
            self._ask()
            for row in back:
                row.connect()

    def _start(self) -> None:
        background.stop(self.name)  # first, so that its descriptors' numbers are free: select takes the low ones only
        self.meter, self._seen = SelectorMeter(), 0
        self.background = background.start(self.server(self.meter.wrap(BACKENDS[self.backend]())), self.name)
        host, port = self.address
        self._where.value = _("listens on {host}, port {port}").format(host=host, port=port)

    def ask(self, *, idle: int | None = None, talking: int | None = None, seconds: float = 20.0) -> bool:
        """Set the sliders, and wait until the swarm is that large; whether it became so."""
        with self._lock:
            if idle is not None:
                self._idle.value = idle
            if talking is not None:
                self._talking.value = talking
            self._ask()
        return self.swarm.wait_until_ready(seconds)

    def _ask(self) -> None:
        if not self.background.running:  # it died, perhaps of what the slider asked: begin again
            self._start()
        self.swarm.resize(idle=self._idle.value, active=self._talking.value, rate=20, address=self.address)

    def collect(self, waits: int, seconds: float = 10.0) -> bool:
        """Let `waits` more waits happen; whether they did."""
        goal = self.meter.waits + waits
        met = wait_until(lambda: self.meter.waits >= goal or self.background.error, seconds)
        self._take()
        return met and self.background.error is None

    def cost(self, waits: int, seconds: float = 10.0) -> float:
        """CPU microseconds inside a wait that slept: the median of the next `waits`, with all the clients of now."""
        everyone = self.swarm.status.idle + self.swarm.status.active
        seen = self.meter.waits

        def samples() -> list[Sample]:
            return [s for s in self.meter.samples_since(seen)[0] if s.registered > everyone and s.sleep_seconds > ASLEEP]

        wait_until(lambda: len(samples()) >= waits or self.background.error, seconds)
        self.background.raise_if_failed()
        if len(samples()) < waits:
            raise UserError(
                _(
                    "Too few waits in {seconds:.0f} s with all {n:,} clients served: "
                    "let at least one talk, or ask with more seconds."
                ).format(seconds=seconds, n=everyone)
            )
        return median(s.cpu_in_select for s in samples()) * 1e6

    def _take(self) -> None:
        with self._lock:
            samples, self._seen = self.meter.samples_since(self._seen)
            self.record.add(self.backend, samples)

    def _guarded(self, deed: Callable[..., Any], *given: Any) -> None:
        with self._lock:
            try:
                deed(*given)
            except Exception as error:  # in a callback it would be seen by nobody
                self._fault(error)

    def _fault(self, error: BaseException) -> None:
        self._alert.say(base.in_words(error))

    def _tick(self) -> None:
        with self._lock:
            self._take()
            for row in self.rows:
                row.refresh()
            self._draw()
            self._alert.say(self._trouble())
            self._status.say(self.words())

    def _draw(self) -> None:
        self.record.show(self._time, self._cloud)
        frames = [chart.frame() for chart in ([self._time] if self._plain else [self._time, self._cloud])]
        # one message for both: each costs a wait for the interpreter lock, while a cell spins
        self._view.value = f'<div style="display: flex; flex-wrap: wrap">{"".join(frames)}</div>'

    def _trouble(self) -> str:
        error = self.background.error
        if isinstance(error, ValueError) and "out of range in select" in str(error):
            return _(
                "The server's thread has ended. {error}: Python's select takes descriptors numbered below 1024 and no "
                "others, and this process has opened number 1024. "
                "Choose poll or epoll, or fewer clients, and the server starts again."
            ).format(error=base.in_words(error))
        if error is not None:
            return _("The server's thread has ended. {error}. Move a slider, and it starts again.").format(
                error=base.in_words(error)
            )
        return self.swarm.status.message

    def words(self) -> str:
        """The present moment in a sentence."""
        if not self.record.moments:
            return base.nothing_ready()
        _at, backend, registered, ready, micros = self.record.moments[-1]
        return _(
            "{backend}: {registered:,} descriptors registered, {ready:.1f} callbacks ready a wait, "
            "{micros:.1f} µs of CPU inside a wait."
        ).format(backend=backend, registered=int(registered), ready=ready, micros=micros)

    def picture(self) -> StaticFigure:
        """The waits of each backend against the number of descriptors, as a static picture."""
        with self._lock:
            self._draw()
            return (self._time if self._plain else self._cloud).picture()

    def close(self) -> None:
        """End the ticking, the swarm, the rows and the server."""
        self._ticker.stop()
        self.swarm.close()
        for row in self.rows:
            row.close()
        background.stop(self.name)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self), self.picture())

    def __repr__(self) -> str:
        return _("An echo server in the background, its clients, and live charts of what its waits cost and bring.")

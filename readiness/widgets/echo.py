"""A panel for an echo server: a switch for its backend, buttons and sliders for its clients, and charts of its waits.

A backend is a selector of `selectors`, such as epoll. A wait is one call of its `select`.
"""

import contextlib
import selectors
from collections.abc import Callable
from statistics import median

import ipywidgets as widgets

from readiness.base import background
from readiness.base.background import Server, wait_until
from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address
from readiness.clients.swarm import Swarm
from readiness.experiments.meter import Sample, SelectorMeter
from readiness.graphics.charts import StaticFigure
from readiness.system import descriptors
from readiness.widgets.client_row import ClientRow
from readiness.widgets.number_control import NumberControl
from readiness.widgets.panel import REFRESH_HZ, Panel, closed_on_error, format_error, row
from readiness.widgets.wait_history import BACKENDS, WaitHistory, cost_chart, timeline_chart

IDLE_STEPS = (0, 10, 20, 50, 100, 200, 500, 900, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 18000)
MIN_SLEEP = 1e-4  # seconds without the CPU: a shorter time is an interruption, and the wait has not slept


class EchoPanel(Panel):
    """A panel that runs an echo server in a thread, with clients and with charts of the server's waits.

    Each row of buttons controls one client. The swarm is many clients in a separate process. The
    methods `switch_backend`, `set_load` and `wait_for_samples` do all that the widgets do.

    Args:
        server: a function that makes a server from a selector, or a server's class.
        name: the panel's name. An open panel with this name is closed first, and its server is stopped.
        client_rows: the number of rows at the start.
        idle: the number of clients of the swarm that send nothing, at the start.
        active: the number of clients of the swarm that send, at the start.
        minimal: show neither the chart of the cost of a wait nor the buttons for the backend.
        line_end: the bytes that a row sends after each text: a newline, for a server that answers lines.

    Attributes:
        backend: the name of the current backend, a key of `BACKENDS`.
        history: the waits that the charts show.
        background: the current server in its thread.
        meter: the meter of the current server's waits.
        swarm: the clients in a process of their own.
    """

    refresh_hz = REFRESH_HZ

    @closed_on_error
    def __init__(
        self,
        server: Callable[[selectors.BaseSelector], Server],
        *,
        name: str = "echo",
        client_rows: int = 2,
        idle: int = 10,
        active: int = 3,
        minimal: bool = False,
        line_end: bytes = b"",
    ) -> None:
        super().__init__(name, status_interval=3.0)
        self.server, self.name = server, name
        self.backend: str = next(n for n in ("epoll", "poll", "select") if n in BACKENDS)
        self.history = WaitHistory()
        self._minimal, self._line_end = minimal, line_end
        backends = [self.backend] if minimal else list(BACKENDS)
        self._timeline_chart, self._cost_chart = timeline_chart(backends), cost_chart(backends)
        self._build(client_rows, idle, active)
        self._start()
        self.swarm = Swarm(self.address)
        self._apply_load()
        self.swarm.wait_until_ready(2)
        self.wait_for_samples(20, timeout=2)
        self._draw()  # a chart is never empty when it is first seen
        self.start_refreshing()

    def _build(self, client_rows: int, idle: int, active: int) -> None:
        max_clients = max(0, descriptors.max_openable("socketpair") * 2 - 100)
        steps = [*(n for n in IDLE_STEPS[:-1] if n < max_clients), min(max_clients, IDLE_STEPS[-1])]
        self._backend_switch = widgets.ToggleButtons(
            options=list(BACKENDS),
            value=self.backend,
            description=_("Wait with"),
            style={"button_width": "80px"},
            layout={"width": "max-content"},
        )
        self._idle = NumberControl(_("Idle clients"), steps, min(idle, steps[-1]), self._on_load)
        self._active = NumberControl(_("That talk"), range(51), active, self._on_load)
        self._address_label = widgets.HTML()
        self.client_rows: list[ClientRow] = []
        self._rows_box = widgets.VBox()
        for _row in range(client_rows):
            self.add_row()
        self._backend_switch.observe(
            lambda change: self.call_safely(lambda: self.switch_backend(change["new"])), "value"
        )
        top = [] if self._minimal else [row(self._backend_switch, self._address_label)]
        children = [*top, self._alert.widget, row(self._idle.widget, self._active.widget)]
        if client_rows:
            children += [self._rows_box, self._button(_("One more client"), self.add_row)]
        self.widget = widgets.VBox([*children, self._view, self._status.widget])

    @property
    def address(self) -> Address:
        """The host and port of the current server."""
        return self.background.server.address

    def _on_load(self, _number: int) -> None:
        self.call_safely(self._apply_load)

    def add_row(self) -> None:
        """Add a row for one more client."""
        self.client_rows.append(ClientRow(len(self.client_rows) + 1, lambda: self.address, self._lock, self._line_end))
        self._rows_box.children = [row.widget for row in self.client_rows]

    def switch_backend(self, backend: str, *, idle: int | None = None) -> None:
        """Replace the current server by a new one that waits with `backend`. Reconnect the rows that were connected.

        If the server runs and already uses `backend`, do nothing.

        Args:
            backend: a key of `BACKENDS`.
            idle: the new number of clients that send nothing; None to keep the current number.

        Raises:
            UserError: This machine does not have `backend`.
        """
        if backend not in BACKENDS:
            raise UserError(
                _("“{name}” can't wait here; this machine has {names}.").format(name=backend, names=", ".join(BACKENDS))
            )
        with self._lock:
            if backend == self.backend and self.background.running:
                return
            self.backend = backend
            reconnecting = [client_row for client_row in self.client_rows if client_row.client.connected]
            self._start()
            self._backend_switch.value = backend
            if idle is not None:
                self._idle.value = idle
            self._apply_load()
            for client_row in reconnecting:
                client_row.connect()

    def _start(self) -> None:
        background.stop(self.name)  # first, to free its descriptors' numbers: select takes only low ones
        self.meter, self._cursor = SelectorMeter(), 0
        server = self.server(self.meter.wrap(BACKENDS[self.backend]()))
        try:
            self.background = background.start(server, self.name)
        except BaseException:  # for example, the cell was interrupted
            background.stop(self.name)
            server.close()
            raise
        host, port = self.address
        self._address_label.value = _("listens on {host}, port {port}").format(host=host, port=port)

    def reachable_loads(self, *idle: int) -> list[int]:
        """Return those of the numbers of idle clients that the limit of descriptors allows. Print the others."""
        most = self._idle.steps[-1]
        if left_out := [number for number in idle if number > most]:
            text = _("The limit of open descriptors allows {most} idle clients here, so this is left out: {numbers}.")
            print(text.format(most=most, numbers=", ".join(map(str, left_out))))
        return [number for number in idle if number <= most]

    def set_load(self, *, idle: int | None = None, active: int | None = None, timeout: float = 20.0) -> bool:
        """Set the number of clients in the swarm, and wait until they are connected.

        Args:
            idle: the number of clients that send nothing; None to keep the current number.
            active: the number of clients that send; None to keep the current number.
            timeout: how long to wait for the connections, in seconds.

        Returns:
            True if all clients are connected.
        """
        with self._lock:
            if idle is not None:
                self._idle.value = idle
            if active is not None:
                self._active.value = active
            self._apply_load()
        return self.swarm.wait_until_ready(timeout)

    def _apply_load(self) -> None:
        if not self.background.running:  # it has failed, perhaps because of this slider: start it again
            self._start()
        self.swarm.resize(idle=self._idle.value, active=self._active.value, rate=20, address=self.address)

    def wait_for_samples(self, count: int, timeout: float = 10.0) -> bool:
        """Wait until the server has made `count` more waits.

        Returns:
            True if it has made them. False if `timeout` seconds have passed, or if the server has failed.
        """
        goal = self.meter.waits + count
        reached = wait_until(lambda: self.meter.waits >= goal or self.background.error, timeout)
        self._collect_samples()
        return reached and self.background.error is None

    def median_wait_cpu_us(self, count: int, timeout: float = 10.0) -> float:
        """Return the median CPU time inside the next `count` waits, in microseconds.

        Only a wait in which the server sleeps counts, and only if all clients of the swarm are registered.

        Args:
            count: the number of waits.
            timeout: how long to collect them, in seconds.

        Raises:
            UserError: The server made too few such waits in this time.
        """
        clients = self.swarm.status.idle + self.swarm.status.active
        cursor = self.meter.waits

        def samples() -> list[Sample]:
            return [
                s for s in self.meter.samples_since(cursor)[0] if s.registered > clients and s.sleep_seconds > MIN_SLEEP
            ]

        wait_until(lambda: len(samples()) >= count or self.background.error, timeout)
        self.background.raise_if_failed()
        if len(samples()) < count:
            raise UserError(
                _(
                    "Too few waits in {seconds:.0f} s with all {n:,} clients served: "
                    "let at least one talk, or pass a longer timeout."
                ).format(seconds=timeout, n=clients)
            )
        return median(s.cpu_in_select for s in samples()) * 1e6

    def _collect_samples(self) -> None:
        with self._lock:
            samples, self._cursor = self.meter.samples_since(self._cursor)
            self.history.add(self.backend, samples)

    def _show(self) -> None:
        self._collect_samples()
        for client_row in self.client_rows:
            client_row.refresh()
        self._draw()
        self._problem = self._describe_problem()
        self._status.update(self._describe())

    def _draw(self) -> None:
        self.history.show(self._timeline_chart, self._cost_chart)
        charts = [self._timeline_chart] if self._minimal else [self._timeline_chart, self._cost_chart]
        frames = [chart.frame() for chart in charts]
        # one message for both: each costs a wait for the interpreter lock, while a cell spins
        self._view.value = f'<div style="display: flex; flex-wrap: wrap">{"".join(frames)}</div>'

    def _describe_problem(self) -> str:
        error = self.background.error
        if isinstance(error, ValueError) and "out of range in select" in str(error):
            return _(
                "The server's thread has ended. {error}: Python's select takes descriptors numbered below 1024 and no "
                "others, and this process has opened number 1024. "
                "Choose poll or epoll, or fewer clients, and the server starts again."
            ).format(error=format_error(error))
        if error is not None:
            return _("The server's thread has ended. {error}. Move a slider, and it starts again.").format(
                error=format_error(error)
            )
        return self.swarm.status.message

    def _describe(self) -> str:
        """Return a sentence on the latest waits."""
        if not self.history.timeline:
            return _("Nothing has been ready yet: connect a client and let it talk.")
        latest = self.history.timeline[-1]
        return _(
            "{backend}: {registered:,} descriptors registered, {ready:.1f} callbacks ready a wait, "
            "{us:.1f} µs of CPU inside a wait."
        ).format(backend=latest.backend, registered=latest.registered, ready=latest.ready, us=latest.cpu_us)

    def picture(self) -> StaticFigure:
        """Return a chart as a picture that does not change: CPU time of the waits against the number of descriptors.

        With `minimal`, return the chart of the waits over time instead.
        """
        with self._lock:
            self._draw()
            return (self._timeline_chart if self._minimal else self._cost_chart).picture()

    def _release(self) -> None:
        with contextlib.ExitStack() as stack:  # it calls all functions, from the last to the first, also after an error
            stack.callback(background.stop, self.name)
            for client_row in getattr(self, "client_rows", ()):
                stack.callback(client_row.close)
            if hasattr(self, "swarm"):  # not so if `__init__` was interrupted
                stack.callback(self.swarm.close)

    def __repr__(self) -> str:
        return _("An echo server in the background, its clients, and live charts of what its waits cost and bring.")

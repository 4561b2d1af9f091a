"""A panel for an echo server: charts of its waits, a switch for its backend, and controls for its clients.

A backend is a selector of `selectors`, such as epoll. A wait is one call of its `select`.
"""

import contextlib
import selectors
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from readiness.base import background
from readiness.base.background import Server, wait_until
from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address
from readiness.clients.swarm import MAX_CLIENTS, Swarm
from readiness.experiments.meter import SelectorMeter
from readiness.graphics.charts import StaticFigure
from readiness.widgets.client_row import ClientRow
from readiness.widgets.echo_controls import EchoControls
from readiness.widgets.panel import REFRESH_HZ, Panel, closed_on_error, row
from readiness.widgets.server_problem import describe_end
from readiness.widgets.wait_history import BACKENDS, WaitHistory
from readiness.widgets.wait_medians import median_cpu_us
from readiness.widgets.wait_picture import WaitPicture, state_of, status_text

PREFERRED = ("epoll", "kqueue", "poll", "select")
SETTLED_IDLE = (10, 100, 300, 900, 2000)  # idle clients in the picture of a saved notebook


class EchoPanel(Panel):
    """A panel that runs an echo server in a thread, with clients, and that shows what the server's waits find and cost.

    Each row of buttons controls one client. The swarm is many clients in a separate process. The
    methods `switch_backend`, `set_load` and `wait_for_samples` do all that the widgets do.

    Args:
        server: a function that makes a server from a selector, or a server's class.
        name: the panel's name. An open panel with this name is closed first, and its server is stopped.
        client_rows: the number of rows at the start.
        idle: the number of clients of the swarm that send nothing, at the start.
        active: the number of clients of the swarm that send, at the start.
        backends: the names of the backends to choose from. None means all of `BACKENDS`. The first of epoll, kqueue,
            poll and select that is among them runs at the start.
        line_end: the bytes that a row sends after each text: a newline, for a server that answers lines.

    Raises:
        UserError: `client_rows`, `idle` or `active` is no count.

    Attributes:
        backend: the name of the current backend, a key of `BACKENDS`.
        history: the waits that the picture shows.
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
        backends: Sequence[str] | None = None,
        line_end: bytes = b"",
    ) -> None:
        require_count(0, 50, client_rows=client_rows)  # a row has a dozen widgets
        require_count(0, MAX_CLIENTS, idle=idle, active=active)
        super().__init__(name)
        self.server, self.name, self._line_end = server, name, line_end
        self._backends = [name for name in BACKENDS if backends is None or name in backends] or list(BACKENDS)
        self.backend: str = next(name for name in PREFERRED if name in self._backends)
        self.history = WaitHistory()
        self._picture = WaitPicture(self._backends)
        self._announced = ("", 0)  # the backend and the number of descriptors that the status line is about
        self._build(client_rows, idle, active)
        self._start()
        self.swarm = Swarm(self.address)
        self._apply_load()
        self.swarm.wait_until_ready(2)
        wait_until(lambda: not active or self._collect_samples() or self._ended, 2)
        self._picture.draw(self.history, self.backend)  # a chart is never empty when it is first seen
        self.start_refreshing()

    def _build(self, client_rows: int, idle: int, active: int) -> None:
        self._controls = EchoControls(
            self._backends,
            self.backend,
            idle,
            active,
            lambda backend: self.call_safely(lambda: self.switch_backend(backend)),
            lambda _number: self.call_safely(self._apply_load),
        )
        self._address_label = widgets.HTML()
        self.client_rows: list[ClientRow] = []
        self._rows_box = widgets.VBox()
        for _row in range(client_rows):
            self.add_row()
        controls = row(*self._controls.widgets, self._hold_button())
        controls.layout.grid_gap = "0 14px"
        more = [self._button(_("One more client"), self.add_row)] if client_rows else []
        below = [self._controls.progress.widget, self._alert.widget, self._rows_box]
        self.widget = widgets.VBox(
            [self._picture.widget, controls, *below, row(*more, self._status.widget, self._address_label)]
        )

    @property
    def address(self) -> Address:
        """The host and port of the current server."""
        return self.background.server.address

    @property
    def _ended(self) -> bool:
        """True if the server's loop has ended by itself, with an error or without one."""
        return not self.background.running

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
        if backend not in self._backends:
            names = ", ".join(self._backends)
            raise UserError(_("“{name}” can't wait here. You can choose: {names}.").format(name=backend, names=names))
        with self._lock:
            if backend == self.backend and self.background.running:
                return
            self.backend = backend
            reconnecting = [client_row for client_row in self.client_rows if client_row.client.connected]
            self._start()
            self._controls.switch.value = backend
            if idle is not None:
                self._controls.idle.value = idle
            self._apply_load()
            for client_row in reconnecting:
                client_row.connect()

    def _start(self) -> None:
        self._not_stopped = ""
        background.stop(self.name, self._note)  # first, to free its descriptors: select takes only low numbers
        self.meter, self._cursor = SelectorMeter(), 0
        server = self.server(self.meter.wrap(BACKENDS[self.backend]()))
        try:
            self.background = background.start(server, self.name)
        except BaseException:  # for example, the cell was interrupted
            background.stop(self.name)
            server.close()
            raise
        host, port = self.address
        self._address_label.value = _("The server listens on {host}, port {port}.").format(host=host, port=port)

    def _note(self, sentence: str) -> None:
        self._not_stopped = sentence

    def reachable_loads(self, *idle: int) -> list[int]:
        """Return those of the numbers of idle clients that the limit of descriptors allows. Print the others."""
        most = self._controls.idle.steps[-1]
        if left_out := [number for number in idle if number > most]:
            text = _("The limit of open descriptors allows {most:,} idle clients here, so this is left out: {numbers}.")
            print(text.format(most=most, numbers=", ".join(f"{number:,}" for number in left_out)))
        return [number for number in idle if number <= most]

    def set_load(self, *, idle: int | None = None, active: int | None = None, timeout: float = 20.0) -> bool:
        """Set the number of clients in the swarm, and wait until they are connected.

        Args:
            idle: the number of clients that send nothing; None to keep the current number.
            active: the number of clients that send; None to keep the current number.
            timeout: how long to wait for the connections, in seconds.

        Returns:
            True if all clients are connected.

        Raises:
            UserError: The limit allows fewer idle clients.
        """
        with self._lock:
            if idle is not None:
                self._controls.idle.value = idle
                if self._controls.idle.value < idle:
                    raise UserError(self._controls.idle.note.text)
            if active is not None:
                self._controls.active.value = active
            self._apply_load()
        return self.swarm.wait_until_ready(timeout)

    def _apply_load(self) -> None:
        if not self.background.running:  # it has failed, perhaps because of this slider: start it again
            self._start()
        self.swarm.resize(
            idle=self._controls.idle.value, active=self._controls.active.value, rate=20, address=self.address
        )
        self._collect_samples()  # from here on, the clients connect

    def wait_for_samples(self, count: int, timeout: float = 10.0) -> bool:
        """Wait until the server has made `count` more waits.

        Returns:
            True if it has made them. False if `timeout` seconds have passed, or if the server has failed.
        """
        goal = self.meter.waits + count
        reached = wait_until(lambda: self.meter.waits >= goal or self._ended, timeout)
        self._collect_samples()
        return reached and not self._ended

    def median_wait_cpu_us(self, count: int, timeout: float = 10.0) -> float:
        """Return the median CPU time inside the next `count` waits, in microseconds.

        Only a wait in which the server sleeps counts, and only if all clients of the swarm are registered.

        Args:
            count: the number of waits.
            timeout: how long to collect them, in seconds.

        Raises:
            UserError: The server has ended, the process of the clients has ended, or there were too few such waits.
        """
        cost = median_cpu_us(self.meter, self.swarm, count, timeout, self._raise_if_ended)
        self._collect_samples()  # a change of the clients may come before the next refresh
        return cost

    def _raise_if_ended(self) -> None:
        if self._ended:
            self.background.raise_if_failed()
            raise UserError(describe_end(self.background.error))

    def median_costs(self, *idle: int) -> dict[str, float]:
        """Measure each backend with each number of idle clients.

        Returns:
            The median CPU time inside a wait in microseconds, by backend and number, such as "poll 900".

        Raises:
            UserError: The limit allows fewer idle clients, or there were too few waits.
        """
        costs = {}
        for backend in sorted(self._backends, key=PREFERRED.index, reverse=True):
            self.switch_backend(backend)
            for number in idle:
                self.set_load(idle=number)
                costs[f"{backend} {number}"] = self.median_wait_cpu_us(12)
        return costs

    def _collect_samples(self) -> bool:
        with self._lock:
            samples, self._cursor = self.meter.samples_since(self._cursor)
            self.history.add(self.backend, samples, self.swarm.talking)
            return bool(self.history.latest)

    def _show(self) -> None:
        self._collect_samples()
        for client_row in self.client_rows:
            client_row.refresh()
        if not self.held:
            self._picture.draw(self.history, self.backend)
        self._controls.show_progress(*self.swarm.progress)
        problem = self.swarm.problem or self._not_stopped
        self._problem = describe_end(self.background.error) if self._ended else problem
        if (state := state_of(self.history, self.backend)) != self._announced:
            self._announced = state  # a screen reader reads the status line out, so not with each measurement
            self._status.update(status_text(self.history, self.backend))

    def settle(self) -> None:
        """Let each backend wait for few and for many clients. The preferred backend is the last one."""
        most = min(self._controls.idle.steps[-1], 900 if "select" in self._backends else SETTLED_IDLE[-1])
        self.median_costs(*[number for number in SETTLED_IDLE if number <= most])

    def picture(self) -> StaticFigure:
        """Return the sentence, the bars and the chart as a picture that does not change."""
        with self._lock:
            return self._picture.picture(self.history, self.backend)

    def _release(self) -> None:
        with contextlib.ExitStack() as stack:  # it calls all functions, from the last to the first, also after an error
            stack.callback(background.stop, self.name)
            for client_row in getattr(self, "client_rows", ()):
                stack.callback(client_row.close)
            if hasattr(self, "swarm"):  # not so if `__init__` was interrupted
                stack.callback(self.swarm.close)

    def __repr__(self) -> str:
        return _("An echo server in the background, its clients, and live charts of what its waits find and cost.")

"""A panel that watches a running asyncio loop: its selector, its timers, its ready queue, and its last iterations."""

import contextlib
import socket
from collections.abc import Callable
from functools import partial
from math import inf

import ipywidgets as widgets

from readiness.base.html_table import html_table
from readiness.base.messages import UserError, _
from readiness.servers.instrumented_asyncio import AsyncioServer, InstrumentedEventLoop, Iteration
from readiness.widgets.panel import Panel, closed_on_error, row

MAX_ITERATIONS = 6  # how many are shown: the latest
SINCE_PRESS = "▸"  # marks the turns since the last press of a button


class LoopPanel(Panel):
    """A panel that gives the loop of an `AsyncioServer` something to do, and shows in tables what the loop does.

    Args:
        server: the running server.
        name: the panel's name. An open panel with this name is closed first.
    """

    @closed_on_error
    def __init__(self, server: AsyncioServer, name: str = "loop") -> None:
        super().__init__(name, status_interval=1.0)
        self._server = server
        self._clients: list[socket.socket] = []
        self._turns_before_press: float = inf  # no turn is marked before the first press
        actions = {
            _("Timer in 3 seconds"): self.start_timer,
            _("Call five soon"): self.queue_callbacks,
            _("Connect a client"): self.connect,
            _("Say hello"): self.send_hello,
            _("Disconnect all"): self.disconnect_all,
        }
        bar = row(*(self._button(label, partial(self._press, action)) for label, action in actions.items()))
        self.widget = widgets.VBox([bar, self._alert.widget, self._status.widget, self._view])
        self.refresh()
        self.start_refreshing()

    def _press(self, action: Callable[[], None]) -> None:
        """Note the last turn before the press of a button, then do what the button says."""
        iterations = self._server.loop.iterations
        self._turns_before_press = iterations[-1].number if iterations else 0
        action()

    def connect(self) -> None:
        """Connect one more client to the server."""
        client = socket.create_connection(self._server.address, timeout=2)
        client.setblocking(False)
        self._clients.append(client)

    def send_hello(self) -> None:
        """Send "hello" from the client that connected last.

        Raises:
            UserError: No client is connected.
        """
        if not self._clients:
            raise UserError(_("No client is connected: connect one first."))
        self._clients[-1].send(b"hello")

    def start_timer(self) -> None:
        """Start a timer of three seconds in the loop."""

        def start() -> None:
            self._server.loop.call_later(3, lambda: None)

        self._server.call_in_loop(start)

    def queue_callbacks(self) -> None:
        """Put five callbacks into the loop's ready queue. The loop runs all five in its next iteration."""

        def queue_five() -> None:
            for _n in range(5):
                self._server.loop.call_soon(lambda: None)

        self._server.call_in_loop(queue_five)

    def disconnect_all(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _show(self) -> None:
        for client in self._clients:  # read the replies, so that the server's write buffer stays empty
            with contextlib.suppress(OSError):  # nothing has arrived, or the server has ended
                client.recv(65536)
        loop = self._server.loop
        iterations = list(loop.iterations)[-MAX_ITERATIONS:]
        self._view.value = _state_table(loop) + _iterations_table(iterations, self._turns_before_press)
        self._status.update(_describe(iterations, loop.is_running()))

    def _release(self) -> None:
        self.disconnect_all()

    def __repr__(self) -> str:
        return _("Five buttons, and tables with the loop's selector, heap, ready queue and last turns.")


def _describe(iterations: list[Iteration], running: bool) -> str:
    if not running:
        return _("The loop has ended. Run the cell that starts the server again, then this cell.")
    if not iterations:
        return _("The loop has not turned yet.")
    text = _("Callbacks that turn {n} has run: {ran}. Since then the loop sleeps in its wait.")
    return text.format(n=iterations[-1].number, ran=iterations[-1].callbacks_run)


def _state_table(loop: InstrumentedEventLoop) -> str:
    timers = loop.timers()
    due = _("{n}, the first in {s:.1f} s").format(n=len(timers), s=max(0, timers[0])) if timers else _("none")
    watched = _("{backend}, {n} descriptors").format(backend=loop.backend(), n=loop.descriptor_count())
    queued = _("{n} callbacks waiting").format(n=loop.ready_queue_length())
    rows = [(_("the selector"), watched), (_("the heap of timers"), due), (_("the ready queue"), queued)]
    return html_table(_("The loop now"), (), rows)


def _iterations_table(iterations: list[Iteration], before: float) -> str:
    """Return the table of the turns. Those with a greater number than `before` are marked, by a sign and by weight."""
    headers = (_("turn"), _("already queued"), _("descriptors ready"), _("timers due"), _("callbacks run"))
    marked = sum(i.number > before for i in iterations)  # they are the first rows
    rows: list[tuple[object, ...]] = []
    for i in reversed(iterations):
        turn = f"{SINCE_PRESS} {i.number}" if i.number > before else i.number
        rows.append((turn, i.ready_callbacks, i.events, i.due_timers, i.callbacks_run))
    caption = _("Its last turns, the newest first; {sign}: since your last press").format(sign=SINCE_PRESS)
    return html_table(caption, headers, rows, align="center", row_headers=False, bold_rows=range(marked))

"""A running asyncio loop, seen from outside: what its selector watches, its timers, its queue, and its last turns."""

import contextlib
import socket
import threading
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import UserError, _
from readiness.servers.instrumented_asyncio import AsyncioServer
from readiness.widgets import base
from readiness.widgets.threads import PeriodicThread

MAX_ITERATIONS = 6  # how many are shown: the latest


class LoopPanel:
    """Show buttons that give an `AsyncioServer`'s loop something to do, and tables of what it then does."""

    def __init__(self, server: AsyncioServer, name: str = "loop") -> None:
        base.close_panel(name)
        self._server = server
        self._lock = threading.RLock()
        self._clients: list[socket.socket] = []
        self._view, self._status = widgets.HTML(), base.StatusLine(min_interval=1.0)
        self._alert = base.StatusLine("alert", min_interval=0)
        actions = {
            _("Timer in 3 seconds"): self.start_timer,
            _("Call five soon"): self.queue_callbacks,
            _("Connect a client"): self.connect,
            _("Say hello"): self.send_hello,
            _("Disconnect all"): self.disconnect_all,
        }
        bar = widgets.HBox([self._button(*action) for action in actions.items()], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([bar, self._alert.widget, self._view, self._status.widget])
        self._refresh()
        self._refresh_thread = PeriodicThread(self._refresh, self._on_error, rate=base.SLOW_REFRESH_HZ)
        base.register(name, self)

    def _button(self, label: str, callback: Any) -> widgets.Button:
        return base.button(label, lambda: self.call_safely(callback))

    def call_safely(self, callback: Any) -> None:
        """Call `callback`; an error is shown in the panel."""
        with self._lock:
            self._alert.update("")
            try:
                callback()
            except Exception as error:  # an error in a callback would not be shown
                self._on_error(error)

    def _on_error(self, error: BaseException) -> None:
        self._alert.update(base.format_error(error))

    def connect(self) -> None:
        client = socket.create_connection(self._server.address, timeout=2)
        client.setblocking(False)
        self._clients.append(client)

    def send_hello(self) -> None:
        """Send "hello" from the newest client."""
        if not self._clients:
            raise UserError(_("No client is connected: connect one first."))
        self._clients[-1].send(b"hello")

    def start_timer(self) -> None:
        self._server.call_in_loop(lambda: self._server.loop.call_later(3, lambda: None))

    def queue_callbacks(self) -> None:
        def queue_five() -> None:
            for _n in range(5):
                self._server.loop.call_soon(lambda: None)

        self._server.call_in_loop(queue_five)

    def disconnect_all(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _refresh(self) -> None:
        with self._lock:
            loop = self._server.loop
            for client in self._clients:  # read the replies, so that the server's write buffer stays empty
                with contextlib.suppress(OSError):  # nothing has arrived, or the server is gone
                    client.recv(65536)
            timers = loop.timers()
            due = _("{n}, the first in {s:.1f} s").format(n=len(timers), s=max(0, timers[0])) if timers else _("none")
            state = {
                _("the selector"): _("{backend}, {n} descriptors").format(
                    backend=loop.backend(), n=loop.descriptor_count()
                ),
                _("the heap of timers"): due,
                _("the ready queue"): _("{n} callbacks waiting").format(n=loop.ready_queue_length()),
            }
            iterations = list(loop.iterations)[-MAX_ITERATIONS:]
            self._view.value = _state_table(state) + _iterations_table(iterations)
            self._status.update(_status_text(iterations, loop.is_running()))

    def close(self) -> None:
        self._refresh_thread.stop()
        with self._lock:
            self.disconnect_all()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return _("Five buttons, and what the loop's selector, heap and ready queue hold, with its last turns.")


def _status_text(iterations: list, running: bool) -> str:
    if not running:
        return _("The loop has ended: run the cell that starts the server again, then this one.")
    if not iterations:
        return _("The loop has not turned yet.")
    text = _("Callbacks run in turn {n}: {ran}. Since then the loop sleeps in its wait.")
    return text.format(n=iterations[-1].number, ran=iterations[-1].callbacks_run)


def _state_table(state: dict[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left; padding-left: 2em">{escape(value)}</td></tr>'
        for name, value in state.items()
    )
    return f"<table><caption>{escape(_('The loop now'))}</caption><tbody>{rows}</tbody></table>"


def _iterations_table(iterations: list) -> str:
    headings = (_("turn"), _("already queued"), _("descriptors ready"), _("timers due"), _("callbacks run"))
    head = "".join(f'<th scope="col" style="padding: 0 1em">{escape(text)}</th>' for text in headings)
    cell = '<td style="text-align: center">{}</td>'
    cells = [(i.number, i.ready_callbacks, i.events, i.due_timers, i.callbacks_run) for i in reversed(iterations)]
    rows = "".join(f"<tr>{''.join(map(cell.format, row))}</tr>" for row in cells)
    return (
        f"<table><caption>{escape(_('Its last turns, the newest first'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )

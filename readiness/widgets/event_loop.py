"""A running asyncio loop, seen from outside: what its selector watches, its timers, its queue, and its last turns."""

import contextlib
import socket
import threading
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import Refusal, _
from readiness.servers.instrumented_asyncio import AsyncioServer
from readiness.widgets import base

TURNS = 6  # the last ones that are shown


class LoopPanel:
    """Buttons that give an `AsyncioServer`'s loop something to do, and tables of what it then does."""

    def __init__(self, server: AsyncioServer, name: str = "loop") -> None:
        base.replace(name, None)
        self._server = server
        self._lock = threading.RLock()
        self._clients: list[socket.socket] = []
        self._view, self._status = widgets.HTML(), base.Line(calm=1.0)
        self._alert = base.Line("alert", calm=0)
        deeds = {
            _("Timer in 3 seconds"): self.later,
            _("Call five soon"): self.soon,
            _("Connect a client"): self.connect,
            _("Say hello"): self.talk,
            _("Disconnect all"): self.disconnect,
        }
        bar = widgets.HBox([self._button(*deed) for deed in deeds.items()], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([bar, self._alert.widget, self._view, self._status.widget])
        self._show()
        self._ticker = base.Ticker(self._show, self._fault, rate=5)
        base.replace(name, self)

    def _button(self, name: str, deed: Any) -> widgets.Button:
        return base.button(name, lambda: self._do(deed))

    def _do(self, deed: Any) -> None:
        with self._lock:
            self._alert.say("")
            try:
                deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._fault(error)

    def _fault(self, error: BaseException) -> None:
        self._alert.say(base.in_words(error))

    def connect(self) -> None:
        client = socket.create_connection(self._server.address, timeout=2)
        client.setblocking(False)
        self._clients.append(client)

    def talk(self) -> None:
        """The newest client says hello."""
        if not self._clients:
            raise Refusal(_("No client is connected: connect one first."))
        self._clients[-1].send(b"hello")

    def later(self) -> None:
        self._server.call_in_loop(lambda: self._server.loop.call_later(3, lambda: None))

    def soon(self) -> None:
        def five() -> None:
            for _n in range(5):
                self._server.loop.call_soon(lambda: None)

        self._server.call_in_loop(five)

    def disconnect(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _show(self) -> None:
        with self._lock:
            loop = self._server.loop
            for client in self._clients:  # the replies are read, so that the server is never owed for
                with contextlib.suppress(OSError):  # nothing has come, or the server is gone
                    client.recv(65536)
            timers = loop.timers()
            due = _("{n}, the first in {s:.1f} s").format(n=len(timers), s=max(0, timers[0])) if timers else _("none")
            parts = {
                _("the selector"): _("{backend}, {n} descriptors").format(
                    backend=loop.backend(), n=loop.descriptor_count()
                ),
                _("the heap of timers"): due,
                _("the ready queue"): _("{n} callbacks waiting").format(n=loop.ready_queue_length()),
            }
            turns = list(loop.iterations)[-TURNS:]
            self._view.value = _parts_table(parts) + _turns_table(turns)
            self._status.say(_status(turns, loop.is_running()))

    def close(self) -> None:
        self._ticker.stop()
        with self._lock:
            self.disconnect()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        return _("Five buttons, and what the loop's selector, heap and ready queue hold, with its last turns.")


def _status(turns: list, running: bool) -> str:
    if not running:
        return _("The loop has ended: run the cell that starts the server again, then this one.")
    if not turns:
        return _("The loop has not turned yet.")
    said = _("Callbacks run in turn {n}: {ran}. Since then the loop sleeps in its wait.")
    return said.format(n=turns[-1].number, ran=turns[-1].callbacks_run)


def _parts_table(parts: dict[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left; padding-left: 2em">{escape(value)}</td></tr>'
        for name, value in parts.items()
    )
    return f"<table><caption>{escape(_('The loop now'))}</caption><tbody>{rows}</tbody></table>"


def _turns_table(turns: list) -> str:
    heads = (_("turn"), _("already queued"), _("descriptors ready"), _("timers due"), _("callbacks run"))
    head = "".join(f'<th scope="col" style="padding: 0 1em">{escape(text)}</th>' for text in heads)
    cell = '<td style="text-align: center">{}</td>'
    rows = "".join(
        f"<tr>{''.join(map(cell.format, (turn.number, turn.ready_callbacks, turn.events, turn.due_timers, total)))}</tr>"
        for turn in reversed(turns)
        for total in [turn.callbacks_run]
    )
    return (
        f"<table><caption>{escape(_('Its last turns, the newest first'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )

"""Loops: asyncio's own event loop with its three parts in view, the selector, the heap of timers, the ready queue.

It runs in the background like any server of ours. It adds nothing to asyncio but a note for each turn.
"""

import asyncio
import selectors
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from readiness.base.background import StopEvent

KEPT = 200  # turns remembered


@dataclass(frozen=True)
class Turn:
    """One turn of the loop. `number` counts from 1; `soon`: callbacks that stood in the ready queue as its wait ended;
    `events`: descriptors that the wait found ready; `due`: timers whose time had come."""

    number: int
    soon: int
    events: int
    due: int

    @property
    def ran(self) -> int:
        """How many callbacks it ran."""
        return self.soon + self.events + self.due


class WatchedLoop(asyncio.SelectorEventLoop):
    """asyncio's loop over a selector, which notes each of its turns.

    The parts have private names (`Lib/asyncio/base_events.py`, `_run_once`): they may change with a new Python.
    """

    def __init__(self) -> None:
        self.turns: deque[Turn] = deque(maxlen=KEPT)
        self._turn = 0
        super().__init__(selectors.DefaultSelector())

    def _process_events(self, event_list: list) -> None:
        """Called once in each turn, between the wait and the callbacks."""
        end = self.time() + self._clock_resolution
        due = sum(handle.when() < end for handle in list(self._scheduled))
        self._turn += 1
        self.turns.append(Turn(self._turn, len(self._ready), len(event_list), due))
        super()._process_events(event_list)

    def watched(self) -> int:
        """How many descriptors the selector watches."""
        return len(self._selector.get_map() or ())

    def backend(self) -> str:
        return type(self._selector).__name__

    def timers(self) -> list[float]:
        """Seconds until each timer of the heap is due, the first one first; any thread may ask."""
        now = self.time()
        return sorted(handle.when() - now for handle in list(self._scheduled) if not handle.cancelled())

    def queued(self) -> int:
        """How many callbacks wait in the ready queue."""
        return len(self._ready)


class AsyncioServer:
    """A protocol of asyncio's, served on 127.0.0.1 by a `WatchedLoop`; `background.start` takes it as a server.

    `protocol` is a factory as `loop.create_server` takes it. `address` is there from the start.
    """

    def __init__(self, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self.loop = WatchedLoop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._protocol = protocol

    def serve(self, stop: StopEvent) -> None:
        """Run the loop in this thread until `stop` is readable."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        server = self.loop.run_until_complete(self.loop.create_server(self._protocol, sock=self._listener))
        self.loop.run_forever()
        self.loop.remove_reader(stop.fileno())
        server.close()
        for transport in list(self.loop._transports.values()):
            transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # what abort has put off

    def call(self, deed: Callable[[], None]) -> None:
        """Have the loop's own thread call `deed`: nothing else may touch a loop from another thread."""
        self.loop.call_soon_threadsafe(deed)

    def close(self) -> None:
        self._listener.close()
        if not self.loop.is_running():
            self.loop.close()

"""asyncio's own event loop with its three parts in view: the selector, the heap of timers, the ready queue.

It runs in the background like the other servers. It adds nothing to asyncio but a record of each iteration.
"""

import asyncio
import selectors
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from readiness.base.background import StopEvent

HISTORY = 200  # iterations remembered


@dataclass(frozen=True)
class Iteration:
    """One iteration of the loop.

    `number` counts from 1. `ready_callbacks`: callbacks in the ready queue when the wait ended; `events`: descriptors
    that the wait found ready; `due_timers`: timers that were due.
    """

    number: int
    ready_callbacks: int
    events: int
    due_timers: int

    @property
    def callbacks_run(self) -> int:
        """The number of callbacks that it ran."""
        return self.ready_callbacks + self.events + self.due_timers


class InstrumentedEventLoop(asyncio.SelectorEventLoop):
    """asyncio's loop over a selector, which records each of its iterations.

    The parts have private names (`Lib/asyncio/base_events.py`, `_run_once`): they may change with a new Python.
    """

    _clock_resolution: float
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _selector: selectors.BaseSelector
    _transports: Mapping[int, asyncio.Transport]

    def __init__(self) -> None:
        self.iterations: deque[Iteration] = deque(maxlen=HISTORY)
        self._iteration = 0
        super().__init__(selectors.DefaultSelector())

    def _process_events(self, event_list: list[tuple[selectors.SelectorKey, int]]) -> None:
        """Record the iteration: asyncio calls this once in each, between the wait and the callbacks."""
        end = self.time() + self._clock_resolution
        due_timers = sum(handle.when() < end for handle in list(self._scheduled))
        self._iteration += 1
        self.iterations.append(Iteration(self._iteration, len(self._ready), len(event_list), due_timers))
        super()._process_events(event_list)  # type: ignore[misc]  # typeshed leaves private methods out

    def descriptor_count(self) -> int:
        """Return the number of descriptors that the selector watches."""
        return len(self._selector.get_map() or ())

    def backend(self) -> str:
        """Return the name of the selector's class."""
        return type(self._selector).__name__

    def timers(self) -> list[float]:
        """Return the seconds until each timer of the heap is due, in order; any thread may call it."""
        now = self.time()
        return sorted(handle.when() - now for handle in list(self._scheduled) if not handle.cancelled())

    def ready_queue_length(self) -> int:
        """Return the number of callbacks in the ready queue."""
        return len(self._ready)


class AsyncioServer:
    """Serves an asyncio protocol on 127.0.0.1 with an `InstrumentedEventLoop`; `background.start` takes it as a server.

    `protocol_factory` is what `loop.create_server` takes. `address` is set from the start.
    """

    def __init__(self, protocol_factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self.loop = InstrumentedEventLoop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._protocol_factory = protocol_factory

    def serve(self, stop: StopEvent) -> None:
        """Run the loop in this thread until `stop` is readable."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        server = self.loop.run_until_complete(self.loop.create_server(self._protocol_factory, sock=self._listener))
        self.loop.run_forever()
        self.loop.remove_reader(stop.fileno())
        server.close()
        for transport in list(self.loop._transports.values()):
            transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # run the callbacks that abort has scheduled

    def call_in_loop(self, callback: Callable[[], None]) -> None:
        """Have the loop's own thread call `callback`: a loop's other methods must not be called from another thread."""
        self.loop.call_soon_threadsafe(callback)

    def close(self) -> None:
        self._listener.close()
        if not self.loop.is_running():
            self.loop.close()

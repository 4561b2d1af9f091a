"""asyncio's event loop with a record of each iteration, and with access to its selector, timers and ready queue.

`AsyncioServer` runs in the background like the other servers.
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

    Attributes:
        number: the number of the iteration, from 1 on.
        ready_callbacks: callbacks in the ready queue when the wait ended.
        events: descriptors that the wait found ready.
        due_timers: timers that were due.
    """

    number: int
    ready_callbacks: int
    events: int
    due_timers: int

    @property
    def callbacks_run(self) -> int:
        """The number of callbacks that the loop called in this iteration."""
        return self.ready_callbacks + self.events + self.due_timers


class InstrumentedEventLoop(asyncio.SelectorEventLoop):
    """asyncio's event loop, which records each iteration in `iterations`.

    It reads private attributes of asyncio (`Lib/asyncio/base_events.py`, `_run_once`): a new Python may change them.
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
        """Record the iteration. asyncio calls this method between the wait and the callbacks."""
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
        """Return the seconds until each timer is due, the next timer first. Any thread may call this method."""
        now = self.time()
        return sorted(handle.when() - now for handle in list(self._scheduled) if not handle.cancelled())

    def ready_queue_length(self) -> int:
        """Return the number of callbacks in the ready queue."""
        return len(self._ready)


class AsyncioServer:
    """A server on 127.0.0.1 for any asyncio protocol, with an `InstrumentedEventLoop`. It listens from the start.

    Args:
        protocol_factory: a callable that returns the protocol of a new connection, as for `loop.create_server`.
    """

    def __init__(self, protocol_factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self.loop = InstrumentedEventLoop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._protocol_factory = protocol_factory

    def serve(self, stop: StopEvent) -> None:
        """Run the loop in the calling thread until `stop` is readable."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        server = self.loop.run_until_complete(self.loop.create_server(self._protocol_factory, sock=self._listener))
        self.loop.run_forever()
        self.loop.remove_reader(stop.fileno())
        server.close()
        for transport in list(self.loop._transports.values()):
            transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # run the callbacks that abort has scheduled

    def call_in_loop(self, callback: Callable[[], None]) -> None:
        """Call `callback` in the loop's thread. Other threads must not call the other methods of a loop."""
        self.loop.call_soon_threadsafe(callback)

    def close(self) -> None:
        """Close the listener and the loop."""
        self._listener.close()
        if not self.loop.is_running():
            self.loop.close()

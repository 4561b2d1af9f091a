"""An asyncio event loop that records each of its iterations, and shows its selector, timers and ready queue.

`AsyncioServer` runs an asyncio protocol in this loop. The class has the same methods as the other servers.
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
    """The record of one iteration of asyncio's loop. An iteration waits for descriptors, then calls callbacks.

    Attributes:
        number: the number of the iteration; the first iteration has 1.
        ready_callbacks: how many callbacks were in the ready queue at the end of the wait.
        events: how many descriptors were ready at the end of the wait.
        due_timers: how many timers had reached their time at the end of the wait.
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
    """An asyncio event loop that keeps a record of its last HISTORY iterations in `iterations`.

    The class uses private attributes of asyncio (`Lib/asyncio/base_events.py`, `_run_once`). A new version of Python
    may change these attributes.
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
        """Record the iteration. asyncio calls this method after the wait, before the callbacks."""
        end = self.time() + self._clock_resolution
        due_timers = sum(handle.when() < end for handle in list(self._scheduled))
        self._iteration += 1
        self.iterations.append(Iteration(self._iteration, len(self._ready), len(event_list), due_timers))
        super()._process_events(event_list)  # type: ignore[misc]  # typeshed leaves private methods out

    def descriptor_count(self) -> int:
        """Return the number of descriptors that the selector watches."""
        return len(self._selector.get_map() or ())

    def backend(self) -> str:
        """Return the name of the selector's class, such as `EpollSelector`."""
        return type(self._selector).__name__

    def timers(self) -> list[float]:
        """Return the seconds until the deadline of each timer, in ascending order.

        Cancelled timers are left out. Any thread may call this method.
        """
        now = self.time()
        return sorted(handle.when() - now for handle in list(self._scheduled) if not handle.cancelled())

    def ready_queue_length(self) -> int:
        """Return the number of callbacks in asyncio's ready queue: the loop will call them in its next iteration."""
        return len(self._ready)


class AsyncioServer:
    """A server on 127.0.0.1 that runs any asyncio protocol in an `InstrumentedEventLoop`.

    The constructor opens the listening socket. The attribute `address` is the pair (host, port) of that socket.

    Args:
        protocol_factory: a callable that returns a protocol object for a new connection, as for `loop.create_server`.
    """

    def __init__(self, protocol_factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self.loop = InstrumentedEventLoop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._protocol_factory = protocol_factory

    def serve(self, stop: StopEvent) -> None:
        """Run the loop in the calling thread until `stop.set()` is called. Then abort all connections."""
        self.loop.add_reader(stop.fileno(), self.loop.stop)
        server = self.loop.run_until_complete(self.loop.create_server(self._protocol_factory, sock=self._listener))
        self.loop.run_forever()
        self.loop.remove_reader(stop.fileno())
        server.close()
        for transport in list(self.loop._transports.values()):
            transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))  # run the callbacks that abort has scheduled

    def call_in_loop(self, callback: Callable[[], None]) -> None:
        """Call `callback` in the thread that runs the loop. Any thread may call this method.

        Other threads must not call the loop's own methods, because those methods are not thread-safe.
        """
        self.loop.call_soon_threadsafe(callback)

    def close(self) -> None:
        """Close the listening socket. Close the loop, too, unless the loop is still running."""
        self._listener.close()
        if not self.loop.is_running():
            self.loop.close()

"""The threads of the panels: one calls a function at regular intervals, the other runs only the newest of its tasks."""

import sys
import threading
import time
from collections.abc import Callable


class _ShortSwitchInterval:
    """Context manager for several threads: while one or more are inside, the interpreter's switch interval is 1 ms.

    The interval belongs to the whole process (`sys.setswitchinterval`; CPython starts with 5 ms). The first thread that
    enters saves it, and the last thread that leaves restores it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads_inside = 0
        self._interval_before = 0.0  # seconds

    def __enter__(self) -> None:
        with self._lock:
            if self._threads_inside == 0:
                self._interval_before = sys.getswitchinterval()
                sys.setswitchinterval(0.001)
            self._threads_inside += 1

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self._threads_inside -= 1
            if self._threads_inside == 0:
                sys.setswitchinterval(self._interval_before)


_short_switch_interval = _ShortSwitchInterval()


class PeriodicThread:
    """A thread that calls `function` at regular intervals. It refreshes a panel, even while a cell runs.

    An asyncio task would not run while a cell runs. While at least one such thread runs, the switch interval of the
    interpreter is 1 ms. With the usual 5 ms, a cell that spins would rarely let this thread and the server's thread
    have the interpreter lock.

    Args:
        function: what to call.
        on_error: called with each error that `function` raises. The thread then continues.
        rate: calls per second.
    """

    def __init__(self, function: Callable[[], None], on_error: Callable[[BaseException], None], rate: float) -> None:
        self._function, self._on_error, self._period = function, on_error, 1 / rate
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="readiness-periodic", daemon=True)
        try:
            self._thread.start()
        except BaseException:  # the cell was interrupted
            self._stopped.set()
            raise

    def _run(self) -> None:
        due = time.monotonic()
        with _short_switch_interval:
            while not self._stopped.wait(max(0.0, due - time.monotonic())):
                due = max(due + self._period, time.monotonic())  # after a late call, the next ones are not closer
                try:
                    self._function()
                except BaseException as error:  # without this, no one would see the error of a thread
                    self._on_error(error)

    def stop(self) -> None:
        """End the thread and wait for its end. If the thread calls it, it does not wait. A second call does nothing."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()


class LatestTaskThread:
    """A thread that runs one task at a time. If tasks are submitted meanwhile, it runs only the last of them.

    This is for a slider, whose value changes faster than a measurement takes.

    Args:
        on_error: called with each error that a task raises. The thread then continues.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        self._changed = threading.Condition()
        self._pending: Callable[[], None] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="readiness-latest-task", daemon=True)
        try:
            self._thread.start()
        except BaseException:  # the cell was interrupted
            self._stopping = True
            raise

    def submit(self, task: Callable[[], None]) -> None:
        """Run `task` after the current task. If another task is submitted before that, `task` never runs."""
        with self._changed:
            self._pending = task
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending is not None or self._stopping)
                task, self._pending = self._pending, None
            if task is None or self._stopping:
                return
            try:
                task()
            except BaseException as error:  # without this, no one would see the error of a thread
                self._on_error(error)

    def stop(self) -> None:
        """End the thread after its current task, and wait until it has ended. A second call does nothing."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

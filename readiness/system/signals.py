"""Set a signal handler for a while, and send a signal to this process after a while. For experiments with signals."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

from readiness.base.bounds import require_positive


@contextlib.contextmanager
def handler(number: int, function: Callable[..., None]) -> Iterator[None]:
    """Set `function` as the handler of a signal for one `with` block (`signal.signal`).

    Only the main thread may do this. The function gets the signal's number and the frame that it interrupts.
    """
    before = signal.signal(number, function)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextlib.contextmanager
def sent_later(number: int, seconds: float) -> Iterator[None]:
    """Send the signal to this process `seconds` seconds after the `with` block begins, and end the block after that.

    Raises:
        UserError: `seconds` is not above 0, or more than a minute.
    """
    require_positive(most=60, seconds=seconds)
    timer = threading.Timer(seconds, os.kill, (os.getpid(), number))
    timer.start()
    try:
        yield
    finally:
        timer.join()

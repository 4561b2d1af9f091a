"""Let a thread wait, and do something while it sleeps.

This module only starts the thread and looks when it sleeps. What the thread waits for is the caller's.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from readiness.system import thread_state

Result = TypeVar("Result")


def call_during_wait(wait: Callable[[], Result], callback: Callable[[threading.Thread], None]) -> Result:
    """Call `wait` in a new thread, and call `callback` in this thread while the new one sleeps.

    Args:
        wait: called without an argument. It sleeps, and returns at the latest when its own time limit has passed.
        callback: called once with the new thread, as soon as that thread sleeps.

    Returns:
        What `wait` has returned.
    """
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(wait()))
    thread.start()
    try:
        thread_state.wait_until_asleep(thread)
        callback(thread)
    finally:
        thread.join()
    return results[0]

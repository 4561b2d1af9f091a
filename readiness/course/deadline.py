"""A time limit for a function of a learner, which may loop without end or block in a system call."""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class DeadlineError(BaseException):
    """Raised in the learner's code when its time limit is over.

    It is not a subclass of Exception, so ``except Exception`` in the learner's code does not catch it.
    """


def with_deadline(function: Callable[[], None], timeout: float) -> None:
    """Call a function, and stop it if it takes too long, for example in an endless loop or in a system call.

    In the main thread of a POSIX system, a timer interrupts the function again and again until it ends. In any other
    place the function runs in a thread of its own. If the time is over, that thread is not stopped.

    Args:
        function: the function to call.
        timeout: seconds that the function may take.

    Raises:
        DeadlineError: The function has not returned in time.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        _in_a_thread(function, timeout)
        return

    swallowed, traced = False, sys.gettrace()

    def on_alarm(_number: int, frame: FrameType | None) -> None:
        nonlocal swallowed
        # If a bare except has caught the first error, raise it again on the next line, which is outside of its try.
        if swallowed and frame is not None:
            frame.f_trace = _raise_on_next_line
            sys.settrace(_raise_on_next_line)
        swallowed = True
        raise DeadlineError

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, timeout, 0.2)
    try:
        function()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(traced)


def _raise_on_next_line(_frame: FrameType, event: str, _arg: Any) -> Any:
    """Raise DeadlineError before the next line of Python runs. This is a trace function (see `sys.settrace`)."""
    if event == "line":
        raise DeadlineError
    return _raise_on_next_line


def _in_a_thread(function: Callable[[], None], timeout: float) -> None:
    raised: list[BaseException] = []

    def target() -> None:
        try:
            function()
        except BaseException as error:  # raised again in the thread of the caller
            raised.append(error)

    thread = threading.Thread(target=target, name="readiness-check", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise DeadlineError
    if raised:
        raise raised[0]

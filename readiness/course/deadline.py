"""A time limit for a function of a learner, which may loop without end or block in a system call.

An alarm raises DeadlineError in the function. A learner's code may catch it: with a bare except, with ``finally:
continue``, in several functions that call each other. Then the next alarm raises it once more, and again at the first
instruction of each handler that catches it, until it has left the learner's code.
"""

import functools
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from readiness.base.code_location import Place, frame_places
from readiness.course.try_blocks import TryBlocks

PERIOD = 0.05  # seconds between the alarms after the first one
CLEANUP_TIME = 2.0
"""Seconds that the course's own code has to clean up, before an alarm interrupts it, too."""

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


class DeadlineError(BaseException):
    """Raised in the learner's code when its time limit is over.

    It is not a subclass of Exception, so ``except Exception`` in the learner's code does not catch it.

    Attributes:
        places: the lines that were executed when the time was over. None if the code runs in another thread.
    """

    def __init__(self, places: list[Place] | None = None) -> None:
        super().__init__()
        self.places = places


def written_in_no_library(file: str) -> bool:
    """Return whether this file belongs neither to the course's package nor to Python's library."""
    return not file.startswith((PACKAGE, STANDARD_LIBRARY, "<frozen"))


def with_deadline(
    function: Callable[[], None], timeout: float, is_learners: Callable[[str], bool] = written_in_no_library
) -> None:
    """Call a function, and stop it if it takes too long, for example in an endless loop or in a system call.

    In the main thread of a POSIX system, a timer interrupts the function again and again until it ends. In any other
    place the function runs in a thread of its own. If the time is over, that thread is not stopped.

    Args:
        function: the function to call.
        timeout: seconds that the function may take.
        is_learners: says by the name of a file whether a learner wrote it. After the first alarm, only code that such a
            file runs or calls is interrupted, so that the course's own code can close what it has opened.

    Raises:
        DeadlineError: The function has not returned in time.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        _in_a_thread(function, timeout)
        return
    alarms = _Alarms(sys._getframe(), is_learners)
    traced, unraisable = sys.gettrace(), sys.unraisablehook
    before = signal.signal(signal.SIGALRM, alarms.on_alarm)
    sys.unraisablehook = functools.partial(_report_unraisable, unraisable)
    signal.setitimer(signal.ITIMER_REAL, timeout, PERIOD)
    try:
        next(_called(function), None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = unraisable
        sys.settrace(traced)


def _report_unraisable(report: Callable[[Any], object], unraisable: Any) -> None:
    """Report an error that Python drops, such as one in `__del__`, except ours: the next alarm raises it again."""
    if unraisable.exc_type is not DeadlineError:
        report(unraisable)


def _called(function: Callable[[], None]) -> Iterator[None]:
    """Call the function in a generator: CPython forgets at its end which error a handler in it was handling.

    An error that a trace function raises in a handler may leave that handler's error behind in the thread. All later
    errors would then name it as their context, and keep its frames alive.
    """
    function()
    yield


class _Alarms:
    """Raise DeadlineError in the learner's code until it comes out.

    The second alarm and later ones also set a trace function (sys.settrace). It raises the error again as soon as an
    instruction lies within fewer try blocks than the last one at which the error was raised: the handler has caught it.

    Args:
        outermost: the frame of `with_deadline`, which the error is to reach.
        is_learners: says by the name of a file whether a learner wrote it.
    """

    def __init__(self, outermost: FrameType, is_learners: Callable[[str], bool]) -> None:
        self.outermost, self.is_learners = outermost, is_learners
        self.try_blocks = TryBlocks()
        self.started: float | None = None  # when the first alarm came
        self.has_raised = self.in_trace = self.stop_tracing = False
        self.places: list[Place] = []  # the lines that were executed when the error was raised first
        self.last_depth = 0  # how many try blocks were around the instruction at which the error was raised
        self.raised_in: FrameType | None = None  # the frame in which the trace function has raised it

    def on_alarm(self, _number: int, frame: FrameType | None) -> None:
        """Raise DeadlineError, except in the course's own code that cleans up."""
        if self.in_trace:  # an error raised here would end the tracing; the next alarm finds the learner's code
            self.stop_tracing = True
            return
        sys.settrace(None)
        if self.started is None:
            self.started = time.monotonic()
        frames = self._frames(frame)
        if not frames or not self._may_raise(frames):
            return
        if self.has_raised:
            self.stop_tracing = False
            self._trace_from(frames)
        self.has_raised = True
        self.places = self.places or frame_places(frames)
        raise DeadlineError(self.places)

    def _frames(self, frame: FrameType | None) -> list[FrameType]:
        """Return the frames from this one outwards, up to that of `with_deadline`, which is not among them."""
        frames = []
        while frame is not None and frame is not self.outermost:
            if frame.f_code.co_filename != __file__:
                frames.append(frame)
            frame = frame.f_back
        return frames if frame is self.outermost else []

    def _may_raise(self, frames: list[FrameType]) -> bool:
        """Return whether these frames may be interrupted: the course's code that cleans up has its time for that."""
        if self._learners(frames):
            return True
        inner = itertools.takewhile(lambda each: not written_in_no_library(each.f_code.co_filename), frames)
        return not self.has_raised and all(each.f_code.co_name != "__exit__" for each in inner)

    def _learners(self, frames: list[FrameType]) -> list[FrameType]:
        """Return the frames from the innermost one up to the outermost one of the learner's, or none.

        After `CLEANUP_TIME` all frames count as the learner's.
        """
        if time.monotonic() > (self.started or 0) + CLEANUP_TIME:
            return frames
        places = [n for n, each in enumerate(frames) if self.is_learners(each.f_code.co_filename)]
        return frames[: places[-1] + 1] if places else []

    def _trace_from(self, frames: list[FrameType]) -> None:
        self.last_depth = self.try_blocks.depth(self._learners(frames))
        for frame in frames:
            frame.f_trace = _Tracer(self._trace)
            frame.f_trace_opcodes = True
        sys.settrace(self._trace_call)

    def _trace_call(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        """Trace a new frame (see `sys.settrace`)."""
        if frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_opcodes = True
        return _Tracer(self._trace)

    def _trace(self, frame: FrameType, event: str, _arg: Any) -> Any:
        """Raise DeadlineError if fewer try blocks than before are around the next instruction."""
        self.in_trace = True
        try:
            frames = self._learners(self._frames(frame))
            if self.stop_tracing or not frames:
                sys.settrace(None)
            elif event in ("opcode", "line") and self.try_blocks.depth(frames) < max(self.last_depth, 1):
                # At 0 too: Python 3.12 looks up the handler of an alarm's error at the target of a jump.
                self.raised_in = frame
        finally:
            self.in_trace = False
        if self.raised_in is not None:
            raise DeadlineError(self.places)
        return frame.f_trace

    def trace_again(self) -> None:
        """Trace again after an error of the trace function has ended the tracing."""
        self.in_trace = True
        frame, self.raised_in = self.raised_in, None
        if frames := self._learners(self._frames(frame)):
            self._trace_from(frames)
        self.in_trace = False


class _Tracer(functools.partial[Any]):
    """The trace function of one frame.

    If a trace function raises an error, Python ends the tracing and drops this object. The frame alone refers to it.
    """

    def __del__(self) -> None:
        alarms: _Alarms = self.func.__self__  # type: ignore[attr-defined]
        if alarms.raised_in is not None:
            alarms.trace_again()


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

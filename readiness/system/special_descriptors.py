"""Descriptors of Linux for things that are not sockets: a timer, changes of a folder.

Python 3.13 has `os.timerfd_create`; inotify has no function in the standard library. So both use the C library here.
"""

import ctypes
import os
import sys
from ctypes import byref, c_int, c_long

from readiness.base.bounds import require_positive
from readiness.base.messages import UserError, _

CLOCK_MONOTONIC = 1  # linux/time.h
MAX_SECONDS = 1 << 31  # 68 years
IN_CREATE = 0x100  # sys/inotify.h: a file was made in the folder
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC if hasattr(os, "O_NONBLOCK") else 0


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", c_long), ("nanoseconds", c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


def _call(name: str, *args: object) -> int:
    """Call a function of the C library, and return its result.

    Raises:
        UserError: This is not Linux.
        OSError: The call failed.
    """
    if sys.platform != "linux":
        raise UserError(_("Only Linux has timers and changes of files as descriptors."))
    result: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def timer(seconds: float) -> int:
    """Return a descriptor that becomes readable after `seconds` seconds, once (timerfd_create(2)).

    Raises:
        UserError: This is not Linux, or `seconds` is not above 0 (timerfd_settime(2) takes 0 for “never”), or too
            great.
    """
    require_positive(most=MAX_SECONDS, seconds=seconds)
    descriptor = _call("timerfd_create", c_int(CLOCK_MONOTONIC), c_int(_FLAGS))
    whole, rest = divmod(seconds, 1)
    deadline = _Itimerspec(_Timespec(0, 0), _Timespec(int(whole), max(1, int(rest * 1e9))))
    _call("timerfd_settime", c_int(descriptor), c_int(0), byref(deadline), None)
    return descriptor


def folder_watch(folder: str) -> int:
    """Return a descriptor that becomes readable when a file is made in `folder` (inotify(7))."""
    descriptor = _call("inotify_init1", c_int(_FLAGS))
    try:
        _call("inotify_add_watch", c_int(descriptor), os.fsencode(folder), IN_CREATE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor

"""The structs that select(2), poll(2) and epoll_ctl(2) take, as the C library lays them out in memory."""

import ctypes
import os
import sys
from ctypes import Structure, c_int, c_long, c_short, c_uint32, c_uint64
from math import isnan

from readiness.base.messages import UserError, _


class Pollfd(Structure):
    """``struct pollfd`` of poll(2): 8 bytes."""

    _fields_ = (("fd", c_int), ("events", c_short), ("revents", c_short))


class EpollEventStruct(Structure):
    # Packed on x86-64 alone, so that 32-bit programs may pass the same 12 bytes (EPOLL_PACKED, eventpoll.h).
    if os.name == "posix" and os.uname().machine == "x86_64":
        _pack_, _layout_ = 1, "ms"  # from Python 3.14 on, a packed layout must be named
    _fields_ = (("events", c_uint32), ("data", c_uint64))


class Timeval(Structure):
    """``struct timeval`` of select(2): seconds and microseconds."""

    _fields_ = (("seconds", c_long), ("microseconds", ctypes.c_int32 if sys.platform == "darwin" else c_long))

    @classmethod
    def from_seconds(cls, seconds: float) -> "Timeval":
        """Return `seconds` as a `Timeval`, rounded to microseconds. The longest is 2**31 seconds (68 years).

        Raises:
            UserError: `seconds` is NaN.
        """
        if isnan(seconds):
            raise UserError(_("A timeval can't hold NaN seconds: choose a number."))
        return cls(*divmod(round(max(-1 << 31, min(seconds, 1 << 31)) * 1e6), 10**6))

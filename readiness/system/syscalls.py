"""Kernel: select, poll and epoll as the kernel sees them, their arguments visible before and after each call.

Thin ctypes calls over the C library, for looking and for measuring; a program uses `select` and `selectors`.
What this system has not is refused in one sentence.
"""

import ctypes
import os
import re
import select as _select
import sys
from collections.abc import Iterable
from ctypes import Structure, byref, c_int, c_long, c_short, c_uint32, c_uint64, c_ulong
from dataclasses import dataclass
from typing import NamedTuple

from readiness.base.messages import UserError, _
from readiness.system.fdset import Bitmap
from readiness.system.limits import read_proc

_LIBC = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
_NFDS = c_ulong if sys.platform == "linux" else ctypes.c_uint  # nfds_t of poll.h
CTL = {"ADD": 1, "DEL": 2, "MOD": 3}
"""The operations of epoll_ctl(2)."""

_NAMES = ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDNORM", "RDBAND", "WRNORM", "WRBAND", "MSG")
_EPOLL = {  # include/uapi/linux/eventpoll.h
    **{name: 1 << bit for bit, name in enumerate(_NAMES)},
    "RDHUP": 1 << 13,
    "EXCLUSIVE": 1 << 28,
    "WAKEUP": 1 << 29,
    "ONESHOT": 1 << 30,
    "ET": 1 << 31,
}


class Pollfd(Structure):
    """``struct pollfd`` of poll(2): 8 bytes."""

    _fields_ = (("fd", c_int), ("events", c_short), ("revents", c_short))


class _EpollEvent(Structure):
    # Packed on x86-64 alone, so that 32-bit programs may pass the same 12 bytes (EPOLL_PACKED, eventpoll.h).
    if os.name == "posix" and os.uname().machine == "x86_64":
        _pack_, _layout_ = 1, "ms"  # a packed layout is said aloud from Python 3.14 on
    _fields_ = (("events", c_uint32), ("data", c_uint64))


class Timeval(Structure):
    """``struct timeval`` of select(2): seconds and microseconds."""

    _fields_ = (("seconds", c_long), ("microseconds", ctypes.c_int32 if sys.platform == "darwin" else c_long))

    @classmethod
    def of(cls, seconds: float) -> "Timeval":
        return cls(*divmod(round(seconds * 1e6), 10**6))


def function(name: str, library: ctypes.CDLL | None = None):
    """The C library's ``name``, for calls with arguments made beforehand; UserError where the call is not offered."""
    if not here(name):
        raise UserError(
            _("{name} can't be called on this system; the recorded results show it on Linux.").format(name=name)
        )
    if name == "select" and sys.platform == "darwin":
        name = "select$DARWIN_EXTSN"  # the one that takes more than 1024 (select(2) of macOS)
    return getattr(library or _LIBC, name)


def here(name: str) -> bool:
    """Whether this system and this interpreter offer the call: select, poll, epoll_wait, write …"""
    return _LIBC is not None and (not name.startswith(("poll", "epoll")) or hasattr(_select, name.partition("_")[0]))


def _call(name: str, *arguments) -> int:
    result = function(name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def event_names(mask: int, call: str = "poll") -> str:
    """The names in a mask of events, such as ``"POLLIN|POLLHUP"`` or ``"EPOLLIN|EPOLLET"``; ``"0"`` for none.

    ``call``: "poll" or "epoll". Bits without a name are shown as a hexadecimal number.
    """
    if call == "epoll":
        bits = {"EPOLL" + name: bit for name, bit in _EPOLL.items()}
    else:
        mask &= 0xFFFF
        bits = {"POLL" + name: getattr(_select, "POLL" + name, 0) & 0xFFFF for name in (*_NAMES, "RDHUP")}
    names = [name for name, bit in bits.items() if mask & bit]
    rest = mask & ~sum({bit for bit in bits.values() if mask & bit})
    return "|".join(names + [hex(rest)] * (rest != 0)) or "0"


class Sets(NamedTuple):
    """The three bitmaps of one select call; None where none was given."""

    read: Bitmap | None
    write: Bitmap | None
    except_: Bitmap | None


@dataclass(frozen=True)
class Selected:
    """One select call: how many bits it returned, the bitmaps before and after, the seconds asked for and left.

    ``left`` is what the kernel wrote into the timeval (Linux does, select(2)); None if there was none.
    """

    returned: int
    before: Sets
    after: Sets
    timeout: float | None
    left: float | None


def select(
    nfds: int,
    read: Bitmap | Iterable[int] | None = None,
    write: Bitmap | Iterable[int] | None = None,
    except_: Bitmap | Iterable[int] | None = None,
    timeout: float | None = None,
) -> Selected:
    """select(2): look at descriptors 0 to ``nfds - 1``; ``timeout`` in seconds, None for ever.

    A `Bitmap` that you pass is overwritten, as in C. There is no 1024 here: only glibc's type has one.
    OSError: EBADF for a bit whose descriptor is closed, EINVAL. UserError: a bitmap shorter than ``nfds``.
    Linux drops, without a word, what lies beyond the process's descriptor table, 64 entries at first: such a bit
    comes back as it went in, and is not counted (core_sys_select, `fs/select.c`).
    """
    given = [s if s is None or isinstance(s, Bitmap) else Bitmap(s, max(nfds, 1)) for s in (read, write, except_)]
    for bitmap in given:
        if bitmap is not None and len(bitmap) < nfds:
            raise UserError(
                _("The kernel reads {nfds} bits, and this bitmap has {bits}: make it with Bitmap(size={nfds}).").format(
                    nfds=nfds, bits=len(bitmap)
                )
            )
    before = Sets(*(b and b.copy() for b in given))
    time = None if timeout is None else Timeval.of(timeout)
    returned = _call(
        "select", c_int(nfds), *(b and byref(b.array) for b in given), None if time is None else byref(time)
    )
    left = None if time is None else time.seconds + time.microseconds / 1e6
    return Selected(returned, before, Sets(*given), timeout, left)


class Polled(NamedTuple):
    """One entry of the pollfd array: the descriptor, what is asked, what was answered (masks; `named` in words)."""

    fd: int
    events: int
    revents: int

    def named(self) -> tuple[int, str, str]:
        return self.fd, event_names(self.events), event_names(self.revents)


@dataclass(frozen=True)
class PollCall:
    """One poll call: how many entries have revents, and the array before and after."""

    returned: int
    before: list[Polled]
    after: list[Polled]


def pollfds(entries: Iterable[tuple[int, int]]) -> ctypes.Array:
    """The array that poll(2) takes, of ``(fd, events)`` entries with revents 0; `poll` takes it again and again."""
    entries = list(entries)
    return (Pollfd * len(entries))(*(Pollfd(fd, events) for fd, events in entries))


def poll(entries: Iterable[tuple[int, int]] | ctypes.Array, timeout_ms: int = -1) -> PollCall:
    """poll(2) on ``(fd, events)`` entries; a negative fd is skipped, a closed one answers POLLNVAL.

    An array of `pollfds` that you pass is written to, as in C.
    ``timeout_ms``: milliseconds, -1 for ever. OSError: EINVAL for more entries than RLIMIT_NOFILE.
    """
    array = entries if isinstance(entries, ctypes.Array) else pollfds(entries)
    before = [Polled(p.fd, p.events, p.revents) for p in array]
    returned = _call("poll", byref(array), _NFDS(len(array)), c_int(timeout_ms))
    return PollCall(returned, before, [Polled(p.fd, p.events, p.revents) for p in array])


class Event(NamedTuple):
    """One ``struct epoll_event``: the mask, and the 64 bits that were given at registration (`named` in words)."""

    events: int
    data: int

    def named(self) -> tuple[str, int]:
        return event_names(self.events, "epoll"), self.data


@dataclass(frozen=True)
class EpollCall:
    """One epoll_wait call: how many events it wrote, and the whole event array before and after."""

    returned: int
    before: list[Event]
    after: list[Event]


EPOLL_EVENT_BYTES = ctypes.sizeof(_EpollEvent)
"""12 on x86-64, where the structure is packed; 16 elsewhere."""


def event_array(n: int) -> ctypes.Array:
    """Room for ``n`` epoll events, all zero."""
    return (_EpollEvent * n)()


def epoll_create1(flags: int | None = None) -> int:
    """epoll_create1(2): a new, empty interest list; EPOLL_CLOEXEC unless flags say otherwise; os.close ends it."""
    return _call("epoll_create1", c_int(os.O_CLOEXEC if flags is None else flags))


def epoll_ctl(epfd: int, op: str | int, fd: int, events: int = 0, data: int | None = None) -> None:
    """epoll_ctl(2); ``op``: "ADD", "MOD" or "DEL". ``data``, the 64 bits given back with each event, is fd by default.

    OSError: EEXIST, ENOENT, EBADF, EPERM (a regular file), ELOOP, ENOSPC.
    """
    if isinstance(op, str) and op not in CTL:
        raise UserError(_("epoll_ctl adds, modifies or deletes: say 'ADD', 'MOD' or 'DEL', not {op!r}.").format(op=op))
    event = _EpollEvent(events, fd if data is None else data)
    _call("epoll_ctl", c_int(epfd), c_int(CTL.get(op, op)), c_int(fd), byref(event))


def epoll_wait(epfd: int, maxevents: int = 64, timeout_ms: int = -1) -> EpollCall:
    """epoll_wait(2) into an array of ``maxevents`` events; milliseconds, -1 for ever. OSError: EBADF, EINVAL."""
    array = event_array(max(0, maxevents))
    before = [Event(e.events, e.data) for e in array]
    returned = _call("epoll_wait", c_int(epfd), byref(array), c_int(maxevents), c_int(timeout_ms))
    return EpollCall(returned, before, [Event(e.events, e.data) for e in array])


@dataclass(frozen=True)
class Interest:
    """One registration as the kernel holds it (`fs/eventpoll.c`, ep_show_fdinfo): the descriptor, the mask, the data,
    then the open file that it is about: position, inode, device.

    CPython's ``select.epoll`` sets the lower 32 bits of the data, to the descriptor; the upper ones are what was there.
    """

    tfd: int
    events: int
    data: int
    pos: int | None = None
    ino: int | None = None
    sdev: int | None = None

    @property
    def named(self) -> str:
        return event_names(self.events, "epoll")


_TFD = re.compile(
    r"^tfd:\s*(-?\d+)\s+events:\s*([0-9a-f]+)\s+data:\s*([0-9a-f]+)"
    r"(?:\s+pos:\s*(-?\d+)\s+ino:\s*([0-9a-f]+)\s+sdev:\s*([0-9a-f]+))?",
    re.MULTILINE,
)


def parse_interest(text: str) -> list[Interest]:
    """The registrations in the text of /proc/PID/fdinfo/EPFD (proc_pid_fdinfo(5)); numbers there are hexadecimal,
    except tfd and pos."""
    return [
        Interest(
            int(tfd), int(events, 16), int(data, 16), int(pos) if pos else None,
            int(ino, 16) if ino else None, int(sdev, 16) if sdev else None,
        )
        for tfd, events, data, pos, ino, sdev in _TFD.findall(text)
    ]  # fmt: skip


def interest_list(epfd: int) -> list[Interest]:
    """The interest list of an open epoll descriptor, from /proc/self/fdinfo.

    OSError: EBADF if it is not open. UserError: it is no epoll, or this system doesn't show it.
    """
    os.fstat(epfd)
    text = read_proc(f"/proc/self/fdinfo/{epfd}")
    if text is None:
        raise UserError(_("This system doesn't show the interest list: recorded.load('fdinfo') shows one of Linux."))
    if os.readlink(f"/proc/self/fd/{epfd}") != "anon_inode:[eventpoll]":
        raise UserError(_("Descriptor {fd} is not an epoll, so it has no interest list.").format(fd=epfd))
    return parse_interest(text)

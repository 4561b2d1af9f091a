"""Call select, poll and epoll through ctypes, and show the arguments of a call as they were before and after it.

These functions are for inspection and measurement. A program uses Python's own `select` and `selectors`.
"""

import ctypes
import os
import select as _select
import sys
from collections.abc import Iterable
from ctypes import byref, c_ulong
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from readiness.base.messages import UserError, _
from readiness.system.c_int import require_int
from readiness.system.c_structs import EpollEventStruct, Pollfd, Timeval
from readiness.system.fdset import FdSet

_LIBC = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
_NFDS = c_ulong if sys.platform == "linux" else ctypes.c_uint  # nfds_t of poll.h
CTL = {"ADD": 1, "DEL": 2, "MOD": 3}
"""The operations of epoll_ctl(2), and their numbers."""

_EVENT_NAMES = ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDNORM", "RDBAND", "WRNORM", "WRBAND", "MSG")
_EPOLL_BITS = {  # include/uapi/linux/eventpoll.h
    **{name: 1 << bit for bit, name in enumerate(_EVENT_NAMES)},
    "RDHUP": 1 << 13,
    "EXCLUSIVE": 1 << 28,
    "WAKEUP": 1 << 29,
    "ONESHOT": 1 << 30,
    "ET": 1 << 31,
}


class CFunction(Protocol):
    """A function of the C library that ctypes has loaded. `restype` is the type of its result, by default int."""

    restype: object

    def __call__(self, *arguments: object) -> int: ...


def libc_function(name: str, library: ctypes.CDLL | None = None) -> CFunction:
    """Return the function `name` of the C library, such as "epoll_wait". It takes ctypes arguments.

    `library` is the loaded C library to use. With the default, `ctypes.get_errno` returns the error number after a
    failed call.

    Raises:
        UserError: This system does not offer the call.
    """
    if not is_available(name):
        raise UserError(
            _("{name} can't be called on this system; the recorded results show it on Linux.").format(name=name)
        )
    if name == "select" and sys.platform == "darwin":
        name = "select$DARWIN_EXTSN"  # the one that takes more than 1024 (select(2) of macOS)
    function: CFunction = getattr(library or _LIBC, name)
    return function


def is_available(name: str) -> bool:
    """Return True if this system and this interpreter offer the call `name`, such as "select" or "epoll_wait"."""
    return _LIBC is not None and (not name.startswith(("poll", "epoll")) or hasattr(_select, name.partition("_")[0]))


def _call(name: str, *arguments: object) -> int:
    require_int(name, *arguments)
    result = libc_function(name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def event_names(mask: int, call: str = "poll") -> str:
    """Return the names of the events in `mask`, such as "POLLIN|POLLHUP" or "EPOLLIN|EPOLLET"; "0" for an empty mask.

    Bits without a name are shown as a hexadecimal number. `call` says whose names to use: "poll" or "epoll".
    """
    if call == "epoll":
        bits = {"EPOLL" + name: bit for name, bit in _EPOLL_BITS.items()}
    else:
        mask &= 0xFFFF
        bits = {"POLL" + name: getattr(_select, "POLL" + name, 0) & 0xFFFF for name in (*_EVENT_NAMES, "RDHUP")}
    names = [name for name, bit in bits.items() if mask & bit]
    rest = mask & ~sum({bit for bit in bits.values() if mask & bit})
    return "|".join(names + [hex(rest)] * (rest != 0)) or "0"


class FdSets(NamedTuple):
    """The three bitmaps of one select call. None means that the call got no such bitmap."""

    read: FdSet | None
    write: FdSet | None
    except_: FdSet | None


@dataclass(frozen=True)
class SelectResult:
    """The result of one select call.

    Attributes:
        returned: the number that the call returned.
        before: the bitmaps before the call.
        after: the bitmaps after the call.
        timeout: seconds; None if the call had no time limit.
        remaining: seconds in the timeval after the call; None if the call had no time limit. Linux stores there how
            much of the timeout was left (select(2)).
    """

    returned: int
    before: FdSets
    after: FdSets
    timeout: float | None
    remaining: float | None


def select(
    nfds: int,
    read: FdSet | Iterable[int] | None = None,
    write: FdSet | Iterable[int] | None = None,
    except_: FdSet | Iterable[int] | None = None,
    timeout: float | None = None,
) -> SelectResult:
    """Call select(2), and return its result.

    The number of bits is not limited to 1024, because only glibc's type has that limit. The descriptor table of a
    process has 64 entries at first. Linux ignores bits for higher descriptors: the call returns them unchanged, and
    does not count them (core_sys_select, `fs/select.c`).

    Args:
        nfds: the kernel looks at descriptors 0 to ``nfds - 1``.
        read: the descriptors to test for reading. The call overwrites an `FdSet`, as in C.
        write: the descriptors to test for writing.
        except_: the descriptors to test for exceptional conditions.
        timeout: seconds; None for no time limit.

    Raises:
        OSError: EBADF: a bit is set for a closed descriptor. EINVAL: `nfds` or the timeout is invalid.
        UserError: A bitmap is shorter than `nfds`.
    """
    sets = [s if s is None or isinstance(s, FdSet) else FdSet(s, max(nfds, 1)) for s in (read, write, except_)]
    for bitmap in sets:
        if bitmap is not None and len(bitmap) < nfds:
            raise UserError(
                _("The kernel reads {nfds} bits, and this bitmap has {bits}: make it with FdSet(size={nfds}).").format(
                    nfds=nfds, bits=len(bitmap)
                )
            )
    before = FdSets(*(b and b.copy() for b in sets))
    timeval = None if timeout is None else Timeval.from_seconds(timeout)
    returned = _call("select", nfds, *(b and byref(b.array) for b in sets), None if timeval is None else byref(timeval))
    remaining = None if timeval is None else timeval.seconds + timeval.microseconds / 1e6
    return SelectResult(returned, before, FdSets(*sets), timeout, remaining)


class PollEntry(NamedTuple):
    """One entry of the array that poll takes: a descriptor, and the masks of its requested and its returned events."""

    fd: int
    events: int
    revents: int

    def describe(self) -> tuple[int, str, str]:
        """Return the descriptor, the names of the requested events, and the names of the returned events."""
        return self.fd, event_names(self.events), event_names(self.revents)


@dataclass(frozen=True)
class PollResult:
    """The result of one poll call: the number of entries with events, and the array before and after the call."""

    returned: int
    before: list[PollEntry]
    after: list[PollEntry]


def pollfds(entries: Iterable[tuple[int, int]]) -> ctypes.Array[Pollfd]:
    """Return an array for `poll`, made from (descriptor, mask of requested events) pairs. Many calls can use it.

    Raises:
        UserError: An int of C can't hold a descriptor, or 16 bits a mask.
    """
    entries = list(entries)
    for fd, events in entries:
        require_int("pollfd", fd)
        require_int("pollfd", events, least=-0x8000, most=0xFFFF)
    return (Pollfd * len(entries))(*(Pollfd(fd, events) for fd, events in entries))


def poll(entries: Iterable[tuple[int, int]] | ctypes.Array[Pollfd], timeout_ms: int = -1) -> PollResult:
    """Call poll(2), and return its result.

    The kernel skips a negative descriptor. For a closed descriptor it returns POLLNVAL.

    Args:
        entries: (descriptor, mask of requested events) pairs, or an array from `pollfds`. The call overwrites such an
            array.
        timeout_ms: milliseconds; -1 for no time limit.

    Raises:
        OSError: EINVAL: there are more entries than RLIMIT_NOFILE allows.
        UserError: A number is too great for its place in the array.
    """
    array = entries if isinstance(entries, ctypes.Array) else pollfds(entries)
    before = [PollEntry(p.fd, p.events, p.revents) for p in array]
    returned = _call("poll", byref(array), _NFDS(len(array)), timeout_ms)
    return PollResult(returned, before, [PollEntry(p.fd, p.events, p.revents) for p in array])


class EpollEvent(NamedTuple):
    """One ``struct epoll_event``: the mask of events, and the 64 bits of data that were passed to epoll_ctl."""

    events: int
    data: int

    def describe(self) -> tuple[str, int]:
        """Return the names of the events, and the data."""
        return event_names(self.events, "epoll"), self.data


@dataclass(frozen=True)
class EpollResult:
    """The result of one epoll_wait call: the number of events, and the whole array before and after the call."""

    returned: int
    before: list[EpollEvent]
    after: list[EpollEvent]


EPOLL_EVENT_BYTES = ctypes.sizeof(EpollEventStruct)
"""The size of ``struct epoll_event`` in bytes: 12 on x86-64, where it is packed, and 16 on most other machines."""


def event_array(n: int) -> ctypes.Array[EpollEventStruct]:
    """Return an array of `n` epoll events, at most 2**20. All bytes are zero."""
    require_int("epoll_event", n, least=0, most=1 << 20)
    return (EpollEventStruct * n)()


def epoll_create1(flags: int | None = None) -> int:
    """Call epoll_create1(2), by default with EPOLL_CLOEXEC. Return the new descriptor, which `os.close` closes."""
    return _call("epoll_create1", os.O_CLOEXEC if flags is None else flags)


def epoll_ctl(epfd: int, op: str, fd: int, events: int = 0, data: int | None = None) -> None:
    """Call epoll_ctl(2): add, modify or delete an entry of the interest list of an epoll.

    Args:
        epfd: the descriptor of the epoll.
        op: "ADD", "MOD" or "DEL".
        fd: the descriptor to watch.
        events: the mask of the requested events.
        data: 64 bits that epoll_wait returns with each event; None for the number `fd`.

    Raises:
        OSError: EEXIST, ENOENT, EBADF, EPERM (a regular file), ELOOP or ENOSPC, as epoll_ctl(2) says.
        UserError: `op` is not one of these three, or a number is too great for its place in the struct.
    """
    if op not in CTL:
        raise UserError(_("epoll_ctl adds, modifies or deletes: pass 'ADD', 'MOD' or 'DEL', not {op!r}.").format(op=op))
    data = fd if data is None else data
    require_int("epoll_event", events, least=-1 << 31, most=0xFFFFFFFF)
    require_int("epoll_event", data, least=-1 << 63, most=(1 << 64) - 1)
    event = EpollEventStruct(events, data)
    _call("epoll_ctl", epfd, CTL[op], fd, byref(event))


def epoll_wait(epfd: int, maxevents: int = 64, timeout_ms: int = -1) -> EpollResult:
    """Call epoll_wait(2), and return its result.

    Args:
        epfd: the descriptor of the epoll.
        maxevents: the length of the event array, from 1 to 2**20.
        timeout_ms: milliseconds; -1 for no time limit.

    Raises:
        OSError: EBADF: `epfd` is closed. EINVAL: `epfd` is not an epoll, or `maxevents` is less than 1.
    """
    require_int("epoll_wait", maxevents, most=1 << 20)
    array = event_array(max(0, maxevents))
    before = [EpollEvent(e.events, e.data) for e in array]
    returned = _call("epoll_wait", epfd, byref(array), maxevents, timeout_ms)
    return EpollResult(returned, before, [EpollEvent(e.events, e.data) for e in array])

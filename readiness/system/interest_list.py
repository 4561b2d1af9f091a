"""Read the interest list of an epoll: the descriptors that it watches, as /proc/self/fdinfo shows them.

The format is in proc_pid_fdinfo(5). The calls that change the list are in `syscalls`.
"""

import os
import re
from dataclasses import dataclass

from readiness.base.messages import UserError, _
from readiness.system.limits import read_proc
from readiness.system.syscalls import event_names


@dataclass(frozen=True)
class InterestEntry:
    """One entry of an epoll's interest list, as the kernel shows it (`fs/eventpoll.c`, ep_show_fdinfo).

    Attributes:
        tfd: the watched descriptor.
        events: the mask of the requested events.
        data: the 64 bits that epoll_wait(2) returns with each event. CPython's ``select.epoll`` stores the descriptor
            in the lower 32 bits, and does not initialize the upper 32 bits.
        pos: the current position in the watched file; None if the kernel does not show it.
        ino: the inode number of the watched file; None if the kernel does not show it.
        sdev: the number of the device that holds the watched file; None if the kernel does not show it.
    """

    tfd: int
    events: int
    data: int
    pos: int | None = None
    ino: int | None = None
    sdev: int | None = None

    def describe(self) -> str:
        """Return the names of the requested events, such as "EPOLLIN|EPOLLET"."""
        return event_names(self.events, "epoll")


_FDINFO_ENTRY = re.compile(
    r"^tfd:\s*(-?\d+)\s+events:\s*([0-9a-f]+)\s+data:\s*([0-9a-f]+)"
    r"(?:\s+pos:\s*(-?\d+)\s+ino:\s*([0-9a-f]+)\s+sdev:\s*([0-9a-f]+))?",
    re.MULTILINE,
)


def parse(text: str) -> list[InterestEntry]:
    """Return the interest list that `text` contains. `text` is the content of /proc/PID/fdinfo/EPFD.

    EPFD is the descriptor of the epoll. The numbers tfd and pos in the text are decimal, and the others are hexadecimal
    (proc_pid_fdinfo(5)).
    """
    return [
        InterestEntry(
            int(tfd), int(events, 16), int(data, 16), int(pos) if pos else None,
            int(ino, 16) if ino else None, int(sdev, 16) if sdev else None,
        )
        for tfd, events, data, pos, ino, sdev in _FDINFO_ENTRY.findall(text)
    ]  # fmt: skip


def read(epfd: int) -> list[InterestEntry]:
    """Return the interest list of the epoll with the descriptor `epfd`, as /proc/self/fdinfo shows it.

    Raises:
        OSError: EBADF: `epfd` is not open.
        UserError: `epfd` is not an epoll, or this system does not show the list.
    """
    os.fstat(epfd)
    text = read_proc(f"/proc/self/fdinfo/{epfd}")
    if text is None:
        raise UserError(_("This system doesn't show the interest list: recordings.load('fdinfo') shows one of Linux."))
    if os.readlink(f"/proc/self/fd/{epfd}") != "anon_inode:[eventpoll]":
        raise UserError(_("Descriptor {fd} is not an epoll, so it has no interest list.").format(fd=epfd))
    return parse(text)

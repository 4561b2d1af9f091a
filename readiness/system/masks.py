"""Ask poll and epoll once about one descriptor, without waiting, and return their masks as text.

This module shows which events the kernel reports. A program that waits uses Python's own `select` and `selectors`.
"""

import select
from typing import Protocol

from readiness.system import syscalls


class HasFileno(Protocol):
    """An object with a descriptor, such as a socket."""

    def fileno(self) -> int: ...


def poll_mask(fd: int | HasFileno) -> str:
    """Return the events that poll reports for a descriptor now, such as "IN|OUT"; "0" for none.

    The requested events are POLLIN, POLLOUT and POLLPRI. POLLERR and POLLHUP come without being requested (poll(2)).

    Args:
        fd: the descriptor, or an object with a method `fileno`.
    """
    waiting = select.poll()
    waiting.register(fd, select.POLLIN | select.POLLOUT | select.POLLPRI)
    mask = sum(mask for _fd, mask in waiting.poll(0))
    return syscalls.event_names(mask).replace("POLL", "")


def epoll_mask(fd: int | HasFileno) -> str:
    """Return the events that epoll reports for a descriptor now, in the form of `poll_mask`.

    Raises:
        OSError: EPERM: the descriptor is that of a regular file or a directory (epoll_ctl(2)).
    """
    with select.epoll() as interest:
        interest.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI)
        mask = sum(mask for _fd, mask in interest.poll(0))
    return syscalls.event_names(mask, "epoll").replace("EPOLL", "")

"""Find out which calls this machine offers, how many descriptors it allows, and what its /proc shows.

Only `raise_fd_limit` changes anything, the soft limit of this process. The module measures nothing. Each function asks
the system again.
"""

import math
import os
import platform
import select
import threading
import time
from dataclasses import dataclass

from readiness.base.html_table import html_table
from readiness.base.messages import _
from readiness.system.optional import resource

UNLIMITED = math.inf
"""A limit that allows any number (RLIM_INFINITY, getrlimit(2)). It is greater than every number."""


def read_proc(path: str) -> str | None:
    """Return the text of the file `path` under /proc. Return None if the file does not exist or can't be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def _number(path: str) -> int | None:
    text = read_proc(path)
    return int(text) if text else None


def fd_limits() -> tuple[float | None, float | None]:
    """Return the soft and the hard limit of this process for open descriptors (RLIMIT_NOFILE, getrlimit(2)).

    Returns:
        The soft limit and the hard limit. Each is a number of descriptors or `UNLIMITED`. Both are None if this system
        has no such limit.
    """
    if resource is None:
        return None, None
    soft, hard = (UNLIMITED if n == resource.RLIM_INFINITY else n for n in resource.getrlimit(resource.RLIMIT_NOFILE))
    return soft, hard


def _rlim(n: float) -> int:
    """Return the limit `n` as the number that setrlimit(2) expects."""
    return resource.RLIM_INFINITY if n == UNLIMITED else int(n)


def raise_fd_limit() -> str:
    """Raise the soft limit for open descriptors to the hard limit, or as far as the system allows.

    Returns:
        A sentence for the user that says whether the limit was raised, with the old and the new limit.
    """
    soft, hard = fd_limits()
    if soft is None or hard is None:
        return _("This system sets no limit of this kind, so there is nothing to raise.")
    if soft >= hard:
        return _("The soft limit is already the hard limit, {n}.").format(n=format_value(soft))
    # On macOS the hard limit may be unlimited, but a soft limit above kern.maxfilesperproc is refused.
    steps = (2**power for power in range(20, 7, -1))
    for target in (n for n in (hard, *steps) if soft < n <= hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_rlim(target), _rlim(hard)))
        except (ValueError, OSError):
            continue
        return _("The soft limit of open descriptors is raised from {before} to {after}.").format(
            before=format_value(soft), after=format_value(target)
        )
    return _("The system keeps the soft limit at {n}.").format(n=format_value(soft))


def how_to_raise_fd_limit() -> str:
    """Return advice for the user: how this process can be allowed more open descriptors."""
    soft, hard = fd_limits()
    if soft is None or hard is None:
        return _("This system sets no limit of this kind, so there is nothing to raise.")
    if soft < hard:
        return _("limits.raise_fd_limit() raises the soft limit. The hard limit is {n}.").format(n=format_value(hard))
    return _("The hard limit is the same: only an administrator can raise it, and then you start Jupyter again.")


def _wchan_is_shown() -> bool:
    """Return whether /proc names the kernel function in which a thread of this process sleeps (proc_pid_wchan(5))."""
    if read_proc("/proc/self/wchan") is None:
        return False
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lock.acquire, daemon=True)
    thread.start()
    try:
        # "0" means that the thread still runs, or that the kernel hides the name. Give the thread time to fall asleep.
        deadline = time.monotonic() + 0.1
        while time.monotonic() < deadline:
            if (read_proc(f"/proc/self/task/{thread.native_id}/wchan") or "0") != "0":
                return True
            time.sleep(0.001)
        return False
    finally:
        lock.release()
        thread.join()


Value = bool | float | str | None
"""The type of one fact in a `Report`. None means that this system does not have it."""


def format_value(value: Value) -> str:
    """Return `value` as text: "yes" or "no", a number with thousands separators, "unlimited", or "not here" for None.

    A text is returned unchanged.
    """
    if value is None:
        return _("not here")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value == UNLIMITED:
        return _("unlimited")
    return value if isinstance(value, str) else f"{value:,}"


@dataclass(frozen=True)
class Report:
    """What this machine and this Python interpreter offer. `report` returns it.

    A limit is a number, `UNLIMITED`, or None if the system does not have this limit. A field of type bool is True if
    the system call, or the file in /proc, can be used. `rows` explains each field.
    """

    system: str
    release: str
    python: str
    cpus: int
    select: bool
    poll: bool
    epoll: bool
    kqueue: bool
    eventfd: bool
    nofile_soft: float | None
    nofile_hard: float | None
    file_max: int | None
    nr_open: int | None
    max_user_watches: int | None
    fdinfo: bool
    wchan: bool

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (name, value as text, meaning) for each fact, in the order in which the facts are shown.

        The meaning is a short explanation for the user.
        """
        facts: list[tuple[str, Value, str]] = [
            (_("system"), f"{self.system} {self.release}", _("the kernel that runs your system calls")),
            ("Python", self.python, _("the interpreter that these cells run in")),
            (_("processors"), self.cpus, _("two or more let a measurement run beside the browser")),
            ("select", self.select, _("the oldest call, on every system; sockets only on Windows")),
            ("poll", self.poll, _("the same scan over a list, which may be as long as your soft limit")),
            ("epoll", self.epoll, _("the kernel keeps the interest list; Linux only")),
            ("kqueue", self.kqueue, _("the same idea on macOS and the BSDs")),
            ("eventfd", self.eventfd, _("the lightest descriptor to wait for: the cleanest measurements; Linux only")),
            (
                _("open files, soft limit"),
                self.nofile_soft,
                _("descriptors that this process may have open now; limits.raise_fd_limit() raises it"),
            ),
            (_("open files, hard limit"), self.nofile_hard, _("how far this process may raise its own soft limit")),
            ("fs.nr_open", self.nr_open, _("the highest hard limit that the administrator can give one process")),
            ("fs.file-max", self.file_max, _("open files of the whole system together")),
            ("max_user_watches", self.max_user_watches, _("entries in all epoll interest lists of one user")),
            ("/proc/self/fdinfo", self.fdinfo, _("shows an epoll interest list as the kernel holds it")),
            ("wchan", self.wchan, _("names the kernel function that a thread sleeps in")),
        ]
        return [(name, format_value(value), meaning) for name, value, meaning in facts]

    def __str__(self) -> str:
        rows = self.rows()
        first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
        return "\n".join(f"{name:<{first}}  {value:>{second}}  {meaning}" for name, value, meaning in rows)

    def _repr_html_(self) -> str:
        headers = (_("what"), _("here"), _("what it means for you"))
        return html_table(_("What this machine offers"), headers, self.rows())


def report() -> Report:
    """Return a `Report` on what this machine and this Python interpreter offer now."""
    soft, hard = fd_limits()
    return Report(
        system=platform.system(),
        release=platform.release().partition("-")[0],  # without the suffix of a distribution
        python=f"{platform.python_implementation()} {platform.python_version()}",
        cpus=os.cpu_count() or 1,
        select=hasattr(select, "select"),
        poll=hasattr(select, "poll"),
        epoll=hasattr(select, "epoll"),
        kqueue=hasattr(select, "kqueue"),
        eventfd=hasattr(os, "eventfd"),
        nofile_soft=soft,
        nofile_hard=hard,
        file_max=_number("/proc/sys/fs/file-max"),
        nr_open=_number("/proc/sys/fs/nr_open"),
        max_user_watches=_number("/proc/sys/fs/epoll/max_user_watches"),
        fdinfo=read_proc("/proc/self/fdinfo/0") is not None or read_proc("/proc/self/fdinfo/1") is not None,
        wchan=_wchan_is_shown(),
    )

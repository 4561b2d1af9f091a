"""A lock that several processes share: one of them holds it at a time.

The lock belongs to a file, and the kernel releases it when its process ends. This module reads and writes no data.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PAUSE = 0.005
"""Seconds between two attempts to take the lock."""


@contextlib.contextmanager
def file_lock(path: Path, timeout: float) -> Iterator[bool]:
    """Hold the lock of a file while the body runs.

    The body runs without the lock if another process holds it for too long, or if the file's disk has no locks.

    Args:
        path: the file of the lock. It is made if it is missing, and it stays empty.
        timeout: seconds to wait for another process that holds the lock.

    Yields:
        Whether the lock is held.

    Raises:
        OSError: The file can't be opened for writing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        held = _take(descriptor, timeout)
        try:
            yield held
        finally:
            if held:  # closing is not enough: a process that was forked meanwhile has the descriptor, too
                _release(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while True:
        try:
            _try(descriptor)
        except (BlockingIOError, PermissionError):  # another process holds it: by flock, by msvcrt.locking
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        except OSError:  # some network disks have no locks
            return False
        else:
            return True


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

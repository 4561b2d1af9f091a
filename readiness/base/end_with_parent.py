"""Let a child process end when its parent ends, even if the parent is killed and the child is busy."""

import os
import signal
import sys
import threading

if sys.platform == "linux":
    import fcntl


def end_with_parent(pipe_fd: int) -> None:
    """End this process as soon as `pipe_fd` is readable. That is so after the parent has ended.

    On Linux the kernel then kills this process (F_SETSIG and O_ASYNC, fcntl(2)). The process needs no second thread.
    On other systems a thread waits. Such a thread can't run while C code holds Python's lock (the GIL).

    Args:
        pipe_fd: the reading end of a pipe. Only the parent has the writing end, and it writes nothing from now on.
    """
    if sys.platform != "linux":
        threading.Thread(target=_end_when_readable, args=[pipe_fd], daemon=True).start()
        return
    leads_a_group = os.getpgrp() == os.getpid()  # then what this process has started ends, too
    fcntl.fcntl(pipe_fd, fcntl.F_SETOWN, -os.getpid() if leads_a_group else os.getpid())
    fcntl.fcntl(pipe_fd, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(pipe_fd, fcntl.F_GETFL)
    fcntl.fcntl(pipe_fd, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    try:
        os.read(pipe_fd, 1)
    except BlockingIOError:
        return
    os._exit(1)  # the parent has ended before this call, so no signal comes


def _end_when_readable(pipe_fd: int) -> None:
    os.read(pipe_fd, 1)
    os._exit(1)

"""Count how often a thread sleeps in one wait of a selector, in silence and when it is woken in vain."""

import select
import selectors
import socket
import threading

from readiness.base.bounds import require_count
from readiness.system import descriptors, thread_state
from readiness.system.during_wait import call_during_wait

SILENT_DESCRIPTORS = 100
WAIT_SECONDS = 0.2  # the time limit of the wait


def count_sleeps(kind: type[selectors.BaseSelector], urgent_bytes: int = 0) -> int:
    """Count how often a thread goes to sleep in one wait that returns no event.

    The thread watches `SILENT_DESCRIPTORS` silent descriptors and one TCP socket. An urgent byte runs the callbacks on
    the socket's wait queue, but does not make the socket readable (tcp(7), `MSG_OOB`). So it wakes the thread in vain.

    Args:
        kind: the class of the selector.
        urgent_bytes: how many urgent bytes the socket receives during the wait, at most 1,000, one after the other.
            Another thread takes each of them at once.

    Returns:
        The number of voluntary context switches of the thread during the wait. A wait for Python's own lock counts as
            well, so the number may be too high: take the smallest of several.

    Raises:
        UserError: `urgent_bytes` is out of range.
    """
    require_count(0, 1000, urgent_bytes=urgent_bytes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        sock, _address = listener.accept()
    silent = descriptors.open_descriptors(SILENT_DESCRIPTORS, "eventfd", ready=0)
    with sock, peer, silent as watched, kind() as selector:
        for fd in (sock.fileno(), *watched.fds):
            selector.register(fd, selectors.EVENT_READ)

        def wait() -> int:
            before = thread_state.voluntary_switches()
            selector.select(WAIT_SECONDS)
            return thread_state.voluntary_switches() - before

        def wake_in_vain(thread: threading.Thread) -> None:
            for _number in range(urgent_bytes):
                peer.send(b"!", socket.MSG_OOB)
                select.select([], [], [sock], 1)
                sock.recv(1, socket.MSG_OOB)
                thread_state.wait_until_asleep(thread)

        return call_during_wait(wait, wake_in_vain)

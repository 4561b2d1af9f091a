"""Measure what one wait costs when it finds a ready descriptor at once, and when it sleeps first.

Each measurement runs this module in a new process with one thread, which forks a second process that ends the sleeps.
The module needs a system that can fork.
"""

import os
import selectors
import socket
import time
from contextlib import ExitStack
from statistics import median
from typing import Any, NoReturn

from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, read_request, send_to_parent
from readiness.system import limits

BACKENDS = {"select": "SelectSelector", "poll": "PollSelector", "epoll": "EpollSelector"}
PAUSE = 0.001  # seconds before each wait, so that all waits begin with equally cold caches; and the length of a sleep
MAX_DESCRIPTORS = 1_000_000
WAITS = 80  # of each kind; the result is their median


def measure(backend: str, descriptors: int) -> dict[str, Any]:
    """Measure the CPU time of one wait of a selector, in three cases. Each wait returns one ready socket.

    The process rests for `PAUSE` seconds before each wait.

    Args:
        backend: "select", "poll" or "epoll".
        descriptors: the number of registered descriptors, at least 3. All but three of them are UDP sockets to which
            nothing is sent.

    Returns:
        A dict with these keys:
        "backend", "descriptors": the two arguments.
        "first": microseconds of CPU time inside a wait, if the descriptor that was registered first is ready before.
        "last": the same, if the descriptor that was registered last is ready before.
        "slept": the same, if nothing is ready before, and a socket in the middle becomes ready after `PAUSE` seconds.

    Raises:
        UserError: This system can't fork, lacks the backend, or allows fewer descriptors. Or an argument is none of
            these.
    """
    if backend not in BACKENDS:
        text = _("There is no backend {name!r}: choose one of {names}.")
        raise UserError(text.format(name=backend, names=", ".join(BACKENDS)))
    require_count(3, MAX_DESCRIPTORS, descriptors=descriptors)
    with Worker("readiness.experiments.sleeping_wait") as worker:
        worker.send({"backend": backend, "descriptors": descriptors})
        return next(iter(worker))


def main() -> None:
    """Run the new process of `measure`: read the arguments from standard input, and print the result, both as JSON."""
    request = read_request()
    limits.raise_fd_limit()
    if not hasattr(os, "fork") or not hasattr(selectors, BACKENDS[request["backend"]]):
        send_to_parent(user_error=_("This system can't fork, or has no {backend}.").format(**request))
        return
    try:
        send_to_parent(**request, **_measure(**request))
    except (OSError, ValueError):  # EMFILE; a number that is too high for select
        send_to_parent(
            user_error=_("This system allows too few descriptors to measure {descriptors}.").format(**request)
        )


def _measure(backend: str, descriptors: int) -> dict[str, float]:
    with ExitStack() as stack:
        sleeper, waker = socket.socketpair()
        pid = os.fork()  # before any other socket is open
        if pid == 0:
            sleeper.close()
            _wake_after_each_byte(waker)
        waker.close()
        stack.callback(os.waitpid, pid, 0)  # it ends when `sleeper` is closed, which is done before
        stack.enter_context(sleeper)
        first, first_peer = (stack.enter_context(sock) for sock in socket.socketpair())
        quiet = [stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _n in range(descriptors - 3)]
        last, last_peer = (stack.enter_context(sock) for sock in socket.socketpair())
        selector: selectors.BaseSelector = stack.enter_context(getattr(selectors, BACKENDS[backend])())
        middle = len(quiet) // 2
        for sock in (first, *quiet[:middle], sleeper, *quiet[middle:], last):
            selector.register(sock, selectors.EVENT_READ)

        return {
            "first": _median_cpu_us(selector, first, first_peer),
            "last": _median_cpu_us(selector, last, last_peer),
            "slept": _median_cpu_us(selector, sleeper, sleeper),  # the other process waits, then answers
        }


def _median_cpu_us(selector: selectors.BaseSelector, expected: socket.socket, sender: socket.socket) -> float:
    """Return the median CPU time of a wait in microseconds.

    Args:
        selector: the selector that waits.
        expected: the socket that becomes ready.
        sender: the socket that sends a byte before each wait, after a rest of `PAUSE` seconds.
    """
    times = []
    for _n in range(WAITS):
        time.sleep(PAUSE)
        sender.send(b"x")
        started = time.thread_time()
        events = selector.select()
        times.append(time.thread_time() - started)
        if [key.fileobj for key, _mask in events] != [expected]:
            raise RuntimeError("A wait returned another socket than the one that became ready.")
        expected.recv(1)
    return float(f"{median(times) * 1e6:.4g}")


def _wake_after_each_byte(sock: socket.socket) -> NoReturn:
    """Answer each byte after `PAUSE` seconds. Then end this forked process, when the connection ends."""
    try:
        while sock.recv(1):
            time.sleep(PAUSE)
            sock.send(b"x")
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()

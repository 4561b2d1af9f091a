"""Thundering herd: many processes wait for one listener. Count how often the kernel wakes them for each connection.

A child process (``python -m readiness.experiments.thundering_herd``) forks the workers, since the threads of a
notebook's kernel must not be forked. The workers accept connections and count; they send nothing.
"""

import json
import os
import select
import socket
import sys

from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, send_to_parent
from readiness.system import process_usage
from readiness.system.thread_state import voluntary_switches

TIMEOUT = 10  # seconds until a worker without a connection ends: no worker outlives its parent for long


def measure_wakeups(flag: str, workers: int = 8, connects: int = 100) -> dict[str, float]:
    """Count the wake-ups for each connection.

    Each worker has an epoll of its own, in which the listener is registered. Connections come one at a time, each of
    them when all workers sleep again.

    Args:
        flag: the flag with which the listener is registered, besides EPOLLIN: "EPOLLEXCLUSIVE" (Linux 4.5,
            epoll_ctl(2)), or "" for none.
        workers: the number of processes that wait.
        connects: the number of connections.

    Returns:
        "wakeups": the sleeps that ended for each connection, in all workers together. "spurious": the part of them
        after which accept found no connection.

    Raises:
        UserError: this system has no such flag.
    """
    if flag and not hasattr(select, flag):
        raise UserError(_("This system has no {flag}.").format(flag=flag))
    with Worker("readiness.experiments.thundering_herd") as child:
        child.send({"flag": flag, "workers": workers, "connects": connects})
        return next(iter(child))


def run_worker(listener: socket.socket, flag: int, control_fd: int, result_fd: int) -> None:
    """Wait and accept in one worker until `control_fd` is readable; then write the counts to `result_fd`."""
    with select.epoll() as epoll:
        epoll.register(listener, select.EPOLLIN | flag)
        epoll.register(control_fd, select.EPOLLIN)
        before, spurious = voluntary_switches(), 0
        while events := dict(epoll.poll(TIMEOUT)):
            if control_fd in events:
                break
            try:
                listener.accept()[0].close()
            except BlockingIOError:  # another worker was quicker
                spurious += 1
        os.write(result_fd, json.dumps([voluntary_switches() - before, spurious]).encode() + b"\n")


def _all_asleep(pids: list[int]) -> bool:
    """Return whether all workers sleep. Their numbers of sleeps alone do not show it."""
    return all(process_usage.state(pid) == "S" for pid in pids)


def _run_workers(flag: str, workers: int, connects: int) -> dict[str, float]:
    mask = getattr(select, flag) if flag else 0
    with socket.create_server(("127.0.0.1", 0), backlog=workers) as listener:
        listener.setblocking(False)
        control_reader, control_writer = os.pipe()
        result_reader, result_writer = os.pipe()
        pids = []
        for _number in range(workers):
            if (pid := os.fork()) == 0:
                run_worker(listener, mask, control_reader, result_writer)
                os._exit(0)
            pids.append(pid)
        for _connect in range(connects):
            while not _all_asleep(pids):
                os.sched_yield()
            with socket.create_connection(listener.getsockname(), timeout=TIMEOUT) as client:
                client.recv(1)  # end of file: a worker has accepted and closed it
        while not _all_asleep(pids):
            os.sched_yield()
        os.write(control_writer, b".")
        for pid in pids:
            os.waitpid(pid, 0)
        results = [json.loads(line) for line in os.read(result_reader, 65536).splitlines()]
    # The last sleep of each worker ends for `control_fd`, not for a connection.
    wakeups = sum(sleeps for sleeps, _spurious in results) - workers
    return {"wakeups": wakeups / connects, "spurious": sum(spurious for _sleeps, spurious in results) / connects}


if __name__ == "__main__":
    send_to_parent(**_run_workers(**json.loads(sys.stdin.readline())))

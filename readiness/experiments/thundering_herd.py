"""Herd: many processes that wait for one listener, and how often the kernel wakes them for each connection.

Run as a child (``python -m readiness.experiments.thundering_herd``), which forks the workers: a kernel's threads must not be forked.
It counts; it serves nobody beyond taking the connection.
"""

import json
import os
import select
import socket
import sys

from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, send_to_parent
from readiness.system.thread_state import times

SECONDS = 10  # that a worker waits for its next connection before it gives up: no herd outlives its parent for long


def count(flag: str, workers: int = 8, connects: int = 100) -> dict[str, float]:
    """How many sleeps ended for each connection: `woken`, over all workers; `idle`, the part that found nothing.

    Each of `workers` processes has an epoll of its own, in which the one listener is registered with
    ``EPOLLIN | flag``: "EPOLLEXCLUSIVE" (Linux 4.5, epoll_ctl(2)), or "" for none. Connections come one at a time, each
    when all workers sleep again. UserError: this system has no such flag.
    """
    if flag and not hasattr(select, flag):
        raise UserError(_("This system has no {flag}.").format(flag=flag))
    with Worker("readiness.experiments.thundering_herd") as child:
        child.send({"flag": flag, "workers": workers, "connects": connects})
        return next(iter(child))


def wait_and_take(listener: socket.socket, flag: int, orders: int, reports: int) -> None:
    """One worker: sleep, take what there is, say so; at an end of `orders` tell how often it slept."""
    with select.epoll() as epoll:
        epoll.register(listener, select.EPOLLIN | flag)
        epoll.register(orders, select.EPOLLIN)
        before, idle = times(), 0
        while events := dict(epoll.poll(SECONDS)):
            if orders in events:
                break
            try:
                listener.accept()[0].close()
            except BlockingIOError:  # another one was quicker
                idle += 1
        os.write(reports, json.dumps([times() - before, idle]).encode() + b"\n")


def _asleep(pids: list[int]) -> bool:
    """Whether all of them sleep in epoll_wait; their number of sleeps alone would not tell."""
    states = []
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            states.append(file.read().rpartition(")")[2].split()[0])
    return set(states) == {"S"}


def _child(flag: str, workers: int, connects: int) -> dict[str, float]:
    mask = getattr(select, flag) if flag else 0
    with socket.create_server(("127.0.0.1", 0), backlog=workers) as listener:
        listener.setblocking(False)
        orders, order = os.pipe()
        report, reports = os.pipe()
        pids = []
        for _number in range(workers):
            if (pid := os.fork()) == 0:
                wait_and_take(listener, mask, orders, reports)
                os._exit(0)
            pids.append(pid)
        for _connect in range(connects):
            while not _asleep(pids):
                os.sched_yield()
            with socket.create_connection(listener.getsockname(), timeout=SECONDS) as client:
                client.recv(1)  # end of file: somebody took it
        while not _asleep(pids):
            os.sched_yield()
        os.write(order, b".")
        for pid in pids:
            os.waitpid(pid, 0)
        found = [json.loads(line) for line in os.read(report, 65536).splitlines()]
    # The sleep that the order to end cuts short is nobody's connection.
    slept = sum(sleeps for sleeps, _idle in found) - workers
    return {"woken": slept / connects, "idle": sum(idle for _sleeps, idle in found) / connects}


if __name__ == "__main__":
    send_to_parent(**_child(**json.loads(sys.stdin.readline())))

"""Measure the thundering herd: many processes wait for one listening socket, and each connection may wake all of them.

A child process (``python -m readiness.experiments.thundering_herd``) forks the waiting processes, because the
notebook's kernel has threads, and a process with threads must not be forked. The waiting processes accept connections
and count their own wake-ups. They send nothing.
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
    """Count how many times the kernel wakes a process for each connection.

    Each waiting process has its own epoll. The same listening socket is registered in all of them. The next connection
    is made only after all processes have gone to sleep again.

    Args:
        flag: "EPOLLEXCLUSIVE" (Linux 4.5, epoll_ctl(2)) to register the socket with that flag and EPOLLIN, or "" to
            register it with EPOLLIN alone.
        workers: the number of waiting processes.
        connects: the number of connections to make, one after the other.

    Returns:
        Two averages for one connection. "wakeups": how many times a process woke up. "spurious": how many times accept
            then found no connection.

    Raises:
        UserError: The module `select` has no such flag on this system, or a waiting process ended too early.
    """
    if flag and not hasattr(select, flag):
        raise UserError(_("This system has no {flag}.").format(flag=flag))
    with Worker("readiness.experiments.thundering_herd") as child:
        child.send({"flag": flag, "workers": workers, "connects": connects})
        return next(iter(child))


def run_worker(listener: socket.socket, flag: int, control_fd: int, result_fd: int) -> None:
    """Accept connections in one waiting process until the pipe `control_fd` is readable, then report the wake-ups.

    The process also stops after `TIMEOUT` seconds without a connection. The report is one line of JSON: the number of
    wake-ups, and the number of them after which accept found no connection.

    Args:
        listener: the non-blocking listening socket.
        flag: the flag, besides EPOLLIN, with which `listener` is registered; 0 for none.
        control_fd: the descriptor of a pipe that the parent process writes to when all processes must stop.
        result_fd: the descriptor of a pipe to which the report is written.
    """
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


def _wait_until_asleep(pids: list[int]) -> None:
    """Wait until all processes in `pids` sleep. The numbers of their sleeps alone would not show this.

    Raises:
        UserError: One of the processes has ended.
    """
    while set(states := [process_usage.state(pid) for pid in pids]) != {"S"}:
        if "Z" in states or None in states:
            raise UserError(_("A waiting process ended too early, perhaps on a very busy machine: measure again."))
        os.sched_yield()


def _run_workers(flag: str, workers: int, connects: int) -> dict[str, float]:
    mask = getattr(select, flag) if flag else 0
    with socket.create_server(("127.0.0.1", 0), backlog=workers) as listener:
        listener.setblocking(False)
        control_reader, control_writer = os.pipe()
        result_reader, result_writer = os.pipe()
        pids = []
        for _number in range(workers):
            if (pid := os.fork()) == 0:
                try:
                    run_worker(listener, mask, control_reader, result_writer)
                finally:
                    os._exit(0)
            pids.append(pid)
        try:
            for _connect in range(connects):
                _wait_until_asleep(pids)
                with socket.create_connection(listener.getsockname(), timeout=TIMEOUT) as client:
                    client.recv(1)  # end of file: a worker has accepted and closed it
            _wait_until_asleep(pids)
        finally:
            os.write(control_writer, b".")
            for pid in pids:
                os.waitpid(pid, 0)
        results = [json.loads(line) for line in os.read(result_reader, 65536).splitlines()]
    # The last sleep of each worker ends for `control_fd`, not for a connection.
    wakeups = sum(sleeps for sleeps, _spurious in results) - workers
    return {"wakeups": wakeups / connects, "spurious": sum(spurious for _sleeps, spurious in results) / connects}


if __name__ == "__main__":
    try:
        send_to_parent(**_run_workers(**json.loads(sys.stdin.readline())))
    except UserError as error:
        send_to_parent(user_error=str(error))

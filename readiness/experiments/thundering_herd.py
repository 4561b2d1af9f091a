"""Measure the thundering herd: many processes wait for one listening socket, and each connection may wake all of them.

A child process (``python -m readiness.experiments.thundering_herd``) forks the waiting processes, because the
notebook's kernel has threads, and a process with threads must not be forked. The waiting processes accept connections
and count their own wake-ups. They send nothing.
"""

import json
import os
import select
import signal
import socket
from time import monotonic

from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, read_request, send_to_parent
from readiness.system import process_usage
from readiness.system.thread_state import voluntary_switches

REUSEPORT = "SO_REUSEPORT"
FLAGS = ("", "EPOLLEXCLUSIVE", REUSEPORT)
MAX_WORKERS, MAX_CONNECTS = 64, 10_000
TIMEOUT = 10  # seconds that a worker waits for a connection, and that the workers may take to go to sleep

Result = dict[str, float | list[int]]


def measure_wakeups(flag: str, workers: int = 8, connects: int = 100) -> Result:
    """Count how many times the kernel wakes a process for each connection, and which process gets the connection.

    Each waiting process has its own epoll. The next connection is made only after all processes have gone to sleep
    again.

    Args:
        flag: "" if one listening socket is registered in all epolls with EPOLLIN alone. "EPOLLEXCLUSIVE" (Linux 4.5,
            epoll_ctl(2)) if it is registered with that flag, too. "SO_REUSEPORT" (Linux 3.9, socket(7)) if each process
            has a listening socket of its own, at the same port.
        workers: the number of waiting processes, from 1 to 64.
        connects: the number of connections to make, one after the other, from 1 to 10,000.

    Returns:
        Two averages for one connection. "wakeups": how many times a process woke up. "spurious": how many times accept
            then found no connection. And "accepted": the connections of each process, in ascending order.

    Raises:
        UserError: This system has no such flag, a number is out of range, or a waiting process ended too early.
    """
    if flag not in FLAGS:
        text = _("There is no flag {name!r} to measure: choose one of {names}.")
        raise UserError(text.format(name=flag, names=", ".join(map(repr, FLAGS))))
    require_count(1, MAX_WORKERS, workers=workers)
    require_count(1, MAX_CONNECTS, connects=connects)
    if flag and not hasattr(socket if flag == REUSEPORT else select, flag):
        raise UserError(_("This system has no {flag}.").format(flag=flag))
    with Worker("readiness.experiments.thundering_herd") as child:
        child.send({"flag": flag, "workers": workers, "connects": connects})
        return next(iter(child))


def run_worker(listener: socket.socket, flag: int, control_fd: int, result_fd: int) -> None:
    """Accept connections in one waiting process until the pipe `control_fd` is readable, then report the wake-ups.

    The process also stops after `TIMEOUT` seconds without a connection. The report is one line of JSON: the number of
    wake-ups, the number of them after which accept found no connection, and the number of connections.

    Args:
        listener: the non-blocking listening socket.
        flag: the flag, besides EPOLLIN, with which `listener` is registered; 0 for none.
        control_fd: the descriptor of a pipe that the parent process writes to when all processes must stop. It is
            readable, too, when the parent has ended: no other process has the writing end.
        result_fd: the descriptor of a pipe to which the report is written.
    """
    with select.epoll() as epoll:
        epoll.register(listener, select.EPOLLIN | flag)
        epoll.register(control_fd, select.EPOLLIN)
        before, spurious, accepted = voluntary_switches(), 0, 0
        while events := dict(epoll.poll(TIMEOUT)):
            if control_fd in events:
                break
            try:
                listener.accept()[0].close()
                accepted += 1
            except BlockingIOError:  # another worker was quicker
                spurious += 1
        os.write(result_fd, json.dumps([voluntary_switches() - before, spurious, accepted]).encode() + b"\n")


def _wait_until_asleep(pids: list[int]) -> None:
    """Wait until all processes in `pids` sleep. The numbers of their sleeps alone would not show this.

    Raises:
        UserError: One of the processes has ended, or does not go to sleep in `TIMEOUT` seconds.
    """
    deadline = monotonic() + TIMEOUT
    while set(states := [process_usage.state(pid) for pid in pids]) != {"S"}:
        if "Z" in states or None in states:
            raise UserError(_("A waiting process ended too early, perhaps on a very busy machine: measure again."))
        if monotonic() > deadline:
            raise UserError(_("The waiting processes do not go to sleep: measure again when the machine is less busy."))
        os.sched_yield()


def _listeners(flag: str, workers: int) -> list[socket.socket]:
    """Return the listening socket of each worker: the same one for all, or one each at the same port."""
    if flag != REUSEPORT:
        return [socket.create_server(("127.0.0.1", 0), backlog=workers)] * workers
    first = socket.create_server(("127.0.0.1", 0), reuse_port=True)
    return [first, *(socket.create_server(first.getsockname(), reuse_port=True) for _number in range(workers - 1))]


def _run_workers(flag: str, workers: int, connects: int) -> Result:
    mask = getattr(select, flag) if flag not in ("", REUSEPORT) else 0
    control_reader, control_writer = os.pipe()
    result_reader, result_writer = os.pipe()
    listeners = _listeners(flag, workers)
    address = listeners[0].getsockname()
    pids = []
    for listener in listeners:
        listener.setblocking(False)
        if (pid := os.fork()) == 0:
            os.close(control_writer)  # so that the end of the parent is the end of this pipe
            try:
                run_worker(listener, mask, control_reader, result_writer)
            finally:
                os._exit(0)
        pids.append(pid)
    try:
        for _connect in range(connects):
            _wait_until_asleep(pids)
            with socket.create_connection(address, timeout=TIMEOUT) as client:
                client.recv(1)  # end of file: a worker has accepted and closed it
        _wait_until_asleep(pids)
    except BaseException:
        for pid in pids:  # one that is stopped would never end by itself
            os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.write(control_writer, b".")
        for pid in pids:
            os.waitpid(pid, 0)
        for listener in set(listeners):
            listener.close()
    results = [json.loads(line) for line in os.read(result_reader, 65536).splitlines()]
    # The last sleep of each worker ends for `control_fd`, not for a connection.
    wakeups = sum(sleeps for sleeps, _spurious, _accepted in results) - workers
    return {
        "wakeups": wakeups / connects,
        "spurious": sum(spurious for _sleeps, spurious, _accepted in results) / connects,
        "accepted": sorted(accepted for _sleeps, _spurious, accepted in results),
    }


if __name__ == "__main__":
    try:
        send_to_parent(**_run_workers(**read_request()))
    except UserError as error:
        send_to_parent(user_error=str(error))

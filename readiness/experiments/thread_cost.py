"""Measure what many clients cost a server that has a thread for each, and a server that waits for all in one thread.

Each measurement runs this module in a new process, which forks a second process for the clients. The module needs
Linux. It is not an example of a server.
"""

import os
import re
import selectors
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker, read_request, send_to_parent
from readiness.system import limits
from readiness.system.optional import resource

STRATEGIES = ("a thread each", "one wait")
MAX_CLIENTS = 1_000_000
MESSAGES = 4000  # of all clients together: enough for the resolution of the clock


def measure(clients: int, strategy: str) -> dict[str, Any]:
    """Measure how much memory and CPU time a server process needs for its connected clients.

    Args:
        clients: the number of clients, at least 1.
        strategy: one of `STRATEGIES`: "a thread each", or "one wait" for all clients in one thread.

    Returns:
        A dict with these keys:
        "clients", "strategy": the two arguments.
        "start": seconds until all threads have started, or until all sockets are registered.
        "resident", "reserved": bytes by which the process has grown (VmRSS and VmSize, proc_pid_status(5)), without the
            memory of the sockets.
        "cpu", "sleeps": CPU seconds and voluntary context switches (getrusage(2)) for each message, while all clients
            send at the same time.

    Raises:
        UserError: The system allows fewer sockets or threads than the clients need. Or an argument is none of these.
        WorkerError: One of the two processes was killed.
    """
    require_count(1, MAX_CLIENTS, clients=clients)
    if strategy not in STRATEGIES:
        text = _("There is no strategy {name!r}: choose one of {names}.")
        raise UserError(text.format(name=strategy, names=", ".join(STRATEGIES)))
    with Worker("readiness.experiments.thread_cost") as worker:
        worker.send({"clients": clients, "strategy": strategy})
        return next(iter(worker))


def table(costs: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """Return a table of measured costs as text.

    Args:
        costs: a list for each row. It holds the results of `measure` for one number of clients and one strategy. The
            time of the start and the memory are shown as medians, and the costs of a message from the lowest to the
            highest.
    """
    lines = [_("clients                     start      used    reserved    CPU for a message    sleeps for it")]
    for runs in costs:
        start, used, reserved = (median(run[key] for run in runs) for key in ("start", "resident", "reserved"))
        row = f"{runs[0]['clients']:7,} {runs[0]['strategy']:13} {start * 1e3:8.1f} ms {used / 1e6:6.1f} MB"
        row += f" {reserved / 1e6:8,.0f} MB {_span([run['cpu'] * 1e6 for run in runs]):>17} µs"
        lines.append(row + f" {_span([run['sleeps'] for run in runs]):>16}")
    return "\n".join(lines)


def _span(values: Sequence[float]) -> str:
    low, high = (f"{value:.{1 if value >= 1 else 3}f}" for value in (min(values), max(values)))
    return _("{low} to {high}").format(low=low, high=high)


def main() -> None:
    """Run the new process of `measure`: read the arguments from standard input, and print the result, both as JSON."""
    request = read_request()
    limits.raise_fd_limit()
    try:
        send_to_parent(**_measure(**request))
    except ConnectionError:  # the system allows everything: the parent must raise `WorkerError`
        print(_("the process with the clients has ended"), file=sys.stderr, flush=True)
        os._exit(1)  # without waiting for the threads, as below
    except (OSError, RuntimeError):  # EMFILE; "can't start new thread"
        send_to_parent(
            user_error=_("This system allows too few sockets or threads for {n} clients.").format(n=request["clients"])
        )
        sys.stdout.flush()
        os._exit(0)  # without waiting for the threads, which wait for their clients


def _measure(clients: int, strategy: str) -> dict[str, Any]:
    pairs = [socket.socketpair() for _number in range(clients)]
    socks, peers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    control, peer_control = socket.socketpair()
    rounds = max(1, MESSAGES // clients)
    client_pid = os.fork()  # before there is any thread
    if client_pid == 0:
        _client_process(peers, [*socks, control], peer_control, rounds)
    peer_control.close()  # so that `control` is at end of file when the clients' process ends
    before = _memory_bytes()
    started = time.perf_counter()
    if strategy == "a thread each":
        for sock in socks:
            threading.Thread(target=_echo, args=[sock]).start()
    else:
        selector = selectors.DefaultSelector()
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
        threading.Thread(target=_echo_all, args=[selector]).start()
    start = time.perf_counter() - started
    _run_round(control)  # after it each client has its first reply, so each thread has run
    after = _memory_bytes()
    cpu, switches = _cpu_and_switches()
    _run_round(control)
    cpu, switches = _cpu_and_switches()[0] - cpu, _cpu_and_switches()[1] - switches
    os.waitpid(client_pid, 0)
    cost = {"clients": clients, "strategy": strategy, "start": start}
    cost |= {name: after[name] - before[name] for name in before}
    cost |= {"cpu": cpu / rounds / clients, "sleeps": switches / rounds / clients}
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in cost.items()}


def _run_round(control: socket.socket) -> None:
    control.send(b"go")
    if not control.recv(1):
        raise ConnectionError("the clients' process has ended")


def _client_process(
    socks: list[socket.socket], others: list[socket.socket], control: socket.socket, rounds: int
) -> None:
    """Run all clients in this forked process, and then end it.

    The clients run twice. Each time the process waits for a message on `control`. Then all clients send and all
    receive, one time in the first run and `rounds` times in the second. The process then answers on `control`.

    Args:
        socks: the clients' sockets.
        others: the server's sockets, which this process closes.
        control: a socket that is connected to the server's process.
        rounds: the number of messages of each client in the second run.
    """
    try:
        for sock in others:
            sock.close()
        for repeats in (1, rounds):
            control.recv(64)
            for _repeat in range(repeats):
                for sock in socks:
                    sock.send(b"x")
                for sock in socks:
                    sock.recv(64)
            control.send(b".")
    finally:  # also after an error, which means that the server has ended
        os._exit(0)


def _echo(sock: socket.socket) -> None:
    while data := sock.recv(64):
        sock.send(data)


def _echo_all(selector: selectors.BaseSelector) -> None:
    while selector.get_map():
        for key, _mask in selector.select():
            sock: socket.socket = key.data
            if data := sock.recv(64):
                sock.send(data)
            else:
                selector.unregister(sock)


def _memory_bytes() -> dict[str, int]:
    status = limits.read_proc("/proc/self/status") or ""
    kilobytes = dict(re.findall(r"^(\w+):\s+(\d+) kB$", status, re.MULTILINE))
    return {"resident": 1024 * int(kilobytes["VmRSS"]), "reserved": 1024 * int(kilobytes["VmSize"])}


def _cpu_and_switches() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_nvcsw


if __name__ == "__main__":
    main()

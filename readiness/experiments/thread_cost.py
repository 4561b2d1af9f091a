"""Thread cost: what many clients cost a server that gives each a thread, and one that waits for all of them at once.

Each measurement has a fresh process, which is this module, and a child of that one for the clients. Linux only.
It is no server to learn from, and it draws nothing.
"""

import json
import os
import re
import selectors
import socket
import sys
import threading
import time
from typing import Any

from readiness.base.messages import _
from readiness.base.worker import Worker, send_to_parent
from readiness.system import limits

try:
    import resource
except ImportError:  # Windows, where nothing is measured
    resource = None

WAYS = ("a thread each", "one wait")
MESSAGES = 4000  # in all, so that the clock sees enough of them


def measure(clients: int, way: str) -> dict[str, Any]:
    """What `clients` connected clients cost the server's process, in one of the `WAYS`.

    "start": seconds until all threads are started, or all sockets registered. "resident" and "reserved": bytes that the
    process grew by for it (VmRSS and VmSize, proc_pid_status(5); sockets not counted). "cpu": processor seconds for
    one message, "sleeps": voluntary context switches for one message (getrusage(2)), while all clients speak at once.
    UserError: the system allows fewer sockets or threads.
    """
    with Worker("readiness.experiments.thread_cost") as worker:
        worker.send({"clients": clients, "way": way})
        return next(iter(worker))


def main() -> None:
    """The worker: one order, one answer."""
    order = json.loads(sys.stdin.readline())
    limits.raise_nofile()
    try:
        send_to_parent(**_cost(**order))
    except (OSError, RuntimeError):  # EMFILE; "can't start new thread"
        send_to_parent(user_error=_("This system allows too few sockets or threads for {n} clients.").format(n=order["clients"]))
        sys.stdout.flush()
        os._exit(0)  # the threads that did start would wait for their clients


def _cost(clients: int, way: str) -> dict[str, Any]:
    pairs = [socket.socketpair() for _number in range(clients)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    umpire, signal = socket.socketpair()
    rounds = max(1, MESSAGES // clients)
    crowd = os.fork()  # before there is any thread
    if crowd == 0:
        _speak(theirs, [*ours, umpire], signal, rounds)
    signal.close()  # so that `umpire` hears it if the crowd ends
    before = _memory()
    began = time.perf_counter()
    if way == "a thread each":
        for sock in ours:
            threading.Thread(target=_echo, args=[sock]).start()
    else:
        selector = selectors.DefaultSelector()
        for sock in ours:
            selector.register(sock, selectors.EVENT_READ)
        threading.Thread(target=_echo_all, args=[selector]).start()
    start = time.perf_counter() - began
    _let_speak(umpire)  # each client has had its first answer, so each thread has run
    after = _memory()
    used, slept = _used()
    _let_speak(umpire)
    used, slept = _used()[0] - used, _used()[1] - slept
    os.waitpid(crowd, 0)
    cost = {"clients": clients, "way": way, "start": start}
    cost |= {name: after[name] - before[name] for name in before}
    cost |= {"cpu": used / rounds / clients, "sleeps": slept / rounds / clients}
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in cost.items()}


def _let_speak(umpire: socket.socket) -> None:
    umpire.send(b"go")
    if not umpire.recv(1):
        raise ConnectionError("the clients' process has ended")


def _speak(socks: list[socket.socket], others: list[socket.socket], signal: socket.socket, rounds: int) -> None:
    """The clients, in their own process, which ends here: in each round all of them speak, then all listen."""
    try:
        for sock in others:
            sock.close()
        for turns in (1, rounds):
            signal.recv(64)
            for _turn in range(turns):
                for sock in socks:
                    sock.send(b"x")
                for sock in socks:
                    sock.recv(64)
            signal.send(b".")
    finally:  # the server has gone, when there was an error
        os._exit(0)


def _echo(sock: socket.socket) -> None:
    while data := sock.recv(64):
        sock.send(data)


def _echo_all(selector: selectors.BaseSelector) -> None:
    while selector.get_map():
        for key, _mask in selector.select():
            if data := key.fileobj.recv(64):
                key.fileobj.send(data)
            else:
                selector.unregister(key.fileobj)


def _memory() -> dict[str, int]:
    status = limits.read_proc("/proc/self/status")
    names = {"resident": "VmRSS", "reserved": "VmSize"}
    return {name: 1024 * int(re.search(rf"{field}:\s+(\d+)", status)[1]) for name, field in names.items()}


def _used() -> tuple[float, int]:
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime, now.ru_nvcsw


if __name__ == "__main__":
    main()

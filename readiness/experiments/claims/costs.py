"""Four claims about the cost of waiting and sending, with the experiments that test them.

Each claim has its text, its experiments and its ruling in one place. Importing this module runs no experiment.
"""

import selectors
import time
import timeit
from ctypes import byref
from functools import partial

from readiness.base.messages import _
from readiness.experiments import wait_cost
from readiness.experiments.claims.claim import ORIGINAL_LESSON, Claim, Evidence, Experiment
from readiness.experiments.claims.helpers import connected_pair, fd_at_least, outcome_of
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.system import syscalls
from readiness.system.c_structs import Timeval
from readiness.system.fdset import FdSet


def time_select_of_one_fd(number: int) -> float:
    """Time the kernel's select on one ready descriptor numbered `number` or higher. Return the seconds for one call."""
    with fd_at_least(number) as fd:
        bitmap = FdSet([fd])  # the descriptor stays ready, and so its bit stays set
        call = partial(syscalls.libc_function("select"), fd + 1, byref(bitmap.array), None, None, byref(Timeval(0, 0)))
        return min(timeit.repeat(call, number=200, repeat=15)) / 200


def compare_high_and_low_fd() -> Evidence:
    """Time select on one descriptor with number 100, and then with number 10,000.

    Return the ratio of the numbers, and the ratio of the times.
    """
    low, high = 100, 10_000
    times = time_select_of_one_fd(high) / time_select_of_one_fd(low)
    return {"number": high // low, "times": round(times, 1)}


def time_many_high_fds() -> Evidence:
    """Time select on 100 descriptors, and then on 10,000.

    Return the ratio of these two numbers, and the ratio of the times.
    """
    few, many = wait_cost.sweep([BenchmarkCase("select", 100), BenchmarkCase("select", 10_000)])
    return {"number": many.n // few.n, "times": round(many.seconds / few.seconds)}


def time_one_ready() -> Evidence:
    """Time poll and epoll on 1,000 descriptors, of which one is ready. Return poll's time divided by epoll's time."""
    points = wait_cost.sweep([BenchmarkCase("poll", 1_000), BenchmarkCase("epoll", 1_000)])
    return {"times": round(wait_cost.ratio(points, "poll", "epoll", 1_000))}


def time_one_and_all_ready() -> Evidence:
    """Time poll and epoll on 1,000 descriptors, first with one of them ready, and then with all of them ready.

    Return poll's time divided by epoll's with one ready, and epoll's time divided by poll's with all ready.
    """
    cases = [BenchmarkCase(method, 1_000, ready=ready) for ready in (1, 1_000) for method in ("poll", "epoll")]
    points = list(wait_cost.sweep(cases))
    one_ready, all_ready = (wait_cost.select_points(points, ready=ready) for ready in (1, 1_000))
    return {
        "poll": round(wait_cost.ratio(one_ready, "poll", "epoll", 1_000)),
        "epoll": round(wait_cost.ratio(all_ready, "epoll", "poll", 1_000), 1),
    }


def one_answered_message() -> Evidence:
    """Register a socket for reading and writing, and answer one message from it. Return the answer."""
    with selectors.DefaultSelector() as selector, connected_pair(b"hello") as (server, client):
        selector.register(server, selectors.EVENT_READ | selectors.EVENT_WRITE)
        for _key, mask in selector.select():
            if mask & selectors.EVENT_READ:
                server.send(server.recv(100).upper())
        return {"answer": client.recv(100).decode()}


def events_of_a_silent_client() -> Evidence:
    """Register a socket that receives nothing for 0.1 s, for reading only, and then for reading and writing.

    Return the number of events in each of the two cases.
    """
    counts = {}
    for name, events in {"read": selectors.EVENT_READ, "both": selectors.EVENT_READ | selectors.EVENT_WRITE}.items():
        with selectors.DefaultSelector() as selector, connected_pair() as (server, _client):
            selector.register(server, events)
            counts[name], end = 0, time.monotonic() + 0.1
            while (left := end - time.monotonic()) > 0:
                counts[name] += len(selector.select(left))
    return counts


def send_five_bytes() -> Evidence:
    """Send 5 bytes on a non-blocking socket. Return the number of bytes that send took, and the 5."""
    with connected_pair() as (sender, _receiver):
        sender.setblocking(False)
        return {"sent": sender.send(b"hello"), "of": 5}


def send_five_megabytes() -> Evidence:
    """Send 5 MB on a non-blocking socket, to a peer that does not read.

    Return the number of bytes that send took, its time in milliseconds, and the outcome of the next send.
    """
    with connected_pair() as (sender, _receiver):
        sender.setblocking(False)
        started = time.perf_counter()
        sent = sender.send(bytes(5_000_000))
        return {
            "sent": sent,
            "ms": round(1000 * (time.perf_counter() - started), 1),
            "then": outcome_of(sender.send, b"!"),
        }


CLAIMS = (
    Claim(
        "highest-number",
        _("“select() is O(highest file descriptor)”: the highest number decides its cost."),
        _("Python's documentation of the select module"),
        (
            Experiment(
                _("Time select on all descriptors up to number 100, and then up to 10,000"),
                time_many_high_fds,
                _("{number} times the number, {times} times the cost."),
                lambda e: e["times"] > 20,
                ("linux",),
                _("Two things grew: the highest number, and the number of watched descriptors."),
            ),
            Experiment(
                _("Time select on one descriptor with number 100, and then with number 10,000"),
                compare_high_and_low_fd,
                _("{number} times the number, {times} times the cost."),
                lambda e: e["times"] < e["number"] / 5,
                ("linux",),
            ),
        ),
        "half true",
        _(
            "As an upper limit it is true: select copies and searches the bitmap up to the highest number, and the cost"
            " grows a little with it. But a word of 64 zero bits is skipped (do_select, fs/select.c)."
            " The number of watched descriptors decides the cost."
        ),
    ),
    Claim(
        "fastest",
        _("epoll is the fastest of the three."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Time poll and epoll on 1,000 descriptors: one of them ready, then all of them"),
                time_one_and_all_ready,
                _("One ready: poll takes {poll} times as long as epoll. All ready: epoll takes {epoll} times as long."),
                lambda e: e["poll"] > 5 and e["epoll"] > 1.1,
                ("epoll",),
            ),
            Experiment(
                _("Time poll and epoll on 1,000 descriptors, one of them ready"),
                time_one_ready,
                _("One ready: poll takes {times} times as long as epoll."),
                lambda e: e["times"] > 5,
                ("epoll",),
                _("This is the best case for epoll. The claim names no case."),
            ),
        ),
        "half true",
        _(
            "With few ready it is, by far; with all ready poll is faster."
            " poll pays for what you watch, epoll for what happens."
        ),
    ),
    Claim(
        "both-always",
        _("Register each connection for reading and writing, permanently: a silent connection costs nothing."),
        _("what multiconn-server.py does, in Real Python's tutorial on sockets"),
        (
            Experiment(
                _("Register one connection for both, send a message, and look at the answer"),
                one_answered_message,
                _("The answer was {answer}."),
                lambda e: e["answer"] == "HELLO",
                (),
                _("It works. But this doesn't show the cost while no client sends."),
            ),
            Experiment(
                _("Count the events of a client that is silent for 0.1 s: for reading, then for both"),
                events_of_a_silent_client,
                _("Events from a client that sent nothing: for reading {read}, for both {both:,}."),
                lambda e: e["read"] == 0 and e["both"] > 100,
            ),
        ),
        "false",
        _(
            "A socket with space in its buffer is always writable, so the loop never sleeps."
            " It uses all the CPU time that it gets."
            " Register for writing only after a short send."
        ),
    ),
    Claim(
        "hope",
        _("“Hope it won't block”: the danger of send in the echo example is that it blocks."),
        _("Python's documentation of the selectors module, a comment in its example"),
        (
            Experiment(
                _("Send 5 MB, as the example does, to a peer that does not read"),
                send_five_megabytes,
                _("send returned after {ms} ms, with {sent:,} of 5,000,000 bytes. The next send: {then}."),
                lambda e: 0 < e["sent"] < 5_000_000 and e["then"] != "done",
                ("linux",),
            ),
            Experiment(
                _("Send 5 bytes, as the example does"),
                send_five_bytes,
                _("send took {sent} of {of} bytes."),
                lambda e: e["sent"] == e["of"],
                (),
                _("A small message fits into the buffer."),
            ),
        ),
        "false",
        _(
            "The example makes its sockets non-blocking, so send can't block. It takes what fits and returns that"
            " number. The example ignores the number, so the rest is lost; and the next send on a full buffer raises an"
            " error that ends the loop."
        ),
    ),
)

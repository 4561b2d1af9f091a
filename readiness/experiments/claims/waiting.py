"""Four claims about what the kernel does during a wait, with the experiments that test them.

Each claim has its text, its experiments and its ruling in one place. Importing this module runs no experiment.
"""

import ctypes
import errno
import mmap
import select
import threading
import time
from collections.abc import Callable

from readiness.base.messages import _
from readiness.experiments import wait_cost
from readiness.experiments.claims.claim import ORIGINAL_LESSON, Claim, Evidence, Experiment
from readiness.experiments.claims.helpers import call_later, connected_pair, outcome_of, tcp_pair, urgent_bytes
from readiness.experiments.wait_cost_cases import BenchmarkCase
from readiness.system import interest_list, syscalls, thread_state
from readiness.system.descriptors import open_descriptors


def time_few_and_many() -> Evidence:
    """Time epoll on 10 descriptors, and then on 1,000. Return both numbers, and the ratio of the times."""
    points = list(wait_cost.sweep([BenchmarkCase("epoll", n) for n in (10, 1_000)]))
    return {"few": points[0].n, "many": points[1].n, "times": round(points[1].seconds / points[0].seconds, 1)}


def events_into_a_read_only_page() -> Evidence:
    """Try to map an epoll into memory, and to wait with epoll_wait into a page that may only be read.

    Return the names of the two errors.
    """
    map_page, wait = syscalls.libc_function("mmap"), syscalls.libc_function("epoll_wait")
    map_page.restype = ctypes.c_void_p
    page = map_page(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    with select.epoll() as epoll, connected_pair(b"!") as (reader, _writer):
        epoll.register(reader, select.EPOLLIN)
        mapped = outcome_of(mmap.mmap, epoll.fileno(), 4096)
        failed = wait(epoll.fileno(), ctypes.c_void_p(page), 1, 0) < 0
        error = errno.errorcode[ctypes.get_errno()] if failed else "done"
    syscalls.libc_function("munmap")(ctypes.c_void_p(page), 4096)
    return {"mmap": mapped, "wait": error}


def _wait_functions(fds: list[int], seconds: float) -> dict[str, Callable[[], int]]:
    """Return a function for each method ("select", "poll", "epoll"), which waits for `fds` for at most `seconds`.

    Each function returns the number of events.
    """
    poll, epoll = select.poll(), select.epoll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
        epoll.register(fd, select.EPOLLIN)

    def wait_with_epoll() -> int:
        with epoll:
            return len(epoll.poll(seconds))

    return {
        "select": lambda: len(select.select(fds, [], [], seconds)[0]),
        "poll": lambda: len(poll.poll(1000 * seconds)),
        "epoll": wait_with_epoll,
    }


def processor_time_of_a_wait() -> Evidence:
    """Wait 100 ms with select, poll and epoll for sockets that receive nothing.

    Return the CPU time of the wait that used most of it, and the 100 ms, both in milliseconds.
    """
    busy = {}
    with open_descriptors(100, "socketpair", ready=0) as silent:
        for name, wait in _wait_functions(silent.fds, 0.1).items():
            began = time.thread_time()
            wait()
            busy[name] = round(1000 * (time.thread_time() - began), 1)
    return {"busy": max(busy.values()), "waited": 100}


def sleeps_of_a_wait() -> Evidence:
    """Wait 0.25 s with select, poll and epoll: in silence, and while another thread sends and takes six urgent bytes.

    Return the number of sleeps in one wait for each of the three, and the number of all events.
    """
    counts, events = {name: dict.fromkeys(("select", "poll", "epoll"), 0) for name in ("silence", "in_vain")}, 0
    for name, urgent in {"silence": 0, "in_vain": 6}.items():
        with tcp_pair() as (reader, writer), open_descriptors(99, "socketpair", ready=0) as silent:
            for method, wait in _wait_functions([reader.fileno(), *silent.fds], 0.25).items():
                with urgent_bytes(reader, writer, urgent):
                    before = thread_state.voluntary_switches()
                    events += wait()
                    counts[name][method] = thread_state.voluntary_switches() - before
    return counts | {"events": events}


def registered_by_a_thread_that_ended() -> Evidence:
    """Register a socket in a thread that ends, and wait for a byte in another thread.

    Return whether the first thread is alive, the number of events, and the milliseconds of the wait.
    """
    with select.epoll() as epoll, connected_pair() as (reader, writer):
        registrar = threading.Thread(target=epoll.register, args=(reader, select.EPOLLIN))
        registrar.start()
        registrar.join()
        with call_later(0.05, lambda: writer.send(b"!")):
            began = time.monotonic()
            events = epoll.poll(2)
            ms = round(1000 * (time.monotonic() - began))
    return {"alive": registrar.is_alive(), "events": len(events), "ms": ms}


def one_entry_in_the_interest_list() -> Evidence:
    """Register a socket in an epoll. Return the entries of the epoll's interest list, as /proc shows them."""
    with select.epoll() as epoll, connected_pair() as (reader, _writer):
        epoll.register(reader, select.EPOLLIN)
        return {"entries": [entry.describe() for entry in interest_list.read(epoll.fileno())]}


def edge_without_new_data() -> Evidence:
    """Wait twice for an edge-triggered socket with one unread byte. Return the number of events of each wait."""
    with select.epoll() as epoll, connected_pair(b"!") as (reader, _writer):
        epoll.register(reader, select.EPOLLIN | select.EPOLLET)
        return {"first": len(epoll.poll(0)), "second": len(epoll.poll(0))}


def edge_with_new_data() -> Evidence:
    """Wait for an edge-triggered socket four times: after a byte, nothing, another byte, and EPOLL_CTL_MOD.

    Return the number of events of each wait.
    """
    with select.epoll() as epoll, connected_pair() as (reader, writer):
        epoll.register(reader, select.EPOLLIN | select.EPOLLET)
        writer.send(b"!")
        counts = {"first": len(epoll.poll(0))}
        counts["nothing"] = len(epoll.poll(0))
        writer.send(b"!")
        counts["news"] = len(epoll.poll(0))
        epoll.modify(reader, select.EPOLLIN | select.EPOLLET)
        counts["modified"] = len(epoll.poll(0))
    return counts


CLAIMS = (
    Claim(
        "shared-memory",
        _("epoll shares its events with your program by mmap, so that nothing is copied."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Map the epoll into memory; then wait into a page that may only be read"),
                events_into_a_read_only_page,
                _("mmap of the epoll: {mmap}. epoll_wait into the page: {wait}."),
                lambda e: e == {"mmap": "ENODEV", "wait": "EFAULT"},
                ("epoll",),
            ),
            Experiment(
                _("Time a wait among 10 and among 1,000 descriptors, one of them ready"),
                time_few_and_many,
                _("Among {many:,} a wait takes {times} times as long as among {few}."),
                lambda e: e["times"] < 5,
                ("epoll",),
                _("So nothing is copied in for each descriptor. A time can't show how the one event comes out."),
            ),
        ),
        "false",
        _(
            "An epoll can't be mapped. And the wait fails if it may not write to the page, because the kernel copies"
            " each event into your array (ep_send_events, fs/eventpoll.c)."
        ),
    ),
    Claim(
        "many-sleeps",
        _(
            "A wait in select, poll or epoll asks the descriptors again and again; the process may sleep and wake many"
            " times."
        ),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Wait 0.1 s for 100 silent sockets, and measure the CPU time"),
                processor_time_of_a_wait,
                _("A wait of {waited} ms used at most {busy} ms of CPU time."),
                lambda e: e["busy"] < e["waited"],
                ("epoll",),
                _("A few dozen short wake-ups would fit into that time."),
            ),
            Experiment(
                _("Count the sleeps of one wait: in silence, and while urgent bytes come that another thread takes"),
                sleeps_of_a_wait,
                _(
                    "Sleeps in one wait (select, poll, epoll). In silence: {silence[select]}, {silence[poll]},"
                    " {silence[epoll]}. With six wake-ups in vain: {in_vain[select]}, {in_vain[poll]},"
                    " {in_vain[epoll]}. Events: {events}."
                ),
                lambda e: max(e["silence"].values()) <= 4 and min(e["in_vain"].values()) >= 5 and e["events"] == 0,
                ("linux", "epoll"),
            ),
        ),
        "half true",
        _(
            "In silence there is one sleep, however many descriptors: none of them is asked again and again. But a"
            " wake-up that finds nothing is followed by one more sleep in the same call (do_select, do_poll and ep_poll"
            " loop)."
        ),
    ),
    Claim(
        "wait-queue-entry",
        _("epoll_ctl puts the thread that calls it on the wait queue of the descriptor."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Register a socket, and look at the interest list in /proc"),
                one_entry_in_the_interest_list,
                _("The list holds one entry, for {entries[0]}."),
                lambda e: e["entries"] == ["EPOLLIN|EPOLLERR|EPOLLHUP"],
                ("epoll", "fdinfo"),
                _("The list names a descriptor and its events. It does not show which thread would be woken."),
            ),
            Experiment(
                _("Register a socket in a thread that ends; wait in another thread; send a byte"),
                registered_by_a_thread_that_ended,
                _("The first thread has ended. The other one (limit 2,000 ms) woke after {ms} ms with {events} event."),
                lambda e: not e["alive"] and e["events"] == 1 and e["ms"] < 1500,
                ("epoll",),
            ),
        ),
        "false",
        _(
            "The thread that registered had ended, and the wake-up came all the same. The descriptor's queue holds only"
            " a function, ep_poll_callback. A thread waits in epoll_wait, on the epoll's own queue (fs/eventpoll.c)."
            " The original lesson says both in different places: it contradicts itself."
        ),
    ),
    Claim(
        "never-again",
        _("Edge-triggered epoll reports a descriptor once. If you do nothing, it does not report it again."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Send a byte, don't read it, and wait twice"),
                edge_without_new_data,
                _("Events in the first wait: {first}, in the second: {second}."),
                lambda e: e == {"first": 1, "second": 0},
                ("epoll",),
                _("Nothing new happened between the two waits."),
            ),
            Experiment(
                _("The same; then another byte arrives, and then the registration is modified"),
                edge_with_new_data,
                _(
                    "Events after a byte: {first}; after nothing: {nothing}; after a new byte: {news};"
                    " after MOD: {modified}."
                ),
                lambda e: e == {"first": 1, "nothing": 0, "news": 1, "modified": 1},
                ("epoll",),
            ),
        ),
        "half true",
        _(
            "There is one event for each edge. New data is a new edge, and so is EPOLL_CTL_MOD."
            " But without anything new no event comes, and unread bytes may stay unread."
        ),
    ),
)

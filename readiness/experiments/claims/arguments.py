"""Four claims about the arguments and results of select and poll, with the experiments that test them.

Each claim has its text, its experiments and its ruling in one place. Importing this module runs no experiment.
"""

import select
import socket
from ctypes import byref

from readiness.base.messages import _
from readiness.experiments.claims.claim import ORIGINAL_LESSON, Claim, Evidence, Experiment
from readiness.experiments.claims.helpers import call_later, connected_pair, fd_at_least, outcome_of
from readiness.system import syscalls
from readiness.system.c_structs import Pollfd
from readiness.system.fdset import FdSet


def python_select_beyond_1024() -> Evidence:
    """Pass descriptor 1500 or higher to Python's select. Return the name of the error that it raised."""
    with fd_at_least(1500) as fd:
        return {"python": outcome_of(select.select, [fd], [], [], 0)}


def both_selects_beyond_1024() -> Evidence:
    """Pass descriptor 1500 or higher to Python's select, and then to the kernel's select.

    Return the name of Python's error, and the number of ready descriptors that the kernel found.
    """
    with fd_at_least(1500) as fd:
        python = outcome_of(select.select, [fd], [], [], 0)
        return {"python": python, "kernel": syscalls.select(fd + 1, [fd], timeout=0).returned}


def poll_once() -> Evidence:
    """Call poll one time for a socket that has data. Return the number of ready descriptors that poll found."""
    with connected_pair(b"!") as (reader, _writer):
        return {"found": syscalls.poll([(reader.fileno(), select.POLLIN)], 0).returned}


def poll_and_select_twice() -> Evidence:
    """Call poll twice with the same array, and select twice with the same bitmap. Send a byte before the second calls.

    Return the number of ready descriptors that each of the four calls found.
    """
    with connected_pair() as (reader, writer):
        array = (Pollfd * 1)(Pollfd(reader.fileno(), select.POLLIN))
        bitmap = FdSet([reader.fileno()])
        polled, selected = [], []
        for message in (b"", b"!"):
            writer.send(message)
            polled.append(syscalls.libc_function("poll")(byref(array), 1, 0))
            selected.append(syscalls.select(len(bitmap), bitmap, timeout=0).returned)
    return {"poll": polled, "select": selected}


def python_select_timeout() -> Evidence:
    """Wait in Python's select for at most 1 s, until a byte is sent after 0.1 s.

    Return the value of the timeout variable before the wait and after it, in seconds.
    """
    with connected_pair() as (reader, writer), call_later(0.1, lambda: writer.send(b"!")):
        limit = 1.0
        select.select([reader], [], [], limit)
    return {"asked": 1.0, "after": limit}


def kernel_select_timeout() -> Evidence:
    """Wait in the kernel's select for at most 1 s, until a byte is sent after 0.1 s.

    Return the timeout, and the time that the kernel then left in the timeout's structure, in seconds.
    """
    with connected_pair() as (reader, writer), call_later(0.1, lambda: writer.send(b"!")):
        result = syscalls.select(reader.fileno() + 1, [reader.fileno()], timeout=1.0)
    return {"asked": result.timeout, "left": result.remaining or 0.0}


def refused_connect() -> Evidence:
    """Connect to a port on which no socket listens, and wait in select.

    Return the number of sockets in each of the three lists that select returned, and the name of the connection's
    error.
    """
    with socket.socket() as closed, socket.socket() as client:
        closed.bind(("127.0.0.1", 0))  # it doesn't listen
        client.setblocking(False)
        client.connect_ex(closed.getsockname())
        read, write, third = map(len, select.select([client], [client], [client], 1))
        error = OSError(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "")
    return {"read": read, "write": write, "third": third, "error": type(error).__name__}


def urgent_byte() -> Evidence:
    """Send one urgent byte of TCP. Return the number of sockets in the third list that select returns."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as accepted:
            client.send(b"!", socket.MSG_OOB)
            return {"third": len(select.select([], [], [accepted], 1)[2])}


CLAIMS = (
    Claim(
        "select-1024",
        _("select is limited to 1024 descriptors."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Give Python's select a ready descriptor numbered 1500 or above"),
                python_select_beyond_1024,
                _("Python's select.select: {python}."),
                lambda e: e["python"] == "ValueError",
                ("linux",),
                _("Python itself checks the number. The kernel was not asked."),
            ),
            Experiment(
                _("Give it to Python's select, and then to the kernel's select"),
                both_selects_beyond_1024,
                _("Python's select.select: {python}. The kernel, given a longer bitmap: {kernel} ready."),
                lambda e: e == {"python": "ValueError", "kernel": 1},
                ("linux",),
            ),
        ),
        "half true",
        _(
            "The bitmap of the C library ends at number 1023, and so does Python's select. The kernel takes a longer"
            " one. And the limit is on the number of a descriptor, not on how many you watch."
        ),
    ),
    Claim(
        "set-up-once",
        _("The array of poll needs to be set up only once."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Poll twice with one array, and select twice with one bitmap; send a byte in between"),
                poll_and_select_twice,
                _("Ready in the first and in the second call: poll {poll}, select {select}."),
                lambda e: e == {"poll": [0, 1], "select": [0, 0]},
                ("poll",),
            ),
            Experiment(
                _("Send a byte, poll once, and see whether it is found"),
                poll_once,
                _("poll found {found} ready descriptor."),
                lambda e: e["found"] == 1,
                ("poll",),
                _("One call can't tell what a second one would find."),
            ),
        ),
        "true",
        _(
            "poll reads the field events and writes the field revents, so the request stays."
            " select overwrites its bitmap, and so the second call asked for nothing."
        ),
    ),
    Claim(
        "time-left",
        _("On Linux, select leaves in its timeout the time that was not used."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Call Python's select with a timeout of 1 s, send a byte after 0.1 s, read the variable"),
                python_select_timeout,
                _("Python's variable held {asked} s before, and {after} s after."),
                lambda e: e["after"] == e["asked"],
                (),
                _("Python gives the kernel a copy. You can't see what the kernel writes there."),
            ),
            Experiment(
                _("Call the C library's select with 1 s, send a byte after 0.1 s, read its structure"),
                kernel_select_timeout,
                _("The structure held {asked} s before, and {left:.1f} s after."),
                lambda e: 0 < e["left"] < e["asked"],
                ("linux",),
            ),
        ),
        "true",
        _("Linux does this, and most other systems don't. So select(2) advises to treat the value as undefined."),
    ),
    Claim(
        "third-set",
        _("The third set of select is for errors."),
        ORIGINAL_LESSON,
        (
            Experiment(
                _("Send an urgent byte (MSG_OOB), and see whether the third list names the socket"),
                urgent_byte,
                _("The third list held {third} socket."),
                lambda e: e["third"] == 1,
                (),
                _("So the third set is for urgent data. It may be for errors, too."),
            ),
            Experiment(
                _("Connect to a port without a listener, and see which lists name the socket"),
                refused_connect,
                _("{error}. Sockets in the read list: {read}, in the write list: {write}, in the third list: {third}."),
                lambda e: e == {"read": 1, "write": 1, "third": 0, "error": "ConnectionRefusedError"},
                ("linux",),
            ),
        ),
        "half true",
        _(
            "POSIX calls this set errorfds and counts a pending error as exceptional, and Windows reports a failed"
            " connect there. On Linux an error makes a socket readable and writable, and the third set is for priority"
            " data alone (POLLPRI), such as an urgent byte of TCP."
        ),
    ),
)

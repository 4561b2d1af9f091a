"""Trials of number: a thousand at once, three hundred silent ones, and more than there are descriptors."""

import contextlib
import errno
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from readiness.base.messages import _
from readiness.clients.conformance.helpers import answer_to, apart, ask, connect, ended, many_descriptors
from readiness.clients.conformance.server_under_test import Launched, Subject

CROWD = 1000
SECONDS = 20  # in which they must all be served
SILENT = 300
DESCRIPTORS = 64  # the limit that a server has in the trial of that
MORE = 100  # clients that come to it
BACK = 1.5  # seconds within which it accepts again
SOON = 1.0  # seconds within which it has stopped; 0.2 where nobody else uses the processor


def at_once(subject: Subject) -> None:
    """A thousand that connect at the same moment are all served, and none had to knock twice."""
    with many_descriptors(), contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        socks = [stack.enter_context(socket.socket()) for _number in range(CROWD)]
        for sock in socks:
            apart(sock)
            sock.setblocking(False)
            found = sock.connect_ex(subject.address)
            assert found in (0, errno.EINPROGRESS, errno.EWOULDBLOCK), errno.errorcode.get(found, found)
            selector.register(sock, selectors.EVENT_WRITE)
        answers = dict.fromkeys(socks, b"")
        waiting, end = set(socks), time.monotonic() + SECONDS
        while waiting and time.monotonic() < end:
            for key, mask in selector.select(1):
                sock = key.fileobj
                try:
                    if mask & selectors.EVENT_WRITE:
                        sock.send(b"%d\n" % sock.fileno())
                        selector.modify(sock, selectors.EVENT_READ)
                    else:
                        answers[sock] += (data := sock.recv(100))
                        if not data or data.endswith(b"\n"):
                            waiting.discard(sock)
                            selector.unregister(sock)
                except OSError:
                    waiting.discard(sock)
                    selector.unregister(sock)
        served = sum(answer == answer_to(b"%d\n" % sock.fileno()) for sock, answer in answers.items())
        assert served == CROWD, _(
            "{n} of {all:,} were served. Accept several in a turn, with a backlog that holds those who wait."
        ).format(n=served, all=CROWD)
        again = sum(_retransmitted(sock) > 0 for sock in socks)
        assert again <= CROWD // 100, _(
            "{n} of {all:,} had to knock again, after a second or more: the backlog of listen was full, and the kernel "
            "dropped them. A backlog of 5 is for five."
        ).format(n=again, all=CROWD)


def _retransmitted(sock: socket.socket) -> int:
    """TCP segments sent again, from ``tcpi_total_retrans`` of tcp(7), TCP_INFO; 0 where nobody tells."""
    try:
        return struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]
    except (AttributeError, OSError, struct.error):
        return 0


def silent_crowd(subject: Subject) -> None:
    """Three hundred silent clients cost no processor time, and one beside them is served."""
    with many_descriptors(), contextlib.ExitStack() as stack:
        for _number in range(SILENT):
            stack.enter_context(connect(subject))
        with connect(subject) as other:
            ask(other, b"ping\n", _("Nobody may wait for one who says nothing."))
            share = subject.busy(0.5)
            assert share is None or share < 0.05, _(
                "While nothing happens at all, the server uses {share:.0%} of a processor. "
                "A socket with room is always writable: ask for that only while something is owed."
            ).format(share=share)
            ask(other, b"ping\n", "")


def out_of_descriptors(subject: Subject) -> None:
    """With a limit of 64 descriptors and a hundred clients it neither dies nor spins, and soon accepts again."""
    idea = _("accept fails with EMFILE when there are no descriptors, and the listener stays ready: pause accepting.")
    with many_descriptors(), contextlib.ExitStack() as stack:
        socks = [stack.enter_context(connect(subject)) for _number in range(MORE)]
        for sock in socks:
            sock.sendall(b"here\n")
        served = _answered(socks, MORE, seconds=1)
        assert len(served) > DESCRIPTORS // 2, _("Only {n} of {all} were answered. {idea}").format(
            n=len(served), all=MORE, idea=idea
        )
        assert len(served) < MORE, _("All {n} were served: the limit of descriptors was not kept.").format(n=MORE)
        share = subject.busy(0.6)
        assert share is None or share < 0.3, _(
            "Out of descriptors, the server uses {share:.0%} of a processor: to try again at once is to spin. {idea}"
        ).format(share=share, idea=idea)
        ask(served[0], b"still here\n", idea)
        for sock in served:
            sock.close()
        begun = time.monotonic()
        waiting = [sock for sock in socks if sock not in served]
        late = _answered(waiting, len(waiting), seconds=BACK)
        took = time.monotonic() - begun
        assert len(late) == len(waiting), _(
            "{n} of {all} that had waited were served within {took:.1f} s after descriptors came back. {idea}"
        ).format(n=len(late), all=len(waiting), took=took, idea=idea)


def stop_and_start(line: Sequence[Any]) -> float:
    """Told to stop among a thousand clients, it does so at once, and another can take its port.

    No trial, since it starts both. line: the command line, which takes ``--port``. Returns the seconds of the stop.
    """
    taken = _("SO_REUSEADDR before bind: connections that have just ended still hold the port for a minute.")
    with many_descriptors(), contextlib.ExitStack() as stack:
        with Launched(line) as first:
            socks = [stack.enter_context(connect(first)) for _number in range(CROWD)]
            ask(socks[0])
            first.stop()
            assert first.stopping < SOON, _("To stop took {s:.1f} s. Let the wait see that it is time to go.").format(
                s=first.stopping
            )
            assert ended(socks[0], 1), _("It has stopped, and a client was not told: close what is open.")
        try:
            with Launched([*line, "--port", first.address[1]]) as second, connect(second) as sock:
                ask(sock)
        except AssertionError as error:
            raise AssertionError(_("At the same port again: {error} {idea}").format(error=error, idea=taken)) from None
        return first.stopping


def _answered(socks: list[socket.socket], number: int, seconds: float) -> list[socket.socket]:
    """Those of `socks` that got their answer to "here", until `number` have, or nothing comes for `seconds`."""
    served = []
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ)
        while len(served) < number and (events := selector.select(seconds)):
            for key, _mask in events:
                with contextlib.suppress(OSError):
                    if key.fileobj.recv(100) == answer_to(b"here\n"):
                        served.append(key.fileobj)
                selector.unregister(key.fileobj)
    return served

"""A rig: one server in a process of its own, a bystander who pings it, and breakers, each in a process of its own.

It counts and tells; what a breaker does is `breakers`' business, and what is shown of it the panel's.
"""

import contextlib
import mmap
import os
import selectors
import struct
import threading
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

from readiness.base.background import Server, wait_until
from readiness.base.forked_server import ForkedServer
from readiness.base.messages import UserError, _
from readiness.base.worker import Worker
from readiness.clients import fault_scenarios
from readiness.experiments.meter import SelectorMeter
from readiness.system import thread_state

try:
    import resource
except ImportError:  # Windows
    resource = None

ROOM = 300  # descriptors that the server may open: more than `breakers.AT_ONCE`, fewer than `breakers.MANY`
PATIENCE = 1.0  # seconds without an answer after which the bystander counts as frozen
WATCH = 0.2  # seconds in which the server's waits and CPU are counted, after a breaker has done its work
LONGEST = 15.0  # seconds that a breaker may take to come to its result
PAGE = struct.Struct("Qdi")  # waits, CPU seconds in and after them, descriptors registered


class _Shared(SelectorMeter):
    """A meter whose sums stand in a page of memory that this process and its parent share."""

    def __init__(self, page: mmap.mmap) -> None:
        super().__init__(capacity=1)
        self._page, self._cpu = page, 0.0

    def record(self, sample: tuple) -> None:
        self.waits += 1
        self._cpu += sample[3] + sample[6]
        PAGE.pack_into(self._page, 0, self.waits, self._cpu, sample[1])


class Visitor:
    """One breaker: `state` is what it last said of itself, `result` what it found, once it knows."""

    def __init__(self, kind: str, address: tuple[str, int], server: int) -> None:
        self.kind = kind
        self.state, self.sent, self.got = _("starts"), 0, 0
        self.result: dict[str, Any] | None = None
        self.holds = self.gone = False  # holds: the server is without descriptors, until `go_on`
        self.held = 0.0  # since when, by perf_counter
        self.heard = perf_counter()  # when the bystander's last answer came
        self.waits: deque[float] = deque(maxlen=200)  # seconds that it waited for each of the last ones
        self._worker = Worker("readiness.clients.fault_scenarios")
        self._worker.send({"kind": kind, "address": list(address), "pid": server})
        self._thread = threading.Thread(target=self._listen, name=f"readiness-{kind}", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for message in self._worker:
                if "waited" in message:
                    self.waits.append(message["waited"])
                    self.heard = perf_counter()
                self.state = message.get("state", self.state)
                self.sent, self.got = message.get("sent", self.sent), message.get("got", self.got)
                if "hold" in message:
                    self.holds, self.held = True, perf_counter()
                self.gone = message.get("gone", self.gone)
                self.result = message.get("result", self.result)
        except (RuntimeError, UserError) as error:  # the thread's owner reads the state: say it there
            self.state = str(error)
        self.gone = True

    def go_on(self) -> None:
        self.holds = False
        self._worker.send({})

    def close(self) -> None:
        self._worker.close()
        self._thread.join()


class Rig:
    """Runs `make(selector)` apart; a context manager, entered once the server listens and the bystander is served.

    make: a server's class, which takes a selector. The server may open `ROOM` descriptors.
    """

    def __init__(self, make: Callable[[selectors.BaseSelector], Server]) -> None:
        self.make = make
        self.visitors: list[Visitor] = []
        self.bystander: Visitor | None = None
        self.error = ""  # what the loop died of, in words; empty while it runs
        self._apart: ForkedServer | None = None

    def __enter__(self) -> "Rig":
        if not hasattr(os, "fork"):
            raise UserError(_("This system can't fork, so the server would have to run in the notebook's own process."))
        self._page = mmap.mmap(-1, PAGE.size)
        self._apart = ForkedServer(self._made)
        self._apart.__enter__()
        self.bystander = Visitor("bystander", self.address, self._apart.pid)
        wait_until(lambda: self.bystander.waits or self.bystander.gone, LONGEST)
        return self

    def _made(self) -> Server:
        """In the server's own process: the server, metered, with a limit of its own."""
        server = self.make(_Shared(self._page).wrap(selectors.DefaultSelector()))
        if resource is not None:
            some = [os.dup(0) for _n in range(ROOM)]  # the lowest free numbers: above the last of them all is free
            resource.setrlimit(resource.RLIMIT_NOFILE, (some[-1] + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            for number in some:
                os.close(number)
        return server

    def __exit__(self, *exc: object) -> None:
        self.leave()
        if self.bystander is not None:
            self.bystander.close()
        if self._apart is not None:
            with contextlib.suppress(AssertionError, NotImplementedError):  # `error` tells it
                self._apart.__exit__(None, None, None)
            self._page.close()

    @property
    def address(self) -> tuple[str, int]:
        return self._apart.address

    @property
    def alive(self) -> bool:
        """Whether the loop runs; if not, `error` says what it died of."""
        if not self.error:
            try:
                self._apart.raise_if_failed()
            except (AssertionError, NotImplementedError) as error:
                self.error = str(error)
        return not self.error

    def counts(self) -> tuple[int, float, int]:
        """Waits so far, CPU seconds so far, descriptors registered now."""
        return PAGE.unpack_from(self._page)

    def sleeps_in(self) -> str:
        """The kernel function that the server's thread sleeps in; empty if it doesn't, or the system won't tell."""
        try:
            return thread_state.wchan(self._apart.pid, 0.05) if self.alive else ""
        except UserError:
            return ""

    def silence(self) -> float:
        """Seconds since the bystander's last answer."""
        return perf_counter() - self.bystander.heard

    def begin(self, kind: str) -> Visitor:
        """Let a breaker of that kind in. UserError: there is none of that name."""
        if kind not in fault_scenarios.BREAKERS:
            raise UserError(
                _("There is no breaker “{kind}”: choose one of {kinds}.").format(
                    kind=kind, kinds=", ".join(fault_scenarios.BREAKERS)
                )
            )
        if kind == "out of descriptors" and resource is None:
            raise UserError(_("This system sets no limit of descriptors for a process."))
        self.visitors.append(Visitor(kind, self.address, self._apart.pid))
        return self.visitors[-1]

    def leave(self) -> None:
        """Send all breakers away."""
        for visitor in self.visitors:
            visitor.close()
        self.visitors.clear()

    def watch(self) -> dict[str, float]:
        """The server's `waits` and its `cpu`, a second, with whoever is there, counted for `WATCH` seconds."""
        before, begun = self.counts(), perf_counter()
        wait_until(lambda: not self.alive, WATCH)
        after, seconds = self.counts(), perf_counter() - begun
        return {"waits": (after[0] - before[0]) / seconds, "cpu": (after[1] - before[1]) / seconds}

    def press(self, kind: str) -> dict[str, Any]:
        """Let a breaker in, see what becomes of the server, and send it away; what was found, as JSON has it.

        seen: what the breaker saw, in words, and beside it what it counted. alive, error: the loop. frozen: the
        bystander had no answer for `PATIENCE` seconds after the breaker's work. sleeps_in: where the server sleeps.
        waits, cpu: the server's, a second; cpu 1.0 is a whole processor. answers: how many the bystander had while the
        breaker worked. longest: milliseconds that it waited for one at most.
        """
        self.bystander.waits.clear()
        visitor = self.begin(kind)
        wait_until(lambda: visitor.result or visitor.holds or visitor.gone, LONGEST)
        heard = self.bystander.heard
        answered = wait_until(lambda: self.bystander.heard > heard or not self.alive, PATIENCE)
        answers = len(self.bystander.waits)
        found = self.watch() | {"alive": self.alive, "error": self.error, "frozen": not answered}
        found["sleeps_in"] = self.sleeps_in()
        if visitor.holds:
            visitor.go_on()
            wait_until(lambda: visitor.result or visitor.gone, LONGEST)
        longest = max([*self.bystander.waits, 0 if answered else self.silence()], default=0)
        self.visitors.remove(visitor)
        visitor.close()
        return {
            "breaker": kind,
            **found,
            "answers": answers,
            "longest": longest * 1000,
            **(visitor.result or {"seen": visitor.state}),
        }


def press(kind: str, make: Callable[[selectors.BaseSelector], Server]) -> dict[str, Any]:
    """`Rig.press` on a fresh server."""
    with Rig(make) as rig:
        return rig.press(kind)


def in_words(found: dict[str, Any]) -> str:
    """What `press` found, in one or two lines."""
    if not found["alive"]:
        server = found["error"].splitlines()[0]
    elif found["frozen"]:
        server = _("The server answers nobody.")
        if found["sleeps_in"]:
            server += " " + _("Its thread sleeps in the kernel, in {where}.").format(where=found["sleeps_in"])
    else:
        server = _("The others are served. The server makes {waits:,.0f} waits a second, with {cpu:.0%} of a CPU.")
        server = server.format(waits=found["waits"], cpu=found["cpu"])
    return _("{breaker}: {seen}").format(**found) + "\n  " + server

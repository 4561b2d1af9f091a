"""The echo servers beside C, uvloop and asyncio: server CPU for a message, every reply compared byte for byte.

Each server has a process and a core, and so has its load (load.c). They take turns, round by round; out of its turn a
server is stopped (SIGSTOP), and a ratio is the median of the rounds' own ratios.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import reference_servers
from bench.c_programs import built
from bench.report import figure, table, targets
from readiness.base.messages import UserError
from readiness.servers import echo
from readiness.system import limits

ROOT = Path(__file__).resolve().parent.parent
C, UVLOOP, ALWAYS = "C, epoll", "uvloop, Protocol", "selectors, EVENT_WRITE always on"
BESIDE = {UVLOOP: "uvloop", "asyncio, Protocol": "protocol", "asyncio, streams": "streams", ALWAYS: "always"}
DAY = "86400"  # seconds
FIELD = (C, "epoll", "selectors", *BESIDE)


@dataclass(frozen=True)
class Plan:
    """How much is measured; the defaults are what `make bench` does."""

    rounds: int = 9
    messages: int = 20_000  # of 64 bytes, in each turn
    crowd: int = 5_000
    multitude: int = 8_000
    sizes: tuple[int, ...] = (1, 16, 256, 4 << 10, 64 << 10, 1 << 20)
    volume: int = 16 << 20  # bytes of one turn in the table of sizes


@dataclass(frozen=True)
class Turn:
    """One batch of messages. cpu: of the server, µs a message; latency, late: of a message, µs, median and 99 %."""

    cpu: float
    latency: float
    late: float


def command(name: str) -> list[str | Path]:
    """What starts that server; most of its clients are silent until the bench is over, and stay all the same."""
    if name == C:
        return [built("echo"), "--idle", DAY]
    if name in echo.NAMES:
        return [sys.executable, "-m", "readiness.servers", name, "--idle", DAY]
    return [sys.executable, "-m", "bench.reference_servers", BESIDE.get(name, name)]


class Contender:
    """A server and its load, each on its own core; a context manager. `connected`: how many the server has answered.

    pause: it is stopped out of its turn. whole: to answer fewer connections than asked for is a UserError.
    """

    def __init__(self, name: str, connections: int, active: int, *, pause: bool = True, whole: bool = True) -> None:
        self.name, self.connections, self.active = name, connections, active
        self.replies = 0
        self._pause, self._whole = pause, whole

    def __enter__(self) -> "Contender":
        cores = sorted(os.sched_getaffinity(0))
        with ExitStack() as stack:  # what has been started ends, whatever comes after
            self.server = stack.enter_context(_child(command(self.name), cores[0]))
            port = self.server.stdout.readline().strip().rpartition(":")[2]
            if not port:
                raise UserError(f"The server “{self.name}” did not start.")
            arguments = [built("load"), port, str(self.connections), str(self.active)]
            self._load = stack.enter_context(_child(arguments, cores[-1]))
            self.connected = int(self._answer("ready")[0])
            if self._whole and self.connected < self.connections:
                raise UserError(f"The server “{self.name}” answered {self.connected} of {self.connections} connections.")
            self.replies += self.connected
            self._stop()
            self._stack = stack.pop_all()
        return self

    def _answer(self, word: str) -> list[str]:
        first, *rest = self._load.stdout.readline().split() or ["wrong", "load: it ended"]
        if first != word:
            raise UserError(f"The server “{self.name}” failed: {first} {' '.join(rest)}.")
        return rest

    def _stop(self) -> None:
        """Hold the server until its next turn; only so is its clock exact, if it never sleeps by itself."""
        if self._pause:
            self.server.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self.server.pid, os.WSTOPPED)

    def turn(self, messages: int, size: int = 64) -> Turn:
        """So many lines of `size` bytes, all answered rightly. UserError: one was not."""
        before = _cpu(self.server.pid)
        self.server.send_signal(signal.SIGCONT)
        print(messages, size, file=self._load.stdin, flush=True)
        latency, late = map(float, self._answer("done"))
        self._stop()
        spent = _cpu(self.server.pid) - before
        self.replies += messages
        return Turn(spent * 1e6 / messages, latency, late)

    def order(self, word: str) -> None:
        """Tell the server's process something, and wait until it has said it back."""
        print(word, file=self.server.stdin, flush=True)
        if self.server.stdout.readline().strip() != word:
            raise UserError(f"The server “{self.name}” did not understand “{word}”.")

    def __exit__(self, *exc: object) -> None:
        self._stack.close()


class _child(subprocess.Popen):
    """A process on one core that hears and is heard, line by line; it is ended when the context is left."""

    def __init__(self, arguments: Sequence[str | Path], core: int) -> None:
        ours = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})  # inherited by every thread that it will ever start
        try:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            super().__init__(arguments, cwd=ROOT, **pipes)
        finally:
            os.sched_setaffinity(0, ours)

    def __exit__(self, *exc: object) -> None:
        self.send_signal(signal.SIGCONT)
        self.terminate()
        try:
            self.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        super().__exit__(*exc)


def _cpu(pid: int) -> float:
    """CPU seconds of all threads of a process, user and system: proc(5), the scheduler's own clock in nanoseconds."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


Turns = dict[str, list[Turn]]


def compare(field: Iterable[Contender], plan: Plan, messages: int, size: int = 64) -> Turns:
    """Each one's turns, in rounds that begin with another one each time. The turn before the first does not count."""
    field = list(field)
    turns: Turns = {one.name: [] for one in field}
    for round_ in range(-1, plan.rounds):
        first = round_ % len(field)
        for one in field[first:] + field[:first]:
            turn = one.turn(messages, size)
            if round_ >= 0:
                turns[one.name].append(turn)
    return turns


def cpu(turns: Turns, name: str) -> float:
    """Server CPU of a message, µs, the median of the rounds."""
    return median(turn.cpu for turn in turns[name])


def ratio(turns: Turns, name: str, base: str) -> float:
    """One's CPU over another's, the median of the rounds."""
    return median(a.cpu / b.cpu for a, b in zip(turns[name], turns[base], strict=True))


def together(stack: ExitStack, names: Iterable[str], connections: int, active: int) -> list[Contender]:
    return [stack.enter_context(Contender(name, connections, active)) for name in names]


def verified(field: Iterable[Contender]) -> str:
    return f"{sum(one.replies for one in field):,} replies, every one verified.\n"


def beside(names: Sequence[str], plan: Plan, connections: int, active: int, messages: int) -> tuple[str, Turns]:
    """A table with a server a row, and what it was made of."""
    with ExitStack() as stack:
        field = together(stack, names, connections, active)
        turns = compare(field, plan, messages)
    rows = [
        [
            name,
            figure(cpu(turns, name)),
            *(f"{ratio(turns, name, base):.2f}" if base in names else "" for base in (C, UVLOOP)),
            figure(median(turn.latency for turn in turns[name])),
        ]
        for name in names
    ]
    heads = ["server", "CPU a message, µs", "over C", "over uvloop", "latency, µs"]
    return table(heads, rows) + "\n" + verified(field), turns


def by_size(names: Sequence[str], plan: Plan) -> str:
    """A table with a size a row: microseconds in C, and the others over it."""
    rows = []
    with ExitStack() as stack:
        field = together(stack, names, 10, 10)
        for size in plan.sizes:
            messages = max(20, min(plan.messages // 4, plan.volume // size))
            turns = compare(field, plan, messages, size)
            others = (f"{ratio(turns, name, C):.2f}" for name in names if name != C)
            rows.append([f"{size:,}", figure(cpu(turns, C)), *others])
    heads = ["bytes", "C, µs", *(f"{name}, over C" for name in names if name != C)]
    return table(heads, rows) + "\n" + verified(field)


FEW = " (few)"


def many(plan: Plan, n: int) -> tuple[str, dict[str, float], float]:
    """The table of `n` connections against 11, ten of them active; how each grew; poll over epoll."""
    names, few = ("epoll", "selectors", "poll"), 11
    growth, rows = {}, []
    with ExitStack() as stack:
        field = together(stack, names, few, 10) + together(stack, names, n, 10)
        for one in field[: len(names)]:
            one.name += FEW
        found = compare(field, plan, max(10, plan.messages // 4))
    for name in names:
        growth[name] = ratio(found, name, name + FEW)
        rows.append([name, figure(cpu(found, name + FEW)), figure(cpu(found, name)), f"{growth[name]:.2f}"])
    heads = ["server", f"{few} connections, µs", f"{n:,} connections, µs", "ratio"]
    with Contender("select", n, 10, whole=False) as one:
        end = f"select answered {one.connected:,} of {n:,} connections"
        end += ": it waits for a descriptor below 1024.\n" if one.connected < n else ".\n"
    return table(heads, rows) + "\n" + end + "\n" + verified(field), growth, ratio(found, "poll", "epoll")


def charts(plan: Plan) -> tuple[str, float]:
    """Latency of lesson 08's server with its charts moving, over the same with its charts at rest."""
    with Contender("panel", 1, 1, pause=False) as one:
        states: dict[str, list[Turn]] = {"off": [], "on": []}
        for round_ in range(-1, plan.rounds):
            for state in ("off", "on") if round_ % 2 else ("on", "off"):
                if state == "on":
                    one.order("on")
                turn = one.turn(plan.messages)
                if state == "on":
                    one.order("off")
                if round_ >= 0:
                    states[state].append(turn)
    rows = [
        [words, figure(median(t.latency for t in states[state])), figure(median(t.late for t in states[state]))]
        for state, words in (("off", "at rest"), ("on", "8 frames a second"))
    ]
    slower = median(a.latency / b.latency for a, b in zip(states["on"], states["off"], strict=True)) - 1
    heads = ["charts", "latency, µs, median", "of one in a hundred"]
    return table(heads, rows) + "\n" + verified([one]), slower


def run(plan: Plan | None = None) -> Iterator[str]:
    """Every table, as Markdown, as it is ready."""
    plan = plan or Plan()
    if sys.platform != "linux":
        yield "This bench needs Linux: its C server waits with epoll, and /proc says what CPU a server has used.\n"
        return
    limits.raise_fd_limit()
    names = [name for name in FIELD if not reference_servers.missing(BESIDE.get(name, name))]
    if UVLOOP not in names:
        yield "uvloop is not installed here: its rows are missing (`make bench` installs it).\n"
    room = int(limits.fd_limits()[0]) - 100
    crowd, multitude = min(plan.crowd, room), min(plan.multitude, room)

    yield "### 100 connections, lines of 64 bytes\n"
    text, hundred = beside([*names, "threads"], plan, 100, 100, plan.messages)
    yield text
    yield f"### {crowd:,} connections, 10 of them active\n"
    yield beside(names, plan, crowd, 10, max(10, plan.messages // 10))[0]
    yield "### Lines of one byte to a mebibyte, 10 connections\n"
    yield by_size(names, plan)
    yield f"### {multitude:,} connections against 11, 10 of them active\n"
    text, growth, worse = many(plan, multitude)
    yield text
    yield "### Live charts beside the server\n"
    text, slower = charts(plan)
    yield text
    yield "### Targets\n"
    yield targets(_targets(hundred, growth, worse, slower, multitude))


def _targets(
    hundred: Turns, growth: dict[str, float], worse: float, slower: float, n: int
) -> Iterator[tuple[str, str, str, bool]]:
    for name, base, goal in (
        ("epoll", C, 1.15),
        ("epoll", UVLOOP, 0.97),
        ("selectors", UVLOOP, 1.05),
        ("selectors", ALWAYS, 0.5),
    ):
        if base in hundred:
            found = ratio(hundred, name, base)
            yield f"CPU of {name} over {base}", f"≤ {goal}", f"{found:.3f}", found <= goal
    yield f"epoll, {n:,} connections over 11", "≤ 1.10", f"{growth['epoll']:.2f}", growth["epoll"] <= 1.1
    yield f"poll over epoll, {n:,} connections", "≥ 10", f"{worse:.1f}", worse >= 10
    yield "latency added by the charts", "≤ 10 %", f"{slower:.1%}", slower <= 0.1

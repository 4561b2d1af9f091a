"""Compare the echo servers with servers in C, on uvloop and on asyncio: CPU time of the server for one message.

Each server runs in a process on one core. Its clients run in one program, the load (load.c), on another core, and
verify every reply. The servers take turns: each round measures all of them, one after the other. A server is stopped
(SIGSTOP) while it is not measured. A ratio is the median of the ratios of all rounds.
"""

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import reference_servers
from bench.c_programs import build_program
from bench.report import format_number, markdown_table, targets
from readiness.base.launched_process import LaunchedProcess
from readiness.base.messages import UserError
from readiness.servers import echo
from readiness.system import limits
from readiness.system.process_usage import exact_cpu_seconds

ROOT = Path(__file__).resolve().parent.parent
C, UVLOOP, ALWAYS = "C, epoll", "uvloop, Protocol", "selectors, EVENT_WRITE always on"
REFERENCE_COMMANDS = {
    UVLOOP: "uvloop",
    "asyncio, Protocol": "protocol",
    "asyncio, streams": "streams",
    ALWAYS: "always",
}
ONE_DAY = "86400"  # seconds
START_TIMEOUT = 60.0  # seconds until a server must have printed its address
SERVERS = (C, "epoll", "selectors", *REFERENCE_COMMANDS)


@dataclass(frozen=True)
class Plan:
    """How much is measured. The defaults are what `make bench` does.

    Attributes:
        rounds: the number of rounds.
        messages: the number of messages in a batch, each of 64 bytes.
        many_connections: the number of connections in the table with many connections.
        growth_connections: the number of connections that are compared with 11.
        sizes: the message sizes in the table of sizes, in bytes.
        volume: bytes of one batch in the table of sizes.
    """

    rounds: int = 9
    messages: int = 20_000  # of 64 bytes, in each batch
    many_connections: int = 5_000
    growth_connections: int = 8_000
    sizes: tuple[int, ...] = (1, 16, 256, 4 << 10, 64 << 10, 1 << 20)
    volume: int = 16 << 20  # bytes of one batch in the table of sizes


@dataclass(frozen=True)
class Batch:
    """The cost of a batch: many messages that are measured together. All times are microseconds for one message.

    Attributes:
        cpu: CPU time of the server.
        latency: the median time from a message to its reply.
        p99_latency: one message of a hundred takes longer than this time.
    """

    cpu: float  # of the server
    latency: float  # the median
    p99_latency: float  # one of a hundred messages takes longer


def command(name: str) -> list[str | Path]:
    """Return the command line of the server `name`. The idle timeout is a day, because most clients stay silent."""
    if name == C:
        return [build_program("echo"), "--idle", ONE_DAY]
    if name in echo.NAMES:
        return [sys.executable, "-m", "readiness.servers", name, "--idle", ONE_DAY]
    return [sys.executable, "-m", "bench.reference_servers", REFERENCE_COMMANDS.get(name, name)]


class ServerUnderLoad:
    """Context manager: a server and its load (a program with many clients), each on a core of its own.

    Args:
        name: the server, as `command` takes it.
        connections: the number of connections that the load makes.
        active: the number of connections that send messages.
        pause: True to stop the server's process (SIGSTOP) while it is not measured.
        require_all: True to raise UserError if the server answers fewer connections than `connections`.

    Attributes:
        connected: the number of connections that the server has answered.
        replies: the number of all replies of the server.
    """

    def __init__(
        self, name: str, connections: int, active: int, *, pause: bool = True, require_all: bool = True
    ) -> None:
        self.name, self.connections, self.active = name, connections, active
        self.replies = 0
        self._pause, self._require_all = pause, require_all

    def __enter__(self) -> "ServerUnderLoad":
        cores = sorted(os.sched_getaffinity(0))
        with ExitStack() as stack:  # what has been started is ended, also after an error
            self.server = stack.enter_context(launch_on_core(command(self.name), cores[0]))
            _host, port = self.server.read_address(START_TIMEOUT)
            arguments = [build_program("load"), str(port), str(self.connections), str(self.active)]
            self._load = stack.enter_context(launch_on_core(arguments, cores[-1]))
            self.connected = int(self._read_reply("ready")[0])
            if self._require_all and self.connected < self.connections:
                raise UserError(
                    f"The server “{self.name}” answered {self.connected} of {self.connections} connections."
                )
            self.replies += self.connected
            self._pause_server()
            self._stack = stack.pop_all()
        return self

    def _read_reply(self, expected: str) -> list[str]:
        first, *rest = self._load.readline().split() or ["wrong", "load: it ended"]
        if first != expected:
            raise UserError(f"The server “{self.name}” failed: {first} {' '.join(rest)}.")
        return rest

    def _pause_server(self) -> None:
        """Stop the server's process until its next turn. The CPU clock of a process that never sleeps is inexact."""
        if self._pause:
            self.server.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self.server.pid, os.WSTOPPED)

    def run_batch(self, messages: int, size: int = 64) -> Batch:
        """Let the load send `messages` lines of `size` bytes and verify the replies. Return the cost of this batch.

        Raises:
            UserError: A reply was wrong, or the load has ended.
        """
        before = exact_cpu_seconds(self.server.pid)
        self.server.send_signal(signal.SIGCONT)
        self._load.writeline(f"{messages} {size}")
        latency, p99_latency = map(float, self._read_reply("done"))
        self._pause_server()
        spent = exact_cpu_seconds(self.server.pid) - before
        self.replies += messages
        return Batch(spent * 1e6 / messages, latency, p99_latency)

    def send_command(self, command: str) -> None:
        """Write the line `command` to the server's standard input, and wait until the server has repeated the line.

        Raises:
            UserError: The server wrote another line, or it has ended.
        """
        self.server.writeline(command)
        if self.server.readline().strip() != command:
            raise UserError(f"The server “{self.name}” did not understand “{command}”.")

    def __exit__(self, *exc: object) -> None:
        self._stack.close()


def launch_on_core(command: Sequence[str | Path], core: int) -> LaunchedProcess:
    """Start a program on the processor core with the number `core`. Its threads run on this core, too."""
    return LaunchedProcess(command, cwd=ROOT, prepare=lambda: os.sched_setaffinity(0, {core}))


Batches = dict[str, list[Batch]]


def compare(servers: Iterable[ServerUnderLoad], plan: Plan, messages: int, size: int = 64) -> Batches:
    """Measure the servers in `plan.rounds` rounds. In each round, each server gets one batch.

    Each round begins with another server. The first round is a warm-up, and its batches are not returned.

    Args:
        servers: the running servers.
        plan: the number of rounds.
        messages: the number of messages in one batch.
        size: the bytes of one message.

    Returns:
        The batches of each server, by the server's name, in the order of the rounds.
    """
    servers = list(servers)
    batches: Batches = {server.name: [] for server in servers}
    for round_ in range(-1, plan.rounds):
        first = round_ % len(servers)
        for server in servers[first:] + servers[:first]:
            batch = server.run_batch(messages, size)
            if round_ >= 0:
                batches[server.name].append(batch)
    return batches


def cpu(batches: Batches, name: str) -> float:
    """Return the CPU time of the server `name` for one message in microseconds: the median of its batches."""
    return median(batch.cpu for batch in batches[name])


def ratio(batches: Batches, name: str, base: str) -> float:
    """Return the CPU time of the server `name` divided by that of the server `base`: the median over the rounds."""
    return median(a.cpu / b.cpu for a, b in zip(batches[name], batches[base], strict=True))


def start_all(stack: ExitStack, names: Iterable[str], connections: int, active: int) -> list[ServerUnderLoad]:
    """Start the named servers, each with a load of its own. Servers and loads end when `stack` is closed.

    Args:
        stack: the stack that ends them.
        names: the servers, as `command` takes them.
        connections: the number of connections that each load makes.
        active: the number of connections of each load that send messages.
    """
    return [stack.enter_context(ServerUnderLoad(name, connections, active)) for name in names]


def verified_line(servers: Iterable[ServerUnderLoad]) -> str:
    """Return a sentence with the number of replies of all these servers together."""
    return f"{sum(server.replies for server in servers):,} replies, every one verified.\n"


def compare_table(
    names: Sequence[str], plan: Plan, connections: int, active: int, messages: int
) -> tuple[str, Batches]:
    """Measure the named servers, and return a Markdown table with a row for each, and their batches.

    Each server gets `connections` connections. `active` of them send, and a batch has `messages` lines.
    """
    with ExitStack() as stack:
        servers = start_all(stack, names, connections, active)
        batches = compare(servers, plan, messages)
    rows = [
        [
            name,
            format_number(cpu(batches, name)),
            *(f"{ratio(batches, name, base):.2f}" if base in names else "" for base in (C, UVLOOP)),
            format_number(median(batch.latency for batch in batches[name])),
        ]
        for name in names
    ]
    headers = ["server", "CPU a message, µs", "over C", "over uvloop", "latency, µs"]
    return markdown_table(headers, rows) + "\n" + verified_line(servers), batches


def size_table(names: Sequence[str], plan: Plan) -> str:
    """Measure the named servers with messages of each size in `plan`, and return a Markdown table.

    A row has the CPU time of the C server in microseconds, and the ratio of each other server to it.
    """
    rows = []
    with ExitStack() as stack:
        servers = start_all(stack, names, 10, 10)
        for size in plan.sizes:
            messages = max(20, min(plan.messages // 4, plan.volume // size))
            batches = compare(servers, plan, messages, size)
            others = (f"{ratio(batches, name, C):.2f}" for name in names if name != C)
            rows.append([f"{size:,}", format_number(cpu(batches, C)), *others])
    headers = ["bytes", "C, µs", *(f"{name}, over C" for name in names if name != C)]
    return markdown_table(headers, rows) + "\n" + verified_line(servers)


FEW_SUFFIX = " (few)"


def growth_table(plan: Plan, n: int) -> tuple[str, dict[str, float], float]:
    """Compare servers that have `n` connections with servers that have 11. Ten connections send in both cases.

    Returns:
        Three values: a Markdown table; for each server its CPU time with `n` connections, divided by that with 11; the
        CPU time of poll divided by that of epoll, with `n` connections.
    """
    names, few = ("epoll", "selectors", "poll"), 11
    growth, rows = {}, []
    with ExitStack() as stack:
        servers = start_all(stack, names, few, 10) + start_all(stack, names, n, 10)
        for server in servers[: len(names)]:
            server.name += FEW_SUFFIX
        found = compare(servers, plan, max(10, plan.messages // 4))
    for name in names:
        growth[name] = ratio(found, name, name + FEW_SUFFIX)
        rows.append(
            [name, format_number(cpu(found, name + FEW_SUFFIX)), format_number(cpu(found, name)), f"{growth[name]:.2f}"]
        )
    headers = ["server", f"{few} connections, µs", f"{n:,} connections, µs", "ratio"]
    with ServerUnderLoad("select", n, 10, require_all=False) as server:
        select_line = f"select answered {server.connected:,} of {n:,} connections"
        select_line += ": it waits for a descriptor below 1024.\n" if server.connected < n else ".\n"
    return (
        markdown_table(headers, rows) + "\n" + select_line + "\n" + verified_line(servers),
        growth,
        ratio(found, "poll", "epoll"),
    )


def charts_table(plan: Plan) -> tuple[str, float]:
    """Measure the latency of lesson 08's server while its live charts are refreshed, and while they are not.

    Returns:
        A Markdown table, and the share by which the charts make the server slower (0.1 is 10 %).
    """
    with ServerUnderLoad("panel", 1, 1, pause=False) as server:
        batches_by_state: dict[str, list[Batch]] = {"off": [], "on": []}
        for round_ in range(-1, plan.rounds):
            for state in ("off", "on") if round_ % 2 else ("on", "off"):
                if state == "on":
                    server.send_command("on")
                batch = server.run_batch(plan.messages)
                if state == "on":
                    server.send_command("off")
                if round_ >= 0:
                    batches_by_state[state].append(batch)
    rows = [
        [
            label,
            format_number(median(batch.latency for batch in batches_by_state[state])),
            format_number(median(batch.p99_latency for batch in batches_by_state[state])),
        ]
        for state, label in (("off", "at rest"), ("on", "8 frames a second"))
    ]
    slower = (
        median(a.latency / b.latency for a, b in zip(batches_by_state["on"], batches_by_state["off"], strict=True)) - 1
    )
    headers = ["charts", "latency, µs, median", "of one in a hundred"]
    return markdown_table(headers, rows) + "\n" + verified_line([server]), slower


def run(plan: Plan | None = None) -> Iterator[str]:
    """Yield each table as Markdown when it is complete. Without a `plan`, take the default one."""
    plan = plan or Plan()
    if sys.platform != "linux":
        yield "This bench needs Linux: its C server waits with epoll, and /proc says what CPU a server has used.\n"
        return
    limits.raise_fd_limit()
    names = [name for name in SERVERS if not reference_servers.is_missing(REFERENCE_COMMANDS.get(name, name))]
    if UVLOOP not in names:
        yield "uvloop is not installed here: its rows are missing (`make bench` installs it).\n"
    max_clients = int(limits.fd_limits()[0]) - 100
    many_connections, growth_connections = (
        min(count, max_clients) for count in (plan.many_connections, plan.growth_connections)
    )

    yield "### 100 connections, lines of 64 bytes\n"
    text, hundred = compare_table([*names, "threads"], plan, 100, 100, plan.messages)
    yield text
    yield f"### {many_connections:,} connections, 10 of them active\n"
    yield compare_table(names, plan, many_connections, 10, max(10, plan.messages // 10))[0]
    yield "### Lines of one byte to a mebibyte, 10 connections\n"
    yield size_table(names, plan)
    yield f"### {growth_connections:,} connections against 11, 10 of them active\n"
    text, growth, worse = growth_table(plan, growth_connections)
    yield text
    yield "### Live charts beside the server\n"
    text, slower = charts_table(plan)
    yield text
    yield "### Targets\n"
    yield targets(_targets(hundred, growth, worse, slower, growth_connections))


def _targets(
    hundred: Batches, growth: dict[str, float], worse: float, slower: float, n: int
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

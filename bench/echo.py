"""Compare the echo servers with servers in C, on uvloop and on asyncio: CPU time of the server for one message.

The servers take turns in each round (see `rounds`). A ratio is the median of the ratios of all rounds.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench import reference_servers
from bench.echo_load import ALWAYS, REFERENCE_COMMANDS, UVLOOP, Batch, C, ServerUnderLoad
from bench.figures import Figure, Goal, figure, ratio
from bench.report import Finding, format_number, markdown_table, targets
from bench.rounds import Rounds, noise_line, take_turns
from readiness.system import limits

SERVERS = (C, "epoll", "selectors", *REFERENCE_COMMANDS)
CHARTS = {"off": "at rest", "on": "8 frames a second"}


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
    messages: int = 20_000
    many_connections: int = 5_000
    growth_connections: int = 8_000
    sizes: tuple[int, ...] = (1, 16, 256, 4 << 10, 64 << 10, 1 << 20)
    volume: int = 16 << 20


class Batches:
    """The batches of all rounds, by the name of the server.

    Args:
        rounds: the rounds; their subjects are names of servers.
    """

    def __init__(self, rounds: Rounds[str, Batch]) -> None:
        self.rounds = rounds

    def cpu(self, name: str) -> Figure:
        """Return the CPU time of the server `name` for one message in microseconds."""
        return figure(batch.cpu for batch in self.rounds.of(name))

    def latency(self, name: str) -> Figure:
        """Return the median latency of the server `name` in microseconds."""
        return figure(batch.latency for batch in self.rounds.of(name))

    def ratio(self, name: str, base: str) -> Figure:
        """Return the CPU time of the server `name` divided by that of the server `base`."""
        return ratio(*([batch.cpu for batch in self.rounds.of(one)] for one in (name, base)))


def compare(servers: Iterable[ServerUnderLoad], rounds: int, messages: int, size: int = 64) -> Batches:
    """Measure the running servers in turn. In each round, each server gets one batch.

    Args:
        servers: the running servers.
        rounds: the number of rounds.
        messages: the number of messages in one batch.
        size: the bytes of one message.
    """
    by_name = {server.name: server for server in servers}
    return Batches(take_turns(list(by_name), lambda name: by_name[name].run_batch(messages, size), rounds))


def start_all(stack: ExitStack, names: Iterable[str], connections: int, active: int) -> list[ServerUnderLoad]:
    """Start the named servers, each with a load of its own. Servers and loads end when `stack` is closed.

    Args:
        stack: the stack that ends them.
        names: the servers, as `echo_load.command` takes them.
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
        batches = compare(servers, plan.rounds, messages)
    rows, figures = [], []
    for name in names:
        ratios = [batches.ratio(name, base) if base in names else None for base in (C, UVLOOP)]
        cpu, latency = batches.cpu(name), batches.latency(name)
        figures += [cpu, *filter(None, ratios)]
        cells = [f"{one.median:.2f}" if one else "" for one in ratios]
        rows.append([name, format_number(cpu.median), *cells, format_number(latency.median)])
    headers = ["server", "CPU a message, µs", "over C", "over uvloop", "latency, µs"]
    lines = [markdown_table(headers, rows), noise_line(figures, [batches.rounds]), verified_line(servers)]
    return "\n".join(lines), batches


def size_table(names: Sequence[str], plan: Plan) -> str:
    """Measure the named servers with messages of each size in `plan`, and return a Markdown table.

    A row has the CPU time of the C server in microseconds, and the ratio of each other server to it.
    """
    rows, figures, all_rounds = [], [], []
    with ExitStack() as stack:
        servers = start_all(stack, names, 10, 10)
        for size in plan.sizes:
            messages = max(20, min(plan.messages // 4, plan.volume // size))
            batches = compare(servers, plan.rounds, messages, size)
            ratios = [batches.ratio(name, C) for name in names if name != C]
            rows.append([f"{size:,}", format_number(batches.cpu(C).median), *(f"{one.median:.2f}" for one in ratios)])
            figures += ratios
            all_rounds.append(batches.rounds)
    headers = ["bytes", "C, µs", *(f"{name}, over C" for name in names if name != C)]
    return "\n".join([markdown_table(headers, rows), noise_line(figures, all_rounds), verified_line(servers)])


FEW_SUFFIX = " (few)"


def growth_table(plan: Plan, n: int) -> tuple[str, Batches]:
    """Compare servers that have `n` connections with servers that have 11. Ten connections send in both cases.

    Returns:
        A Markdown table, and the batches. The names of the servers with 11 connections end in FEW_SUFFIX.
    """
    names, few = ("epoll", "selectors", "poll"), 11
    with ExitStack() as stack:
        servers = start_all(stack, names, few, 10) + start_all(stack, names, n, 10)
        for server in servers[: len(names)]:
            server.name += FEW_SUFFIX
        batches = compare(servers, plan.rounds, max(10, plan.messages // 4))
    growth = {name: batches.ratio(name, name + FEW_SUFFIX) for name in names}
    rows = []
    for name in names:
        times = [format_number(batches.cpu(server).median) for server in (name + FEW_SUFFIX, name)]
        rows.append([name, *times, f"{growth[name].median:.2f}"])
    headers = ["server", f"{few} connections, µs", f"{n:,} connections, µs", "ratio"]
    lines = [markdown_table(headers, rows), noise_line(list(growth.values()), [batches.rounds])]
    return "\n".join([*lines, select_line(n), verified_line(servers)]), batches


def select_line(n: int) -> str:
    """Return a sentence that says how many of `n` connections the server on select has answered."""
    with ServerUnderLoad("select", n, 10, require_all=False) as server:
        answered = f"select answered {server.connected:,} of {n:,} connections"
        return answered + (": it waits for a descriptor below 1024.\n" if server.connected < n else ".\n")


def charts_table(plan: Plan) -> tuple[str, Rounds[str, Batch]]:
    """Measure the latency of the echo panel's server while its live charts are refreshed, and while they are not.

    Returns:
        A Markdown table, and the rounds. Their subjects are the keys of CHARTS.
    """
    with ServerUnderLoad("panel", 1, 1, pause=False) as server:

        def measure(state: str) -> Batch:
            server.send_command(state)
            batch = server.run_batch(plan.messages)
            server.send_command("off")
            return batch

        rounds = take_turns(list(CHARTS), measure, plan.rounds)
    rows, figures = [], []
    for state, label in CHARTS.items():
        latencies = [
            figure(values) for values in zip(*((b.latency, b.p99_latency) for b in rounds.of(state)), strict=True)
        ]
        figures += latencies
        rows.append([label, *(format_number(one.median) for one in latencies)])
    headers = ["charts", "latency, µs, median", "of one in a hundred"]
    return "\n".join([markdown_table(headers, rows), noise_line(figures, [rounds]), verified_line([server])]), rounds


def available_servers() -> list[str]:
    """Return the names of the servers that this machine can run."""
    return [name for name in SERVERS if not reference_servers.is_missing(REFERENCE_COMMANDS.get(name, name))]


def run(plan: Plan | None = None) -> Iterator[str]:
    """Yield each table as Markdown when it is complete. Without a `plan`, take the default one."""
    plan = plan or Plan()
    if sys.platform != "linux":
        yield "Missing: Linux. The C server waits with epoll, and /proc says how much CPU time a server has used.\n"
        return
    limits.raise_fd_limit()
    names = available_servers()
    if UVLOOP not in names:
        yield "Missing: uvloop. Its rows and its targets are left out (`make bench` installs it).\n"
    max_clients = int(limits.fd_limits()[0]) - 100
    many, most = (min(count, max_clients) for count in (plan.many_connections, plan.growth_connections))

    yield "### 100 connections, lines of 64 bytes\n"
    text, hundred = compare_table([*names, "threads"], plan, 100, 100, plan.messages)
    yield text
    yield f"### {many:,} connections, 10 of them active\n"
    text, resting = compare_table(names, plan, many, 10, max(10, plan.messages // 10))
    yield text
    yield "### Lines of one byte to a mebibyte, 10 connections\n"
    yield size_table(names, plan)
    yield f"### {most:,} connections against 11, 10 of them active\n"
    text, growth = growth_table(plan, most)
    yield text
    yield "### Live charts beside the server\n"
    text, charts = charts_table(plan)
    yield text
    yield "### Targets\n"
    yield targets([*server_findings(hundred, resting, growth, many, most, UVLOOP in names), charts_finding(charts)])


def server_findings(
    hundred: Batches, resting: Batches, growth: Batches, many: int, most: int, has_uvloop: bool
) -> Iterator[Finding]:
    """Yield what was found for each goal of the servers.

    Args:
        hundred: the batches with 100 connections.
        resting: the batches with many connections, of which ten are active.
        growth: the batches of `growth_table`.
        many: the number of connections of `resting`.
        most: the number of connections of `growth`.
        has_uvloop: True if uvloop was measured.
    """
    for name, limit in (("epoll", 1.0), ("selectors", 1.05)) if has_uvloop else ():
        goal = Goal(f"CPU of {name} over {UVLOOP}", high=limit)
        yield Finding(goal, hundred.ratio(name, UVLOOP), hundred.rounds.quiet)
    goal = Goal(f"CPU of selectors over {ALWAYS}, {many:,} connections", high=0.5)
    yield Finding(goal, resting.ratio("selectors", ALWAYS), resting.rounds.quiet)
    goal = Goal(f"epoll, {most:,} connections over 11", high=1.1)
    yield Finding(goal, growth.ratio("epoll", "epoll" + FEW_SUFFIX), growth.rounds.quiet)
    goal = Goal(f"poll over epoll, {most:,} connections", low=10)
    yield Finding(goal, growth.ratio("poll", "epoll"), growth.rounds.quiet)


def charts_finding(rounds: Rounds[str, Batch]) -> Finding:
    """Return what was found for the goal of the live charts."""
    slower = ratio(*([batch.latency for batch in rounds.of(state)] for state in ("on", "off")))
    return Finding(Goal("latency with charts over latency at rest", high=1.1), slower, rounds.quiet)

"""Show of what the cost of a message is made: the system calls, the kernel's part, and the layers of Python code.

The C server makes the same system calls. So what the Python servers cost beyond it is the interpreter's part.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.echo import available_servers, compare, start_all
from bench.echo_layers import LAYERS, Layers
from bench.echo_load import UVLOOP, C, ServerUnderLoad
from bench.figures import figure
from bench.report import format_number, markdown_table
from bench.rounds import noise_line, take_turns
from readiness.system.limits import read_proc

CONNECTIONS = 100
RECV, SEND = {"recvfrom", "recvmsg", "read"}, {"sendto", "sendmsg", "write"}
WAIT = {"epoll_wait", "epoll_pwait", "epoll_pwait2"}


def user_and_kernel_ticks(pid: int) -> tuple[int, int]:
    """Return the CPU time of a process in user mode and in the kernel, in clock ticks (proc_pid_stat(5))."""
    fields = (read_proc(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def kernel_table(names: Sequence[str], rounds: int, messages: int) -> str:
    """Return a Markdown table: the CPU time of each server for one message, in the kernel and in the program.

    The kernel looks some hundred times in a second in which mode a process runs. So the split needs many messages.
    """
    with ExitStack() as stack:
        servers = start_all(stack, names, CONNECTIONS, CONNECTIONS)
        before = [user_and_kernel_ticks(server.server.pid) for server in servers]
        batches = compare(servers, rounds, messages)
        after = [user_and_kernel_ticks(server.server.pid) for server in servers]
    rows = []
    for name, (user, kernel), (user_after, kernel_after) in zip(names, before, after, strict=True):
        user, kernel = user_after - user, kernel_after - kernel
        cpu = batches.cpu(name).median
        inside = cpu * kernel / max(1, user + kernel)
        rows.append([name, *map(format_number, (cpu, inside, cpu - inside))])
    headers = ["server", "CPU a message, µs", "in the kernel", "in the program"]
    return markdown_table(headers, rows) + "\n" + noise_line([batches.cpu(name) for name in names], [batches.rounds])


def count_calls(name: str, messages: int) -> dict[str, float]:
    """Return how often a server makes each system call for one message. strace(1) counts.

    Args:
        name: the server, as `echo_load.command` takes it.
        messages: the number of messages.
    """
    with ServerUnderLoad(name, CONNECTIONS, CONNECTIONS, pause=False) as server, tempfile.NamedTemporaryFile() as file:
        tracer = subprocess.Popen(
            ["strace", "-f", "-c", "-o", file.name, "-p", str(server.server.pid)],
            stderr=subprocess.PIPE,
            text=True,
        )
        with tracer:
            attached = "attached" in tracer.stderr.readline()
            if attached:
                server.run_batch(messages)
            tracer.send_signal(signal.SIGINT)
        summary = file.read().decode() if attached else ""
    return {call: count / messages for call, count in parse_summary(summary).items()}


def parse_summary(text: str) -> dict[str, int]:
    """Return the number of calls, by the name of the system call, from the table that ``strace -c`` prints."""
    rows = [line.split() for line in text.splitlines()]
    return {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdecimal() and row[-1] != "total"}


def calls_table(names: Sequence[str], messages: int) -> str:
    """Return a Markdown table with the system calls that each server makes for one message."""
    rows = []
    for name in names:
        calls = count_calls(name, messages)
        if not calls:
            return "Missing: the right to trace a process (ptrace). The system calls are not counted.\n"
        groups = [sum(calls.get(call, 0) for call in group) for group in (RECV, SEND, WAIT)]
        rows.append([name, *(f"{count:.2f}" for count in (*groups, sum(calls.values()) - sum(groups)))])
    return markdown_table(["system calls a message", "recv", "send", "epoll_wait", "others"], rows)


def layers_table(rounds: int, loops: int) -> str:
    """Return a Markdown table: what each layer of the Python servers adds to a message, in µs and in bytecodes."""
    with Layers(CONNECTIONS) as layers:
        measured = take_turns(list(LAYERS), lambda name: layers.measure(name, loops), rounds)
        bytecodes = {name: layers.count_bytecodes(name) for name in LAYERS}
    figures = {name: figure(measured.of(name)) for name in LAYERS}
    rows = []
    for name, base in LAYERS.items():
        added = figure(a - b for a, b in zip(measured.of(name), measured.of(base), strict=True)) if base else None
        cells = [format_number(figures[name].median), f"{added.median:+.2f}" if added else ""]
        rows.append([name, *cells, bytecodes[name]])
    headers = ["layer", "CPU a message, µs", "more than the layer before", "bytecodes a message"]
    return markdown_table(headers, rows) + "\n" + noise_line(list(figures.values()), [measured])


def run(rounds: int = 9, messages: int = 40_000, loops: int = 300) -> Iterator[str]:
    """Yield each table as Markdown when it is complete.

    Args:
        rounds: the number of rounds.
        messages: the number of messages in a batch.
        loops: how often each layer handles a message of each connection.
    """
    if sys.platform != "linux":
        yield "Missing: Linux. The servers wait with epoll, and /proc says how much CPU time they have used.\n"
        return
    names = [name for name in available_servers() if name in (C, "epoll", "selectors", UVLOOP)]
    yield f"### The kernel and the program, {CONNECTIONS} connections\n"
    yield kernel_table(names, rounds, messages)
    yield "### The system calls\n"
    if shutil.which("strace"):
        yield calls_table(names, messages // 10)
    else:
        yield "Missing: strace. The system calls are not counted (on Debian: apt install strace).\n"
    yield "### The layers of the Python servers\n"
    yield layers_table(rounds, loops)

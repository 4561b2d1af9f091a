"""Compare the FTP server with pyftpdlib: throughput and server CPU for large files, small files and logins.

Both servers run during a table, and take turns in each round (see `rounds`). What is measured is in `ftp_cases`.
"""

import ftplib
import importlib.util
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import cores
from bench.figures import Figure, Goal, figure, ratio
from bench.filesystems import find_folders
from bench.ftp_cases import Case, Plan, Sample, download_case, login_case, small_file_case, upload_case
from bench.ftp_load import OURS, PYFTPDLIB, ServerProcess
from bench.report import Finding, format_number, markdown_table, targets
from bench.rounds import Rounds, noise_line, take_turns
from readiness.base.messages import UserError

SERVERS = (OURS, PYFTPDLIB)
# For each case: the smallest throughput and the largest server CPU, both divided by those of pyftpdlib.
GOALS: dict[str, tuple[float, float]] = {
    "STOR, 1 client, new file, disk": (2.0, 0.6),
    "STOR, 1 client, over a file, disk": (1.2, 0.6),
    "STOR, 1 client, new file, tmpfs": (1.5, 0.6),
    "STOR, 1 client, over a file, tmpfs": (1.5, 0.6),
    "STOR, 10 clients, new files, disk": (1.4, math.inf),
    "STOR, 10 clients, new files, tmpfs": (1.4, math.inf),
    "RETR, 1 client": (1.0, math.inf),
    "RETR, 10 clients": (1.0, math.inf),
    "RETR of 1 KiB": (-math.inf, 0.65),
    "login": (-math.inf, 0.8),
}
Measured = dict[str, Rounds[str, Sample]]  # by the title of the case


def upload_cases(plan: Plan, label: str) -> list[Case]:
    """Return the uploads to a folder. `label` says where the folder is: "disk" or "tmpfs"."""
    return [
        upload_case(f"STOR, 1 client, new file, {label}", plan, 1, over=False),
        upload_case(f"STOR, 1 client, over a file, {label}", plan, 1, over=True),
        upload_case(f"STOR, 10 clients, new files, {label}", plan, 10, over=False),
    ]


def other_cases(plan: Plan) -> list[Case]:
    """Return the downloads and the logins."""
    return [
        download_case("RETR, 1 client", plan, 1),
        download_case("RETR, 10 clients", plan, 10),
        small_file_case("RETR of 1 KiB", plan),
        login_case("login", plan),
    ]


def measure_cases(cases: Sequence[Case], folder: Path, rounds: int) -> Measured:
    """Start both servers with roots in `folder`, measure all cases, and return the rounds of each case.

    This process, with its clients, stays away from the servers' core.

    Raises:
        UserError: A server failed, or a byte was wrong.
    """
    with ExitStack() as stack:
        roots = [Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder))) for _server in SERVERS]
        servers = {
            name: stack.enter_context(ServerProcess(name, root)) for name, root in zip(SERVERS, roots, strict=True)
        }
        stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores.client_cores())

        def measure_case(case: Case) -> Rounds[str, Sample]:
            return take_turns(SERVERS, lambda name: case.measure(servers[name]), rounds)

        try:
            return {case.title: measure_case(case) for case in cases}
        except ftplib.all_errors as error:
            raise UserError(f"The FTP server failed: {error}") from error


def ratios(rounds: Rounds[str, Sample]) -> tuple[Figure, Figure]:
    """Return the throughput and the server CPU of our server, both divided by those of pyftpdlib."""
    ours, other = rounds.of(OURS), rounds.of(PYFTPDLIB)
    return (
        ratio([one.speed for one in ours], [one.speed for one in other]),
        ratio([one.cpu for one in ours], [one.cpu for one in other]),
    )


def speed_table(cases: Sequence[Case], measured: Measured) -> str:
    """Return a Markdown table with a row for each case: both throughputs, and the ratios."""
    rows, figures = [], []
    for case in cases:
        rounds = measured[case.title]
        scale, unit = (1e-6, "MB/s") if case.unit == "MB" else (1, "/s")
        speeds = [figure(one.speed * scale for one in rounds.of(name)).median for name in SERVERS]
        both = ratios(rounds)
        figures += both
        cells = [f"{format_number(speed)} {unit}" for speed in speeds]
        rows.append([case.title, *cells, *(f"{one.median:.2f}" for one in both)])
    headers = ["", *SERVERS, "throughput, ratio", "server CPU, ratio"]
    return markdown_table(headers, rows) + "\n" + noise_line(figures, list(measured.values()))


def phase_table(measured: Measured) -> str:
    """Return a Markdown table with the phases of each transfer by one client, in milliseconds."""
    rows, figures = [], []
    for title, rounds in measured.items():
        for name in SERVERS:
            samples = [one.phases for one in rounds.of(name) if one.phases]
            if samples:
                phases = [figure(value * 1e3 for value in values) for values in zip(*samples, strict=True)]
                figures += phases
                rows.append([title, name, *(format_number(one.median) for one in phases)])
    headers = ["", "server", "command to 150, ms", "data, ms", "end of data to 226, ms"]
    return markdown_table(headers, rows) + "\n" + noise_line(figures, list(measured.values()))


def missing() -> str | None:
    """Return a sentence that says what this bench needs and this machine does not have, or None."""
    if sys.platform != "linux":
        return "Missing: Linux. /proc says how much CPU time a server has used.\n"
    if importlib.util.find_spec("pyftpdlib") is None:
        return "Missing: pyftpdlib. There is nothing to compare with (`make bench` installs it).\n"
    return None


def run(plan: Plan | None = None) -> Iterator[str]:
    """Yield the tables and the targets as Markdown. Without a `plan`, take the default one."""
    plan = plan or Plan()
    if sentence := missing():
        yield sentence
        return
    folders, sentences = find_folders(5 * plan.large)
    yield from sentences
    measured: Measured = {}
    for folder in folders:
        cases = upload_cases(plan, folder.label)
        yield f"### Uploads of {plan.large >> 20} MiB, {folder.label} ({folder.kind}, {folder.path})\n"
        found = measure_cases(cases, folder.path, plan.rounds)
        yield speed_table(cases, found)
        yield phase_table(found)
        measured |= found
    if folders:
        cases = other_cases(plan)
        yield "### Downloads and logins, files in the page cache\n"
        found = measure_cases(cases, folders[0].path, plan.rounds)
        yield speed_table(cases, found)
        yield phase_table(found)
        measured |= found
    yield "### Targets, over pyftpdlib\n"
    yield targets(findings(measured))


def findings(measured: Measured) -> Iterator[Finding]:
    """Yield what was found for each goal of the measured cases."""
    for title, rounds in measured.items():
        min_speed, max_cpu = GOALS[title]
        speed, cpu = ratios(rounds)
        if min_speed != -math.inf:
            yield Finding(Goal(f"{title}: throughput", low=min_speed, unit="×"), speed, rounds.quiet)
        if max_cpu != math.inf:
            yield Finding(Goal(f"{title}: server CPU", high=max_cpu, unit="×"), cpu, rounds.quiet)

"""The cases of the FTP bench: what is measured on each server, and how its content is verified.

Every byte is compared, but only when the time is no longer measured.
"""

import contextlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench import ftp_load
from bench.ftp_load import BLOCK, CHUNK, Move, Phases, ServerProcess
from readiness.base.messages import UserError

SMALL = BLOCK[: 1 << 10]  # the content of the small file
MAX_TIME_WAIT = 6_000  # closed connections: a fifth of the 28,232 ports that Linux gives to connections


@dataclass(frozen=True)
class Plan:
    """How much is measured. The defaults are what `make bench` does.

    Attributes:
        rounds: the number of rounds.
        large: bytes that one case transfers: one file, or ten files of a tenth.
        file_count: the number of downloads of the small file.
        login_count: the number of logins.
    """

    rounds: int = 9
    large: int = 256 << 20
    file_count: int = 200
    login_count: int = 300

    def file_size(self, clients: int) -> int:
        """Return the bytes of one file when `clients` clients transfer `large` bytes together."""
        return self.large // clients // CHUNK * CHUNK


class Sample(NamedTuple):
    """One measurement of one server.

    Attributes:
        speed: bytes, files or logins in a second.
        cpu: CPU seconds of the server for one of them.
        phases: the phases of the transfer, if one client transferred one file.
    """

    speed: float
    cpu: float
    phases: Phases | None = None


class Case(NamedTuple):
    """One case.

    Attributes:
        title: what is measured.
        unit: what is counted: "MB", "files" or "logins".
        measure: a function that measures one server.
    """

    title: str
    unit: str
    measure: Callable[[ServerProcess], Sample]


def count_units(server: ServerProcess, workload: Callable[[], object], units: int) -> Sample:
    """Call `workload`, and return the speed and the server's CPU time for each of `units` units."""
    cpu, begun = server.cpu(), time.perf_counter()
    workload()
    return Sample(units / (time.perf_counter() - begun), (server.cpu() - cpu) / units)


def transfer_at_once(server: ServerProcess, command: str, moves: list[Move], size: int) -> Sample:
    """Let clients transfer one file each, all at the same time. Their logins are not measured.

    Args:
        server: the server.
        command: the command, with {number} for the number of the client.
        moves: for each client, what sends or receives its file.
        size: the bytes of each file.
    """
    phases: list[Phases] = []
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.login()) for _move in moves]

        def one(number: int) -> None:
            phases.append(ftp_load.transfer(clients[number], command.format(number=number), moves[number]))
            clients[number].voidcmd("NOOP")  # what a server does after its reply 226 is measured, too

        sample = count_units(server, lambda: ftp_load.run_threads(one, len(moves)), size * len(moves))
    return sample._replace(phases=phases[0]) if len(moves) == 1 else sample


def upload_case(title: str, plan: Plan, clients: int, *, over: bool) -> Case:
    """Return the case of an upload by `clients` clients, each with a file of its own.

    Args:
        title: what is measured.
        plan: the sizes.
        clients: the number of clients.
        over: True if the uploads replace files of the same size, False if there are no such files.
    """
    size = plan.file_size(clients)

    def measure(server: ServerProcess) -> Sample:
        files = [server.root / f"up{number}" for number in range(clients)]
        for file in files if over else ():
            write_blocks(file, size)
        if over:
            os.sync()  # the old file is on the disk, as a file of yesterday is
        sample = transfer_at_once(server, "STOR up{number}", [ftp_load.send_file(size)] * clients, size)
        for file in files:
            verify(file.name, file.read_bytes(), size)
            file.unlink()
        os.sync()  # the disk is idle again before the next measurement
        return sample

    return Case(title, "MB", measure)


def download_case(title: str, plan: Plan, clients: int) -> Case:
    """Return the case of a download by `clients` clients, each with a file of its own. It is in the page cache."""
    size = plan.file_size(clients)
    buffers = [bytearray(size) for _client in range(clients)]

    def measure(server: ServerProcess) -> Sample:
        files = [server.root / f"{clients}-{number}" for number in range(clients)]
        for file in files:
            if not file.exists():
                write_blocks(file, size)
        os.sync()
        moves = [ftp_load.receive_file(memoryview(buffer)) for buffer in buffers]
        sample = transfer_at_once(server, f"RETR {clients}-{{number}}", moves, size)
        for file, buffer in zip(files, buffers, strict=True):
            verify(file.name, buffer, size)
            buffer[:] = bytes(size)
        return sample

    return Case(title, "MB", measure)


def small_file_case(title: str, plan: Plan) -> Case:
    """Return the case of many downloads of a file of 1 KiB by one client, one after the other."""

    def measure(server: ServerProcess) -> Sample:
        if not (file := server.root / "small").exists():
            file.write_bytes(SMALL)
        buffer = bytearray(len(SMALL))
        with server.login() as client:

            def fetch_all() -> None:
                for _file in range(plan.file_count):
                    buffer[:] = bytes(len(SMALL))
                    ftp_load.transfer(client, "RETR small", ftp_load.receive_file(memoryview(buffer)))
                    if buffer != SMALL:
                        raise UserError(f"{server.name} sent a file of 1 KiB with wrong content.")

            wait_for_ports()
            return count_units(server, fetch_all, plan.file_count)

    return Case(title, "files", measure)


def login_case(title: str, plan: Plan) -> Case:
    """Return the case of logins, one after the other, each by a new client."""

    def measure(server: ServerProcess) -> Sample:
        def log_in_and_out() -> None:
            for _login in range(plan.login_count):
                server.login().quit()

        return count_units(server, log_in_and_out, plan.login_count)

    return Case(title, "logins", measure)


def wait_for_ports() -> None:
    """Wait until at most MAX_TIME_WAIT closed connections still hold their ports, but for 60 seconds at most.

    Each transfer leaves one for a minute (RFC 9293 section 3.6.1). With 20,000 of them the kernel's search for a free
    port takes 5 ms, and a bench measures nothing else.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        match = re.search(r"^TCP:.* tw (\d+)", Path("/proc/net/sockstat").read_text("utf-8"), re.MULTILINE)
        if not match or int(match[1]) <= MAX_TIME_WAIT:
            return
        time.sleep(0.5)


def write_blocks(file: Path, size: int) -> None:
    """Write a file of `size` bytes, with the content that `ftp_load.send_file` sends."""
    with file.open("wb") as data:
        for _block in range(size // CHUNK):
            data.write(BLOCK)


def verify(name: str, content: bytes | bytearray, size: int) -> None:
    """Check that `content` has `size` bytes and is `BLOCK`, repeated.

    Raises:
        UserError: The content is different. The sentence contains `name`.
    """
    chunks = (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    if len(content) != size or any(chunk != BLOCK for chunk in chunks):
        raise UserError(f"The content of {name} is wrong: {len(content):,} bytes arrived, {size:,} bytes were sent.")

"""Compare the FTP server with pyftpdlib: throughput and server CPU for large files, small files and logins.

Both servers run during the whole bench. Each has a process of its own, and both use the first core. The clients use the
other cores. They measure the two servers in turn, and check every file by its checksum.
"""

import contextlib
import ftplib
import importlib.util
import os
import statistics
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.report import format_number, markdown_table, targets
from readiness.base.launched_process import LaunchedProcess
from readiness.system.process_usage import exact_cpu_seconds

ROUNDS = 5
LARGE = 256 << 20  # bytes of the large file
SMALL, FILES = 1 << 10, 2_000  # bytes of a small file, and how many are fetched
LOGINS = 300
START_TIMEOUT = 60.0  # seconds until a server must have printed its address
CHUNK = 1 << 16
USER, PASSWORD = "bench", "not a secret"
PYFTPDLIB_SERVER = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
import logging
logging.disable(logging.CRITICAL)
authorizer = DummyAuthorizer()
authorizer.add_user(sys.argv[2], sys.argv[3], sys.argv[1], perm="elradfmwMT")
FTPHandler.authorizer = authorizer
server = FTPServer(("127.0.0.1", 0), FTPHandler)
print("pyftpdlib listens on 127.0.0.1:%d" % server.address[1], flush=True)
server.serve_forever()
"""
BLOCK = bytes(range(256)) * (CHUNK // 256)


class ServerProcess:
    """Context manager: an FTP server in a process of its own, on the first core.

    Args:
        name: "readiness" or "pyftpdlib".
        root: the folder whose files the server offers.
    """

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        readiness_command = [sys.executable, "-m", "readiness.ftp", "--root", root, "--port", "0", "--user", USER]
        pyftpdlib_command = [sys.executable, "-c", PYFTPDLIB_SERVER, root, USER, PASSWORD]
        self._command = readiness_command if name == "readiness" else pyftpdlib_command

    def __enter__(self) -> "ServerProcess":
        env = os.environ | {"READINESS_FTP_PASSWORD": PASSWORD}
        core = min(os.sched_getaffinity(0))
        self._process = LaunchedProcess(self._command, env=env, prepare=lambda: os.sched_setaffinity(0, {core}))
        _host, self.port = self._process.read_address(START_TIMEOUT)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.close()

    def cpu(self) -> float:
        """Return the CPU seconds that the server's process has used since its start."""
        return exact_cpu_seconds(self._process.pid)

    def login(self) -> ftplib.FTP:
        """Connect an ftplib client to the server, log in, and return the client."""
        client = ftplib.FTP(timeout=120)
        client.connect("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client


def fetch(client: ftplib.FTP, name: str, size: int, checksum: int) -> None:
    """Download the file `name` with RETR in type I (binary), and check its size in bytes and its CRC-32.

    Raises:
        ValueError: The file has another size than `size`, or another checksum than `checksum`.
    """
    buffer, crc, count = memoryview(bytearray(CHUNK)), 0, 0
    client.voidcmd("TYPE I")
    with client.transfercmd(f"RETR {name}") as data:
        while number := data.recv_into(buffer):
            crc, count = zlib.crc32(buffer[:number], crc), count + number
    client.voidresp()
    if (count, crc) != (size, checksum):
        raise ValueError(f"{name}: {count} bytes with checksum {crc:x}, not {size} with {checksum:x}")


def store(client: ftplib.FTP, name: str, size: int) -> None:
    """Upload `size` bytes as the file `name` with STOR in type I (binary). The content is one block, repeated."""
    client.voidcmd("TYPE I")
    with client.transfercmd(f"STOR {name}") as data:
        for _block in range(size // CHUNK):
            data.sendall(BLOCK)
    client.voidresp()


def run_threads(count: int, workload: Callable[[int], None]) -> None:
    """Call `workload` with each number from 0 to `count` - 1, each in a thread of its own, and wait for all threads.

    If calls have raised errors, raise the first one.
    """
    errors: list[BaseException] = []

    def one(number: int) -> None:
        try:
            workload(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def checksum(size: int) -> int:
    """Return the CRC-32 of a file of `size` bytes that consists of the repeated `BLOCK`."""
    crc = 0
    for _block in range(size // CHUNK):
        crc = zlib.crc32(BLOCK, crc)
    return crc


def download(server: ServerProcess, clients: int, size: int, expected_checksum: int) -> int:
    """Let `clients` clients (1 or 10) download at the same time, `size` bytes together. Return the bytes transferred.

    `expected_checksum` is the CRC-32 of the file that each client gets.
    """
    share = "large" if clients == 1 else "share"

    def one(_number: int) -> None:
        with server.login() as client:
            fetch(client, share, size // clients // CHUNK * CHUNK, expected_checksum)

    run_threads(clients, one)
    return size // clients // CHUNK * CHUNK * clients


def upload(server: ServerProcess, clients: int, size: int, expected_checksum: int) -> int:
    """Let `clients` clients upload at the same time, `size` bytes together. Return the bytes transferred.

    `expected_checksum` is the CRC-32 of the file that each client stores. `measure` checks it afterwards.
    """
    share = size // clients // CHUNK * CHUNK

    def one(number: int) -> None:
        with server.login() as client:
            store(client, f"up{number}", share)

    run_threads(clients, one)
    return share * clients


def fetch_small_files(server: ServerProcess, file_count: int, expected_checksum: int) -> int:
    """Let one client download the small file `file_count` times, and return `file_count`."""
    with server.login() as client:
        for _file in range(file_count):
            fetch(client, "small", SMALL, expected_checksum)
    return file_count


def log_in_repeatedly(server: ServerProcess, login_count: int) -> int:
    """Log in `login_count` times, one after the other, and return `login_count`."""
    for _login in range(login_count):
        with server.login():
            pass
    return login_count


def measure(server: ServerProcess, workload: Callable[..., int], *args: int) -> tuple[float, float]:
    """Run `workload(server, *args)`, and measure its speed and the server's CPU time.

    The workload returns a number of units: bytes, files or logins.

    Returns:
        Units per second, and CPU seconds of the server for one unit.

    Raises:
        ValueError: An uploaded file has another checksum than ``args[2]``.
    """
    cpu_before, started = server.cpu(), time.perf_counter()
    units = workload(server, *args)
    seconds = time.perf_counter() - started
    for file in server.root.glob("up*"):
        if args[2] != (found := checksum_of(file)):
            raise ValueError(f"{file.name} was stored with checksum {found:x}, not {args[2]:x}")
        file.unlink()
    return units / seconds, (server.cpu() - cpu_before) / units


def checksum_of(file: Path) -> int:
    """Return the CRC-32 of the file's content."""
    crc = 0
    with file.open("rb") as data:
        while block := data.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def prepare(root: Path, large: int) -> dict[str, int]:
    """Create in the folder `root` the files that the clients download. The large file gets `large` bytes.

    Returns:
        The CRC-32 of each file, by its name.
    """
    sizes = {"large": large, "share": large // 10 // CHUNK * CHUNK}
    for name, size in sizes.items():
        with (root / name).open("wb") as data:
            for _block in range(size // CHUNK):
                data.write(BLOCK)
    (root / "small").write_bytes(BLOCK[:SMALL])
    return {name: checksum(size) for name, size in sizes.items()} | {"small": zlib.crc32(BLOCK[:SMALL])}


def run(rounds: int = ROUNDS, large: int = LARGE, file_count: int = FILES, login_count: int = LOGINS) -> Iterator[str]:
    """Yield the table and the targets as Markdown.

    Args:
        rounds: how often each case is measured on each server.
        large: the size of the large file in bytes.
        file_count: the number of downloads of the small file.
        login_count: the number of logins.
    """
    if importlib.util.find_spec("pyftpdlib") is None:
        yield "pyftpdlib is not installed here: `make bench` installs it.\n"
        return
    with contextlib.ExitStack() as stack:
        servers, checksums = [], {}
        for name in ("readiness", "pyftpdlib"):
            root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            checksums = prepare(root, large)
            servers.append(stack.enter_context(ServerProcess(name, root)))
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores - {min(cores)} or cores)
        stack.callback(os.sched_setaffinity, 0, cores)
        cases = {
            "RETR, 1 client": (download, 1, large, checksums["large"]),
            "RETR, 10 clients": (download, 10, large, checksums["share"]),
            "STOR, 1 client": (upload, 1, large, checksums["large"]),
            "STOR, 10 clients": (upload, 10, large, checksums["share"]),
            "RETR of 1 KiB": (fetch_small_files, file_count, checksums["small"]),
            "login": (log_in_repeatedly, login_count),
        }
        rows, ratios = [], {}
        for title, (workload, *args) in cases.items():
            ours, other = zip(
                *[[measure(server, workload, *args) for server in servers] for _round in range(rounds)], strict=True
            )
            speed = statistics.median(a[0] / b[0] for a, b in zip(ours, other, strict=True))
            cpu = statistics.median(a[1] / b[1] for a, b in zip(ours, other, strict=True))
            ratios[title] = speed, cpu
            scale, unit = (1e-6, "MB/s") if large in args else (1, "/s")
            cells = [statistics.median(x[0] for x in side) * scale for side in (ours, other)]
            rows.append([title, *(f"{format_number(x)} {unit}" for x in cells), f"{speed:.2f}", f"{cpu:.2f}"])
    yield markdown_table(["", "readiness.ftp", "pyftpdlib", "throughput, ratio", "server CPU, ratio"], rows)
    yield "### Targets\n"
    yield targets(_targets(ratios))


def _targets(ratios: dict[str, tuple[float, float]]) -> Iterator[tuple[str, str, str, bool]]:
    goals = {
        "RETR, 1 client": (1.0, 0.95),
        "RETR, 10 clients": (1.0, 0.95),
        "STOR, 1 client": (1.8, 0.7),
        "STOR, 10 clients": (1.4, 0.7),
        "RETR of 1 KiB": (None, 0.6),
        "login": (None, 0.75),
    }
    for title, (min_speed, max_cpu) in goals.items():
        speed, cpu = ratios[title]
        if min_speed is not None:
            yield f"{title}: throughput", f"≥ {min_speed:g} ×", f"{speed:.2f} ×", speed >= min_speed
        yield f"{title}: server CPU", f"≤ {max_cpu:g} ×", f"{cpu:.2f} ×", cpu <= max_cpu

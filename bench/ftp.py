"""FTP, beside pyftpdlib: large files both ways, small files, logins; throughput, and what the server's process costs.

Both servers run for the whole bench, each in a process on a core of its own; the clients share the other core, take
turns between the two, and compare every byte's checksum.
"""

import contextlib
import ftplib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.report import figure, table, targets

ROUNDS = 5
LARGE = 256 << 20  # bytes of the large file
SMALL, FILES = 1 << 10, 2_000  # bytes of a small file, and how many are fetched
LOGINS = 300
CHUNK = 1 << 16
USER, PASSWORD = "bench", "not a secret"
RIVAL = """
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


class Subject:
    """A server in its own process, on the first core; a context manager."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        ours = [sys.executable, "-m", "readiness.ftp", "--root", root, "--port", "0", "--user", USER]
        theirs = [sys.executable, "-c", RIVAL, root, USER, PASSWORD]
        self._command = ours if name == "readiness" else theirs

    def __enter__(self) -> "Subject":
        env = os.environ | {"READINESS_FTP_PASSWORD": PASSWORD}
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True, env=env)
        os.sched_setaffinity(self._process.pid, {min(os.sched_getaffinity(0))})
        self.port = int(self._process.stdout.readline().rpartition(":")[2])
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def cpu(self) -> float:
        """CPU seconds of the server until now (proc_pid_schedstat: nanoseconds on the processor)."""
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1e9

    def login(self) -> ftplib.FTP:
        client = ftplib.FTP(timeout=120)
        client.connect("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client


def fetch(client: ftplib.FTP, name: str, size: int, checksum: int) -> None:
    """RETR in type I; ValueError if a byte is wrong."""
    buffer, seen, count = memoryview(bytearray(CHUNK)), 0, 0
    client.voidcmd("TYPE I")
    with client.transfercmd(f"RETR {name}") as data:
        while number := data.recv_into(buffer):
            seen, count = zlib.crc32(buffer[:number], seen), count + number
    client.voidresp()
    if (count, seen) != (size, checksum):
        raise ValueError(f"{name}: {count} bytes with checksum {seen:x}, not {size} with {checksum:x}")


def store(client: ftplib.FTP, name: str, size: int) -> None:
    """STOR in type I, the same block again and again."""
    client.voidcmd("TYPE I")
    with client.transfercmd(f"STOR {name}") as data:
        for _block in range(size // CHUNK):
            data.sendall(BLOCK)
    client.voidresp()


def together(count: int, deed: Callable[[int], None]) -> None:
    """The deed for each number, each in a thread; the first error is raised."""
    errors: list[BaseException] = []

    def one(number: int) -> None:
        try:
            deed(number)
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
    seen = 0
    for _block in range(size // CHUNK):
        seen = zlib.crc32(BLOCK, seen)
    return seen


def down(subject: Subject, clients: int, size: int, right: int) -> int:
    """Each client fetches its share of `size`; the bytes moved."""
    share = "large" if clients == 1 else "share"

    def one(_number: int) -> None:
        with subject.login() as client:
            fetch(client, share, size // clients // CHUNK * CHUNK, right)

    together(clients, one)
    return size // clients // CHUNK * CHUNK * clients


def up(subject: Subject, clients: int, size: int, right: int) -> int:
    """Each client stores its share of `size`, and what arrived is compared; the bytes moved."""
    share = size // clients // CHUNK * CHUNK

    def one(number: int) -> None:
        with subject.login() as client:
            store(client, f"up{number}", share)

    together(clients, one)
    return share * clients


def small(subject: Subject, files: int, right: int) -> int:
    """One client fetches a small file again and again; how often."""
    with subject.login() as client:
        for _file in range(files):
            fetch(client, "small", SMALL, right)
    return files


def logins(subject: Subject, number: int) -> int:
    for _login in range(number):
        with subject.login():
            pass
    return number


def timed(subject: Subject, deed: Callable[..., int], *given: int) -> tuple[float, float]:
    """(units a second, CPU seconds of the server for a unit)."""
    cpu, begun = subject.cpu(), time.perf_counter()
    units = deed(subject, *given)
    seconds = time.perf_counter() - begun
    for file in subject.root.glob("up*"):
        if given[2] != (found := checksum_of(file)):
            raise ValueError(f"{file.name} was stored with checksum {found:x}, not {given[2]:x}")
        file.unlink()
    return units / seconds, (subject.cpu() - cpu) / units


def checksum_of(file: Path) -> int:
    seen = 0
    with file.open("rb") as data:
        while block := data.read(1 << 20):
            seen = zlib.crc32(block, seen)
    return seen


def prepare(root: Path, large: int) -> dict[str, int]:
    """The files to fetch, and the checksum of each."""
    sizes = {"large": large, "share": large // 10 // CHUNK * CHUNK}
    for name, size in sizes.items():
        with (root / name).open("wb") as data:
            for _block in range(size // CHUNK):
                data.write(BLOCK)
    (root / "small").write_bytes(BLOCK[:SMALL])
    return {name: checksum(size) for name, size in sizes.items()} | {"small": zlib.crc32(BLOCK[:SMALL])}


def run(rounds: int = ROUNDS, large: int = LARGE, files: int = FILES, number: int = LOGINS) -> Iterator[str]:
    """The table and the targets, as Markdown."""
    if importlib.util.find_spec("pyftpdlib") is None:
        yield "pyftpdlib is not installed here: `make bench` installs it.\n"
        return
    with contextlib.ExitStack() as stack:
        subjects, right = [], {}
        for name in ("readiness", "pyftpdlib"):
            root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            right = prepare(root, large)
            subjects.append(stack.enter_context(Subject(name, root)))
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, mine - {min(mine)} or mine)
        stack.callback(os.sched_setaffinity, 0, mine)
        cases = {
            "RETR, 1 client": (down, 1, large, right["large"]),
            "RETR, 10 clients": (down, 10, large, right["share"]),
            "STOR, 1 client": (up, 1, large, right["large"]),
            "STOR, 10 clients": (up, 10, large, right["share"]),
            "RETR of 1 KiB": (small, files, right["small"]),
            "login": (logins, number),
        }
        rows, ratios = [], {}
        for title, (deed, *given) in cases.items():
            ours, theirs = zip(*[[timed(s, deed, *given) for s in subjects] for _round in range(rounds)], strict=True)
            speed = statistics.median(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))
            cpu = statistics.median(a[1] / b[1] for a, b in zip(ours, theirs, strict=True))
            ratios[title] = speed, cpu
            scale, unit = (1e-6, "MB/s") if large in given else (1, "/s")
            cells = [statistics.median(x[0] for x in side) * scale for side in (ours, theirs)]
            rows.append([title, *(f"{figure(x)} {unit}" for x in cells), f"{speed:.2f}", f"{cpu:.2f}"])
    yield table(["", "readiness.ftp", "pyftpdlib", "throughput, ratio", "server CPU, ratio"], rows)
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
    for title, (fast, cheap) in goals.items():
        speed, cpu = ratios[title]
        if fast is not None:
            yield f"{title}: throughput", f"≥ {fast:g} ×", f"{speed:.2f} ×", speed >= fast
        yield f"{title}: server CPU", f"≤ {cheap:g} ×", f"{cpu:.2f} ×", cpu <= cheap

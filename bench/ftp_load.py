"""The FTP servers that are compared, and the clients that transfer files and measure each phase.

Each server has a process of its own, on the first core. The clients use the other cores.
"""

import ftplib
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench import cores
from readiness.base.messages import UserError
from readiness.system import process_usage

START_TIMEOUT = 60.0  # seconds until a server must have printed its address
TIMEOUT = 60.0  # seconds for a reply
CHUNK = 1 << 16
BLOCK = bytes(range(256)) * (CHUNK // 256)
USER, PASSWORD = "bench", "not a secret"
OURS, PYFTPDLIB = "readiness.ftp", "pyftpdlib"
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


class Phases(NamedTuple):
    """How long the phases of one transfer took, in seconds.

    Attributes:
        opening: from the command to the reply 150.
        data: from 150 until the last byte is sent (STOR) or received (RETR).
        ending: from then to the reply 226.
    """

    opening: float
    data: float
    ending: float


class ServerProcess:
    """Context manager: an FTP server in a process of its own, on the first core.

    Args:
        name: OURS or PYFTPDLIB.
        root: the folder whose files the server offers.
    """

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        ours = [sys.executable, "-m", "readiness.ftp", "--root", str(root), "--port", "0", "--user", USER]
        self._command = ours if name == OURS else [sys.executable, "-c", PYFTPDLIB_SERVER, str(root), USER, PASSWORD]

    def __enter__(self) -> "ServerProcess":
        self._process = cores.launch(self._command, {cores.server_core()}, {"READINESS_FTP_PASSWORD": PASSWORD})
        _host, self.port = self._process.read_address(START_TIMEOUT)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.close()

    def cpu(self) -> float:
        """Return the CPU seconds that the server's process has used since its start.

        Raises:
            UserError: The server has ended.
        """
        seconds = process_usage.exact_cpu_seconds(self._process.pid)
        if seconds is None:
            raise UserError(f"The server “{self.name}” has ended.")
        return seconds

    def login(self) -> ftplib.FTP:
        """Connect an ftplib client to the server, log in, choose type I (binary), and return the client."""
        client = ftplib.FTP(timeout=TIMEOUT)
        client.connect("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        client.voidcmd("TYPE I")
        return client


Move = Callable[[socket.socket], None]  # it sends or receives all bytes of a file over a data connection


def transfer(client: ftplib.FTP, command: str, move: Move) -> Phases:
    """Transfer one file, and return the seconds of its phases.

    Args:
        client: a client that has logged in.
        command: the command, such as "STOR name".
        move: a function that sends or receives all bytes over the data connection.
    """
    with socket.create_connection(client.makepasv(), TIMEOUT) as data:
        begun = time.perf_counter()
        client.sendcmd(command)
        opened = time.perf_counter()
        move(data)
    moved = time.perf_counter()
    client.voidresp()
    return Phases(opened - begun, moved - opened, time.perf_counter() - moved)


def send_file(size: int) -> Move:
    """Return a function that sends `size` bytes over a socket. `size` is a multiple of CHUNK."""

    def move(data: socket.socket) -> None:
        for _block in range(size // CHUNK):
            data.sendall(BLOCK)

    return move


def receive_file(buffer: memoryview) -> Move:
    """Return a function that fills `buffer` from a socket, up to the end of its input.

    Raises:
        UserError: More bytes, or fewer bytes, arrive than `buffer` holds. The returned function raises it.
    """

    def move(data: socket.socket) -> None:
        count = 0
        while number := data.recv_into(buffer[count:] or bytearray(1)):
            count += number
        if count != len(buffer):
            raise UserError(f"A download had {count:,} bytes and not {len(buffer):,}.")

    return move


def run_threads(workload: Callable[[int], None], count: int) -> None:
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

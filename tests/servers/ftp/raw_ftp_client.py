"""What the FTP tests share: a server with one user, and a client that speaks the control connection byte by byte."""

import contextlib
import re
import socket

from readiness.base.background import BackgroundServer
from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.server import FtpServer

USER, PASSWORD = "ada", "count lovelace"
USERS = Passwords({USER: PASSWORD}, cost=2)  # a cheap hash: it is not the cost that is tested


@contextlib.contextmanager
def serving(root, **options):
    """A running server of `root`, whose user is USER; wrong passwords wait a hundredth of a second."""
    options = {"users": USERS, "login_failure_delay": 0.01} | options
    with BackgroundServer(FtpServer(root, **options)) as running:
        yield running.server


class RawFtpClient:
    """A control connection to an address, or on a connected socket; each reply is held to RFC 959 section 4.2."""

    def __init__(self, address, login=True):
        self.sock = address if isinstance(address, socket.socket) else socket.create_connection(address, timeout=10)
        self.file = self.sock.makefile("rb")
        assert self.read_reply()[0] == 220
        if login:
            assert self.send_command(f"USER {USER}")[0] == 331
            assert self.send_command(f"PASS {PASSWORD}")[0] == 230
            assert self.send_command("TYPE I")[0] == 200

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode() + b"\r\n")

    def read_line(self):
        line = self.file.readline()
        assert line.endswith(b"\r\n"), f"a reply without CRLF: {line!r}"
        assert not re.search(rb"[\x00-\x1f\x7f]", line[:-2]), f"a control character in a reply: {line!r}"
        return line[:-2].decode("utf-8", "surrogateescape")

    def read_reply(self):
        """Code and lines of the next reply."""
        lines = [self.read_line()]
        found = re.fullmatch(r"([1-5]\d\d)([ -]).*", lines[0])
        assert found, f"no reply: {lines[0]!r}"
        while found[2] == "-" and not lines[-1].startswith(found[1] + " "):
            lines.append(self.read_line())
        return int(found[1]), "\n".join(lines)

    def send_command(self, command):
        self.send(command)
        return self.read_reply()

    def passive_address(self):
        """Where the server waits for the data connection."""
        code, text = self.send_command("EPSV")
        assert code == 229, text
        return self.sock.getpeername()[0], int(re.search(r"\|\|\|(\d+)\|", text)[1])

    def connect_data(self):
        return socket.create_connection(self.passive_address(), timeout=10)

    def fetch(self, command):
        """What a command sends over a data connection, whose replies must be 150 and 226."""
        with self.connect_data() as data:
            code, text = self.send_command(command)
            assert code == 150, text
            got = recv_until_eof(data)
        code, text = self.read_reply()
        assert code == 226, text
        return got

    def store(self, command, content):
        """Send `content` over a data connection; the reply in the end."""
        with self.connect_data() as data:
            code, text = self.send_command(command)
            assert code == 150, text
            data.sendall(content)
        return self.read_reply()


def recv_until_eof(sock):
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))

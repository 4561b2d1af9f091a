"""The sockets of an FTP server, seen from outside: whose each is, what the server waits for on it, and its bytes.

It reads the server's public parts, from any thread, and changes nothing. It asks the kernel only for port numbers.
"""

import contextlib
import socket
from typing import NamedTuple

from readiness.base.messages import _
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.ftp import FtpServer


class Row(NamedTuple):
    """One socket. client: the port that its client's control connection comes from, 0 for the server's own listener."""

    client: int
    what: str  # listener, control, passive (a listener for one data connection), data
    waits: str  # READ, WRITE, both, or - for neither
    bytes: int  # control: of replies that the client has not taken yet; data: moved so far


def sockets(server: FtpServer, client: int = 0) -> list[Row]:
    """All that the server holds now, session by session, or all that it holds for one client.

    What closes while we look is left out.
    """
    rows = [Row(0, "listener", _waits(server, server.listener), 0)]
    for session in list(server.sessions):  # one step for the interpreter: the loop's thread goes on beside us
        with contextlib.suppress(OSError):
            port = session.sock.getpeername()[1]
            rows.append(Row(port, "control", _waits(server, session.sock), len(session.owed)))
            transfer = session.transfer
            moved = transfer.moved if transfer else 0
            for what, sock in (("passive", session.listener), ("data", session.conn)):
                if sock is not None:
                    rows.append(Row(port, what, _waits(server, sock), moved))
    return sorted((row for row in rows if client in (0, row.client)), key=lambda row: row.client)


def _waits(server: FtpServer, sock: socket.socket) -> str:
    key = server.watched.get(sock.fileno())
    events = key.events if key else 0
    return ", ".join(name for name, event in (("READ", READ), ("WRITE", WRITE)) if events & event) or "-"


def words(rows: list[Row]) -> str:
    """The rows in one line, without the server's own listener: `control READ · data WRITE`."""
    return " · ".join(f"{row.what} {row.waits}" for row in rows if row.client) or _("nobody is connected")

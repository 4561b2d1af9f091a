"""The sockets of an FTP server, seen from outside: client, events that the server waits for, and bytes of each.

It reads the server's public parts, from any thread, and changes nothing. It asks the kernel only for port numbers.
"""

import contextlib
import socket
from typing import NamedTuple

from readiness.base.messages import _
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.ftp import FtpServer


class SocketInfo(NamedTuple):
    """One socket. client: the port that its client's control connection comes from, 0 for the server's own listener."""

    client: int
    role: str  # listener, control, passive (a listener for one data connection), data
    events: str  # READ, WRITE, both, or - for neither
    bytes: int  # control: of unsent replies; data: transferred until now


def list_sockets(server: FtpServer, client: int = 0) -> list[SocketInfo]:
    """List the open sockets of the server, session by session, or only those of one client.

    A socket that is closed meanwhile is left out.
    """
    rows = [SocketInfo(0, "listener", _event_names(server, server.listener), 0)]
    for session in list(server.sessions):  # one step for the interpreter: the loop's thread keeps running
        with contextlib.suppress(OSError):
            port = session.sock.getpeername()[1]
            rows.append(SocketInfo(port, "control", _event_names(server, session.sock), len(session.write_buffer)))
            transfer = session.transfer
            transferred = transfer.bytes_transferred if transfer else 0
            for role, sock in (("passive", session.data_listener), ("data", session.data_socket)):
                if sock is not None:
                    rows.append(SocketInfo(port, role, _event_names(server, sock), transferred))
    return sorted((row for row in rows if client in (0, row.client)), key=lambda row: row.client)


def _event_names(server: FtpServer, sock: socket.socket) -> str:
    key = server.registrations.get(sock.fileno())
    events = key.events if key else 0
    return ", ".join(name for name, event in (("READ", READ), ("WRITE", WRITE)) if events & event) or "-"


def summary(rows: list[SocketInfo]) -> str:
    """Describe the sockets in one line, without the server's own listener: `control READ · data WRITE`."""
    return " · ".join(f"{row.role} {row.events}" for row in rows if row.client) or _("no client is connected")

"""A list of an FTP server's open sockets, with the client of each socket and the events that the server waits for.

Any thread may call these functions. They change nothing, and ask the kernel only for port numbers.
"""

import contextlib
import socket
from typing import NamedTuple

from readiness.base.messages import _
from readiness.servers.eventloop import READ, WRITE
from readiness.servers.ftp import FtpServer


class SocketInfo(NamedTuple):
    """One open socket of the server.

    Attributes:
        client: the port number of the client's end of the control connection; 0 for the server's own listener.
        role: `listener` (the server's own), `control`, `passive` (a listener for one data connection), or `data`.
        events: the events that the server waits for: `READ`, `WRITE`, both, or `-` for none.
        bytes: for `control`, the bytes of unsent replies. For `passive` and `data`, the bytes that the current transfer
            has sent or received until now.
    """

    client: int
    role: str
    events: str
    bytes: int


def list_sockets(server: FtpServer, client: int = 0) -> list[SocketInfo]:
    """Return one `SocketInfo` for each open socket of the server, sorted by client.

    The server's thread goes on, and may close a socket before the function returns.

    Args:
        server: the FTP server.
        client: the port number of one client, to list only the sockets of this client; 0 lists all sockets.
    """
    rows = [SocketInfo(0, "listener", _event_names(server, server.listener), 0)]
    for session in list(server.sessions):  # a copy, made atomically: the loop's thread may change the set
        with contextlib.suppress(OSError):
            control, data = session.control, session.data
            port = control.sock.getpeername()[1]
            rows.append(SocketInfo(port, "control", _event_names(server, control.sock), len(control.write_buffer)))
            transferred = data.transfer.bytes_transferred if data.transfer else 0
            for role, sock in (("passive", data.listener), ("data", data.socket)):
                if sock is not None:
                    rows.append(SocketInfo(port, role, _event_names(server, sock), transferred))
    return sorted((row for row in rows if client in (0, row.client)), key=lambda row: row.client)


def _event_names(server: FtpServer, sock: socket.socket) -> str:
    key = server.registrations.get(sock.fileno())
    events = key.events if key else 0
    return ", ".join(name for name, event in (("READ", READ), ("WRITE", WRITE)) if events & event) or "-"


def summary(rows: list[SocketInfo]) -> str:
    """Return the sockets `rows` in one line, such as `control READ · data WRITE`, without the server's own listener."""
    return " · ".join(f"{row.role} {row.events}" for row in rows if row.client) or _("no client is connected")

"""Stand-ins of lab 04: the functions of its chat room, as the lab's text says. And what its checks use."""

import errno
import os
import select
import socket
import struct
from typing import Any

LIMIT = 16_384  # as in the lab: bytes that may wait in the outbox of a member


def take_lines(inbox: bytearray) -> list[bytes]:
    """Remove the whole lines from `inbox`, and return them, each with its newline."""
    whole, newline, rest = inbox.rpartition(b"\n")
    inbox[:] = rest
    return [bytes(line) + b"\n" for line in whole.split(b"\n")] if newline else []


def wanted(member: Any) -> int:
    """Return the events to ask `poll` for: POLLOUT only while the outbox of `member` holds bytes."""
    return int(select.POLLIN | (select.POLLOUT if member.outbox else 0))


def flush(member: Any) -> None:
    """Send once from the outbox of `member`. Keep what the socket does not take.

    Raises:
        OSError: The socket takes nothing now, or the connection is lost.
    """
    member.outbox = member.outbox[member.sock.send(member.outbox) :]


def deliver(room: Any, sender: Any, line: bytes) -> list[Any]:
    """Add `line` to the outbox of every member but `sender`. Return the members whose outbox has no space for it."""
    others = [member for member in room.members.values() if member is not sender]
    lagging = [member for member in others if len(member.outbox) + len(line) > LIMIT]
    for member in others:
        if member not in lagging:
            member.outbox.extend(line)
    return lagging


def leave(room: Any, member: Any) -> None:
    """Take `member` out of the room and out of its `poll`, and close its socket."""
    fd = member.sock.fileno()
    del room.members[fd]
    room.poll.unregister(fd)
    member.sock.close()


def reset(client: socket.socket) -> None:
    """Close a TCP connection with a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def closed_by_number(sock: socket.socket) -> bool:
    """Say whether the descriptor of `sock` was closed, and not `sock` itself. Then take the number from `sock`.

    So no one closes the number a second time, which may be another file's by then.
    """
    if sock.fileno() < 0:
        return False
    try:
        os.fstat(sock.fileno())
    except OSError:
        sock.detach()
        return True
    return False


class LostConnection(socket.socket):
    """A socket whose connection is lost.

    Attributes:
        error: the name of the error that `recv` and `send` raise.
    """

    error = "ETIMEDOUT"

    def recv(self, *args: Any) -> bytes:
        """Raise the error of a lost connection."""
        raise OSError(getattr(errno, self.error), "the connection is lost")

    send = recv  # type: ignore[assignment]


def lost(member: Any, error: str) -> LostConnection:
    """Give `member` a socket that raises this error, with the descriptor of its own socket. Return that socket."""
    member.sock = LostConnection(fileno=member.sock.detach())
    member.sock.error = error
    return member.sock

"""Stand-ins of lab 09: the functions of its echo server. The lab's text says what each of them must do."""

import io
from contextlib import suppress
from typing import Any

from readiness.servers.echo.connection import HIGH_WATER, RECV_SIZE
from readiness.servers.eventloop import READ, WRITE


def feed(self: Any, data: bytes) -> list[str]:
    """Return the lines that end in `data`. The argument `self` is the lab's `LineDecoder`.

    Raises:
        ValueError: A line is too long, or it is no UTF-8.
    """
    lines = []
    for piece in io.BytesIO(data):  # each ends at its newline, the last one perhaps without
        self.partial += piece.removesuffix(b"\n")
        if len(self.partial) > self.max_length:
            raise ValueError(self.max_length)
        if piece.endswith(b"\n"):
            lines.append(self.partial.decode())
            self.partial = b""
    return lines


def flush(connection: Any) -> None:
    """Send once from the write buffer of the lab's `Connection`. Keep what the socket does not take."""
    with suppress(BlockingIOError):
        del connection.write_buffer[: connection.sock.send(connection.write_buffer)]


def read(connection: Any) -> None:
    """Receive once, and add the answers to the write buffer of the lab's `Connection`.

    Raises:
        OSError: Nothing has come, or the connection failed.
        ValueError: A line is too long, or it is no UTF-8.
    """
    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    lines = connection.decoder.feed(data) if data else connection.decoder.feed_eof()
    connection.write_buffer += "".join(f"{line.upper()}_SB\n" for line in lines).encode()


def wanted_events(connection: Any) -> int:
    """Return the events that the lab's `Connection` must wait for."""
    unsent = len(connection.write_buffer)
    may_read = not connection.eof_received and unsent < HIGH_WATER
    return (READ if may_read else 0) | (WRITE if unsent else 0)

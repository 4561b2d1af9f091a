"""What the clients of lab 12-5 do in its last check. Each function fails with a sentence on what the server did.

This module judges no method by itself, and it defines no server.
"""

import ftplib
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

from readiness.clients.conformance.server_under_test import ServerUnderTest


def quickly(clients: Iterable[Any], seconds: float = 6) -> Iterator[Any]:
    """Yield one client after another. AssertionError, if not all had their turn in that number of seconds."""
    until = monotonic() + seconds
    for number, client in enumerate(clients):
        late = f"{seconds} seconds were over, and only {number} had been served: something makes all of them wait."
        if monotonic() >= until:
            raise AssertionError(late)
        yield client


def all_answer(clients: Iterable[ftplib.FTP]) -> None:
    """Send NOOP from each client, and receive its reply."""
    for ftp_client in quickly(clients):
        ftp_client.voidcmd("NOOP")


def greeted(clients: list[socket.socket]) -> list[socket.socket]:
    """Return those that have received a greeting, 220. AssertionError: another reply, or an end."""
    found = []
    for sock in select.select(clients, [], [], 0)[0]:
        data = sock.recv(200, socket.MSG_PEEK)
        if not data.startswith(b"220"):
            raise AssertionError(f"Expected the greeting 220, saw {repr(data) if data else 'the end'}.")
        found.append(sock)
    return found


def pipeline(address: tuple[str, int], number: int = 2_000) -> None:
    """Send NOOPs all at once, close the client's side, and judge the replies."""
    with socket.create_connection(address, 3) as client, client.makefile("rb") as replies:
        client.sendall(b"USER anonymous\r\nPASS x\r\n" + b"NOOP\r\n" * number)
        client.shutdown(socket.SHUT_WR)
        expected, end = ["220", "331", "230", *["200"] * number], ""
        codes: list[str] = []
        try:
            while len(codes) <= len(expected) and (line := replies.readline()):
                codes.append(line[:3].decode())
        except TimeoutError:
            end = ", then nothing for 3 seconds, and the connection did not end"
    if end or len(codes) != len(expected):
        raise AssertionError(
            f"Expected {len(expected):,} replies, and then the end of the connection. "
            f"Saw {len(codes):,} replies{' or more' if len(codes) > len(expected) else end}."
        )
    for place, (code, seen) in enumerate(zip(expected, codes, strict=True), 1):
        if code != seen:
            order = ": the replies have another order" if sorted(codes) == sorted(expected) else ""
            raise AssertionError(f"Expected that the reply {place} is {code}, saw {seen}{order}.")


def flood(sock: socket.socket, subject: ServerUnderTest, max_growth: int, seconds: float = 10) -> int:
    """Send commands and read no reply, until the server rests.

    Returns:
        The bytes by which the server's memory has grown.

    Raises:
        AssertionError: The server does not rest in that number of seconds.
    """
    before, grown, left = subject.memory_bytes() or 0, 0, memoryview(b"STAT\r\n" * 500_000)
    until = monotonic() + seconds
    sock.setblocking(False)
    while grown < max_growth and ((left and select.select([], [sock], [], 0)[1]) or subject.cpu_share(0.2)):
        if monotonic() >= until:
            raise AssertionError(
                f"After {seconds} seconds the server is still busy, and its memory has not grown.\n"
                "Does the selector wait for WRITE while no byte is unsent, or is a timer of 0 seconds set each time?"
            )
        with suppress(BlockingIOError):
            left = left[sock.send(left) :]
        grown = (subject.memory_bytes() or 0) - before
    return grown

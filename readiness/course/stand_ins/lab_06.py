"""A stand-in of lab 06: its reader, as the lab's text says. And what its checks share: clients that note calls."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from readiness.course import expect

SIZE = 1024  # bytes that each read asks for
MORE, EMPTY, END = "more", "empty", "end"  # why a reader stopped, as in the lab


def read_some(conn: Any, budget: int) -> tuple[bytes, str]:
    """Read at most `budget` times from a socket that does not block. Return all bytes, and why the reads stopped."""
    chunks: list[bytes] = []
    reason = MORE
    while reason == MORE and len(chunks) < budget:
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            reason = EMPTY
        except OSError:
            reason = END
        else:
            reason = MORE if chunk else END
            chunks.append(chunk)
    return b"".join(chunks), reason


class Client(socket.socket):
    """A socket that notes its reads and sends.

    Attributes:
        peer: the other end.
        refills: after how many reads, from now on, the peer sends what the read took.
        recv_error: if set, each read raises it.
        error_after_read: the `recv_error` after the next read.
        send_error: if set, each send raises it.
        brought: what each read brought: "1024 bytes", "b''", "EAGAIN" or the name of another error.
        sends: what each send took: "1024 bytes", "EAGAIN" or the name of another error.
    """

    peer: socket.socket
    refills = 0
    recv_error: Exception | None = None
    error_after_read: Exception | None = None
    send_error: Exception | None = None

    def __init__(self, *args: Any, **options: Any) -> None:  # as a socket's: dup makes another client
        super().__init__(*args, **options)
        self.brought: list[str] = []
        self.sends: list[str] = []

    def recv(self, *args: Any) -> bytes:
        """Read as a socket does, and note it."""
        data: bytes = _noted(self.brought, self.recv_error, super().recv, *args)
        self._after_read(data)
        return data

    def recv_into(self, buffer: Any, *args: Any) -> int:
        """Read as a socket does, and note it."""
        size: int = _noted(self.brought, self.recv_error, super().recv_into, buffer, *args)
        self._after_read(bytes(memoryview(buffer)[:size]))
        return size

    def send(self, data: Any, *args: Any) -> int:
        """Send as a socket does, and note it."""
        size: int = _noted(self.sends, self.send_error, super().send, data, *args)
        self.sends.append(f"{size} bytes")
        return size

    def _after_read(self, data: bytes) -> None:
        self.brought.append(f"{len(data)} bytes" if data else "b''")
        self.recv_error = self.error_after_read
        if self.refills:
            self.refills -= 1
            self.peer.send(data)


class SendsLittle(Client):
    """A client of which each send takes 100 bytes at most."""

    def send(self, data: Any, *args: Any) -> int:
        """Send the first 100 bytes."""
        return super().send(data[:100], *args)


def _noted(notes: list[str], planned: Exception | None, call: Callable[..., Any], *args: Any) -> Any:
    """Make a call, or raise the planned error instead. Note the name of what was raised."""
    try:
        if planned:
            raise planned
        return call(*args)
    except Exception as error:
        notes.append("EAGAIN" if isinstance(error, BlockingIOError) else type(error).__name__)
        raise


def bytes_of(value: Any, call: str) -> Any:
    """Return an item of what a learner's function returned, if it is bytes of any kind. If not, AssertionError.

    A None among the items says of no return that it is missing, unlike a None instead of all of them.
    """
    if value is None:
        raise AssertionError(f"Expected {call} to return bytes, saw None. If there are none, they are b''.")
    return expect.kind(value, (bytes, bytearray, memoryview), call)


def listed(calls: Sequence[str]) -> str:
    """Return the number of calls and what they did, such as "2 (452 bytes, EAGAIN)". Of many, some are left out."""
    shown = calls if len(calls) < 6 else [*calls[:2], "…", *calls[-2:]]
    return f"{len(calls)} ({', '.join(shown)})" if calls else "none"


def reason_of(value: Any, call: str) -> Any:
    """Return the reason that a learner's function returned, if it is one of the three. If not, AssertionError."""
    if value in (MORE, EMPTY, END):
        return value
    advice = f" Write the name {value}, without quotes." if value in ("MORE", "EMPTY", "END") else ""
    raise AssertionError(
        f"Expected MORE, EMPTY or END as the reason, saw {expect.described(value)} from {call}.{advice}"
    )


def bytes_in(brought: Sequence[str]) -> int:
    """Return how many bytes the noted reads of a client brought."""
    return sum(int(each.removesuffix(" bytes")) for each in brought if each.endswith(" bytes"))


def read_hint(brought: Sequence[str], size: int) -> str:
    """Return a sentence on reads of `size` bytes, within a budget of 16, that did not all come back."""
    if bytes_in(brought) == size:
        return "All were read, and not all came back: keep what each read brings."
    if len(brought) == 16:
        return "That was the whole budget. Each read asks for SIZE bytes."
    return "No further edge reports the rest: read on until EAGAIN."


def rest_hint(brought: Sequence[str], size: int) -> str:
    """Return a sentence on `size` bytes of one client of which some turns returned only a part."""
    if bytes_in(brought) == size:
        return "All were read, and not all came back. Is a client read twice in one turn, or its data replaced?"
    return "A client that stopped with MORE is read again in the next turn, whether or not others have an event."

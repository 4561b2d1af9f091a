"""How the trials talk to a server: plain blocking sockets with a deadline, and answers compared byte by byte."""

import contextlib
import random
import socket
import struct
import sys
from collections.abc import Iterator

from readiness.base.messages import _
from readiness.clients.conformance.server_under_test import Subject
from readiness.system import limits

PATIENCE = 5.0  # seconds that one answer may take, whatever the machine does beside
MARK = b"_SB\n"

try:
    import resource
except ImportError:  # Windows
    resource = None


def connect(subject: Subject, *, window: int = 0, segment: int = 0) -> socket.socket:
    """A connection. window: bytes of its receive buffer; segment: bytes of a TCP segment at most (tcp(7), TCP_MAXSEG).

    Both must be said before connect(2). Together and small they make a server's short sends come early, each time.
    """
    sock = socket.socket()
    try:
        apart(sock)
        sock.settimeout(PATIENCE)
        if window:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        if segment:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        sock.connect(subject.address)
    except OSError as error:
        sock.close()
        idea = _("Accept whenever the listener is ready, and let its backlog hold those who wait.")
        sentence = _("A client could not connect: {error}. {idea}").format(error=error, idea=idea)
        raise AssertionError(sentence) from None
    return sock


def apart(sock: socket.socket) -> None:
    """Let this client come from an address of its own, where the system has so many for itself (Linux: all of 127/8).

    Linux remembers the peers that it has met (ip-tcp_metrics(8)), and would send more to one that it knows; and a
    thousand ports of 127.0.0.1 are not taken from whoever else on this machine looks for a free one.
    """
    if sys.platform == "linux":
        sock.bind((f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}", 0))


def answer_to(data: bytes) -> bytes:
    """What the service answers to whole lines."""
    return data.upper().replace(b"\n", MARK)


def receive(sock: socket.socket, number: int) -> bytes:
    """`number` bytes, or as many as came before the end or the deadline."""
    got = bytearray()
    with contextlib.suppress(OSError):
        while len(got) < number and (data := sock.recv(min(1 << 16, number - len(got)))):
            got += data
    return bytes(got)


def send(sock: socket.socket, data: bytes, idea: str) -> None:
    """Send it all; AssertionError with `idea` if the server has ended the connection, or takes nothing any more."""
    try:
        sock.sendall(data)
    except OSError as error:
        raise AssertionError(
            _("{error}, as a client sent {n:,} bytes. {idea}").format(error=error, n=len(data), idea=idea)
        ) from None


def ended(sock: socket.socket, seconds: float) -> bool:
    """Whether the server ends the connection within `seconds`, in whatever way."""
    sock.settimeout(seconds)
    try:
        return not sock.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    finally:
        sock.settimeout(PATIENCE)


def receive_all(sock: socket.socket, idea: str) -> bytes:
    """All until the server's end. AssertionError: a reset came, or, with `idea`, nothing for `PATIENCE` seconds."""
    got = bytearray()
    try:
        while data := sock.recv(1 << 16):
            got += data
    except TimeoutError:
        raise AssertionError(
            _("{n:,} bytes came, and then neither more nor the end, for {s:g} seconds. {idea}").format(
                n=len(got), s=sock.gettimeout(), idea=idea
            )
        ) from None
    except ConnectionError:
        raise AssertionError(
            _(
                "{n:,} bytes came, and then a reset. To close a socket that has unread bytes resets it, "
                "and a reset destroys what was sent before: say the last words, shut the sending side, read on."
            ).format(n=len(got))
        ) from None
    return bytes(got)


def same(found: bytes, right: bytes, idea: str) -> None:
    """AssertionError with `idea` unless these are the same bytes; it says where they part."""
    if found == right:
        return
    if not found:
        sentence = _("Expected {right}, {n:,} bytes, and got nothing. {idea}")
        raise AssertionError(sentence.format(right=_piece(right, 0), n=len(right), idea=idea))
    at = next((n for n, (a, b) in enumerate(zip(found, right, strict=False)) if a != b), min(len(found), len(right)))
    raise AssertionError(
        _("Expected {right}, got {found}, of {m:,} bytes and {n:,}; from byte {at:,} on they differ. {idea}").format(
            right=_piece(right, at), found=_piece(found, at), m=len(right), n=len(found), at=at, idea=idea
        )
    )


def _piece(data: bytes, at: int) -> str:
    start = max(0, at - 15)
    piece = data[start : at + 15]
    return ("…" if start else "") + repr(piece)[1:] + ("…" if at + 15 < len(data) else "")


def ask(sock: socket.socket, line: bytes = b"ping\n", idea: str = "") -> None:
    """Send a line; AssertionError with `idea` unless its answer comes."""
    right = answer_to(line)
    send(sock, line, idea)
    same(receive(sock, len(right)), right, idea)


def reset(sock: socket.socket) -> None:
    """Close with a reset in the place of a goodbye (socket(7), SO_LINGER with zero seconds)."""
    kind = "hh" if sys.platform == "win32" else "ii"
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(kind, 1, 0))
    sock.close()


@contextlib.contextmanager
def many_descriptors() -> Iterator[None]:
    """Inside, this process may open as many descriptors as the system lets it."""
    before = resource and resource.getrlimit(resource.RLIMIT_NOFILE)
    limits.raise_fd_limit()
    try:
        yield
    finally:
        if resource:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

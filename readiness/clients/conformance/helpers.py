"""Helpers of the conformance tests: blocking sockets with a timeout, and checks of the answers, byte by byte.

A `hint` is a sentence for the learner. It stands at the end of an error's text.
"""

import contextlib
import random
import socket
import sys
from collections.abc import Iterator

from readiness.base.messages import _
from readiness.clients.conformance.server_under_test import ServerUnderTest
from readiness.system import limits
from readiness.system.optional import resource

ANSWER_TIMEOUT = 5.0  # seconds that one answer may take, however busy the machine is
SUFFIX = b"_SB\n"


def connect(server: ServerUnderTest, *, window: int = 0, segment: int = 0) -> socket.socket:
    """Connect to a server, and return the socket, whose timeout is `ANSWER_TIMEOUT`.

    The two sizes are set before connect(2), as tcp(7) requires. If both are small, each large send of the server is
    partial: the kernel takes only some of its bytes.

    Args:
        server: the server. Only its `address` is used.
        window: the size of the receive buffer in bytes; 0 is the default.
        segment: the largest TCP segment in bytes (tcp(7), TCP_MAXSEG); 0 is the default.

    Raises:
        AssertionError: The connection failed.
    """
    sock = socket.socket()
    try:
        bind_loopback_alias(sock)
        sock.settimeout(ANSWER_TIMEOUT)
        if window:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        if segment:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        sock.connect(server.address)
    except OSError as error:
        sock.close()
        hint = _("Accept whenever the listener is ready, and let its backlog hold the clients that wait.")
        sentence = _("A client could not connect: {error}. {hint}").format(error=error, hint=hint)
        raise AssertionError(sentence) from None
    return sock


def bind_loopback_alias(sock: socket.socket) -> None:
    """On Linux, bind a socket to a random address of the loopback network 127.0.0.0/8. Elsewhere, do nothing.

    Linux stores metrics for each peer's address (ip-tcp_metrics(8)), and would send more data to an address that it
    knows. Also, a thousand clients would use a thousand ports of 127.0.0.1, which other programs may need.
    """
    if sys.platform == "linux":
        sock.bind((f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}", 0))


def answer_to(data: bytes) -> bytes:
    """Return the answer that an echo server must give to `data`, one or more whole lines."""
    return data.upper().replace(b"\n", SUFFIX)


def receive(sock: socket.socket, count: int) -> bytes:
    """Return `count` bytes. Return fewer if the connection ends, or if nothing arrives within the socket's timeout."""
    received = bytearray()
    with contextlib.suppress(OSError):
        while len(received) < count and (data := sock.recv(min(1 << 16, count - len(received)))):
            received += data
    return bytes(received)


def send(sock: socket.socket, data: bytes, hint: str) -> None:
    """Send all of `data`.

    Raises:
        AssertionError: The server has closed the connection, or it does not read. The text ends with `hint`.
    """
    try:
        sock.sendall(data)
    except OSError as error:
        raise AssertionError(
            _("{error}, as a client sent {n:,} bytes. {hint}").format(error=error, n=len(data), hint=hint)
        ) from None


def is_closed_within(sock: socket.socket, seconds: float) -> bool:
    """Return True if the server ends the connection, with FIN or RST, within `seconds` seconds."""
    sock.settimeout(seconds)
    try:
        return not sock.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    finally:
        sock.settimeout(ANSWER_TIMEOUT)


def receive_until_eof(sock: socket.socket, hint: str) -> bytes:
    """Return all bytes that arrive until the server closes the connection.

    Raises:
        AssertionError: The server has reset the connection, or nothing arrived within the socket's timeout.
            In the second case the text ends with `hint`.
    """
    received = bytearray()
    try:
        while data := sock.recv(1 << 16):
            received += data
    except TimeoutError:
        raise AssertionError(
            _("{n:,} bytes came, and then neither more nor the end, for {s:g} seconds. {hint}").format(
                n=len(received), s=sock.gettimeout(), hint=hint
            )
        ) from None
    except ConnectionError:
        raise AssertionError(
            _(
                "{n:,} bytes came, and then a reset. Closing a socket that has unread bytes resets the connection, and "
                "a reset destroys what was sent before: send the last bytes, shut down the sending side, and read on."
            ).format(n=len(received))
        ) from None
    return bytes(received)


def expect(condition: object, sentence: str, **values: object) -> None:
    """Raise AssertionError if `condition` is false.

    Use this instead of assert statements. ``python -O`` removes those, and then every server would pass.

    Args:
        condition: what the server must have done.
        sentence: the error's text. It has a field for each of `values`, such as ``{n:,}``.
        values: the values for the fields. They are formatted only if the error is raised.

    Raises:
        AssertionError: `condition` is false.
    """
    if not condition:
        raise AssertionError(sentence.format(**values))


def assert_same_bytes(received: bytes, expected: bytes, hint: str) -> None:
    """Raise AssertionError if `received` is not equal to `expected`.

    The error's text shows the first place where they differ, and ends with `hint`.
    """
    if received == expected:
        return
    if not received:
        sentence = _("Expected {expected}, {n:,} bytes, and got nothing. {hint}")
        raise AssertionError(sentence.format(expected=_excerpt(expected, 0), n=len(expected), hint=hint))
    pairs = enumerate(zip(received, expected, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(received), len(expected)))
    sentence = _(
        "Expected {expected}, got {received}, of {m:,} bytes and {n:,}; from byte {at:,} on they differ. {hint}"
    )
    pieces = {"expected": _excerpt(expected, at), "received": _excerpt(received, at)}
    raise AssertionError(sentence.format(m=len(expected), n=len(received), at=at, hint=hint, **pieces))


def _excerpt(data: bytes, at: int) -> str:
    start = max(0, at - 15)
    excerpt = data[start : at + 15]
    return ("…" if start else "") + repr(excerpt)[1:] + ("…" if at + 15 < len(data) else "")


def assert_echo(sock: socket.socket, line: bytes = b"ping\n", hint: str = "") -> None:
    """Send a line, and raise AssertionError if the correct answer does not come. The error's text ends with `hint`."""
    expected = answer_to(line)
    send(sock, line, hint)
    assert_same_bytes(receive(sock, len(expected)), expected, hint)


@contextlib.contextmanager
def raised_fd_limit() -> Iterator[None]:
    """Context manager: raise the soft limit of open descriptors of this process to the hard limit.

    The soft limit is restored when the `with` block ends.
    """
    if resource is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits.raise_fd_limit()
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

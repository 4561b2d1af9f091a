"""Transfers: what goes over a data connection, one portion in a turn, from or to a file.

A transfer gets the socket when it is ready, and never waits. `data` decides when it begins, and replies at its end.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator

from readiness.servers.eventloop import READ, WRITE
from readiness.system.optional import fcntl

MAX_STEP_BYTES = 1 << 20  # bytes of one transfer in one turn at most
BUFFER_SIZE = 1 << 16  # bytes of a file that are held in memory at a time


class Transfer:
    """`event` is the event that it waits for, `bytes_transferred` counts the bytes until now."""

    event = WRITE
    bytes_transferred = 0

    def step(self, sock: socket.socket) -> bool:
        """Transfer one portion, and return True if it was the last one.

        Raises BlockingIOError if the socket is not ready, OSError for an error of the network or the disk.
        """
        raise NotImplementedError

    def close(self, completed: bool) -> None:
        """Close the file. completed: all of it was sent or received."""


class SendfileTransfer(Transfer):
    """Send a regular file by sendfile(2), from the kernel's cache, without copying through user space."""

    def __init__(self, file: int, offset: int) -> None:
        self.file, self.offset = file, offset
        self.size = os.fstat(file).st_size

    def step(self, sock: socket.socket) -> bool:
        sent = os.sendfile(sock.fileno(), self.file, self.offset, MAX_STEP_BYTES)
        self.offset += sent
        self.bytes_transferred += sent
        return not sent or self.offset >= self.size

    def close(self, completed: bool) -> None:
        os.close(self.file)


class StreamTransfer(Transfer):
    """Send the chunks of an iterator: a text, a listing, or a file where there is no sendfile."""

    def __init__(self, chunks: Iterable[bytes], file: int | None = None) -> None:
        self.chunks, self.file = iter(chunks), file
        self.remaining = memoryview(b"")

    def step(self, sock: socket.socket) -> bool:
        if not self.remaining:
            chunk = next(self.chunks, None)
            if chunk is None:
                return True
            self.remaining = memoryview(chunk)
        sent = sock.send(self.remaining)
        self.remaining = self.remaining[sent:]
        self.bytes_transferred += sent
        return False

    def close(self, completed: bool) -> None:
        self.chunks = iter(())  # a listing under way holds a descriptor of its own
        if self.file is not None:
            os.close(self.file)


def read_chunks(file: int) -> Iterator[bytes]:
    """Yield the file from its current offset to its end."""
    while chunk := os.read(file, BUFFER_SIZE):
        yield chunk


def lf_to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Convert a text to type A, to be sent: each LF becomes CRLF (RFC 959 section 3.1.1.1)."""
    for chunk in chunks:
        yield chunk.replace(b"\n", b"\r\n")


class CrlfDecoder:
    """Convert a received text from type A: each CRLF becomes LF, also if a chunk ends between the two."""

    def __init__(self) -> None:
        self.pending = b""  # a CR at the end of a chunk: the next chunk decides

    def __call__(self, data: bytes) -> bytes:
        data = self.pending + data
        self.pending = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")


class ReceiveTransfer(Transfer):
    """Receive a file through user space. on_close(completed) is called when the file is closed."""

    event = READ

    def __init__(self, file: int, on_close: Callable[[bool], None], decoder: CrlfDecoder | None = None) -> None:
        self.file, self.on_close, self.decoder = file, on_close, decoder

    def step(self, sock: socket.socket) -> bool:
        data = sock.recv(BUFFER_SIZE)
        self.bytes_transferred += len(data)
        if self.decoder:
            write_all(self.file, self.decoder(data) if data else self.decoder.pending)
        else:
            write_all(self.file, data)
        return not data

    def close(self, completed: bool) -> None:
        try:
            os.close(self.file)
        finally:
            self.on_close(completed)


def write_all(file: int, data: bytes) -> None:
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(file, remaining) :]


class SpliceTransfer(ReceiveTransfer):
    """Receive a file by splice(2), without copying through user space. All transfers of a server share one pipe."""

    def __init__(self, file: int, on_close: Callable[[bool], None], pipe: "Pipe") -> None:
        super().__init__(file, on_close)
        self.pipe = pipe

    def step(self, sock: socket.socket) -> bool:
        received = self.pipe.splice_all(sock.fileno(), self.file)
        self.bytes_transferred += received
        return not received


class Pipe:
    """A pipe that is empty between two turns."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # fcntl(2): more than a user may have, or not Linux
            fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, MAX_STEP_BYTES)

    def splice_all(self, source: int, target: int) -> int:
        """Move what has arrived at `source` to `target`, and return the number of bytes; 0 at its end."""
        flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
        remaining = received = os.splice(source, self.writer, MAX_STEP_BYTES, flags=flags)
        try:
            while remaining:
                remaining -= os.splice(self.reader, target, remaining, flags=os.SPLICE_F_MOVE)
        except OSError:  # the disk is full, say: no other transfer may find these bytes in the pipe
            while remaining:
                remaining -= len(os.read(self.reader, remaining))
            raise
        return received

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)

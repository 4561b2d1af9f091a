"""Transfers: they copy between a data connection and a file, one portion in each turn of the loop.

A transfer never waits: `data` calls it when the socket is ready, and replies at its end.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator

from readiness.servers.eventloop import READ, WRITE
from readiness.system.optional import fcntl

MAX_STEP_BYTES = 1 << 20  # maximal bytes of one transfer in one turn of the loop
BUFFER_SIZE = 1 << 16  # bytes of a file that are held in memory at a time


class Transfer:
    """The transfer of one file or listing.

    Attributes:
        event: the event of the socket that the transfer waits for, READ or WRITE.
        bytes_transferred: the bytes sent or received until now.
    """

    event = WRITE
    bytes_transferred = 0

    def step(self, sock: socket.socket) -> bool:
        """Transfer one portion, and return whether it was the last one.

        Raises:
            BlockingIOError: the socket is not ready.
            OSError: the network or the disk failed.
        """
        raise NotImplementedError

    def close(self, completed: bool) -> None:
        """Close the file. `completed` says whether all bytes were sent or received."""


class SendfileTransfer(Transfer):
    """A download of a regular file by sendfile(2): the kernel sends it from its cache, without a copy to user space.

    Args:
        file: the descriptor of the file; the transfer closes it.
        offset: the byte that the download begins with.
    """

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
    """A download of the chunks of an iterator: a text, a listing, or a file on a system without sendfile.

    Args:
        chunks: the bytes to send.
        file: a descriptor that the transfer closes at its end, or None.
    """

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
        self.chunks = iter(())  # an unfinished listing has a descriptor of its own
        if self.file is not None:
            os.close(self.file)


def read_chunks(file: int) -> Iterator[bytes]:
    """Yield the file from its current offset to its end."""
    while chunk := os.read(file, BUFFER_SIZE):
        yield chunk


def lf_to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a text in type A: each LF becomes CRLF (RFC 959 section 3.1.1.1)."""
    for chunk in chunks:
        yield chunk.replace(b"\n", b"\r\n")


class CrlfDecoder:
    """A decoder of text in type A: each CRLF becomes LF, even if a chunk ends between CR and LF."""

    def __init__(self) -> None:
        self.pending = b""  # the CR at the end of a chunk, until the next chunk is there

    def __call__(self, data: bytes) -> bytes:
        data = self.pending + data
        self.pending = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")


class ReceiveTransfer(Transfer):
    """An upload through user space.

    Args:
        file: the descriptor of the file; the transfer closes it.
        on_close: called with `completed` after the file is closed.
        decoder: the decoder of a text, or None.
    """

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
    """Write all of `data`: write(2) may write only a part."""
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(file, remaining) :]


class SpliceTransfer(ReceiveTransfer):
    """An upload by splice(2), without a copy to user space. All transfers of a server share one pipe."""

    def __init__(self, file: int, on_close: Callable[[bool], None], pipe: "Pipe") -> None:
        super().__init__(file, on_close)
        self.pipe = pipe

    def step(self, sock: socket.socket) -> bool:
        received = self.pipe.splice_all(sock.fileno(), self.file)
        self.bytes_transferred += received
        return not received


class Pipe:
    """A pipe for splice(2). It is empty at the end of each turn of the loop."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # fcntl(2): above the user's limit, or not Linux
            fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, MAX_STEP_BYTES)

    def splice_all(self, source: int, target: int) -> int:
        """Move the bytes that have arrived at `source` to `target`. Return their number; 0 means the end of input."""
        flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
        remaining = received = os.splice(source, self.writer, MAX_STEP_BYTES, flags=flags)
        try:
            while remaining:
                remaining -= os.splice(self.reader, target, remaining, flags=os.SPLICE_F_MOVE)
        except OSError:  # such as a full disk: no other transfer may find these bytes in the pipe
            while remaining:
                remaining -= len(os.read(self.reader, remaining))
            raise
        return received

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reader)
        os.close(self.writer)

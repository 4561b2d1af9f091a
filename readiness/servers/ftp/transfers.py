"""Transfers: what goes over a data connection, one portion in a turn, from or to a file.

A transfer is given the socket when it is ready, and never waits. When it begins, and how it ends for the client, is
the session's business (`data`).
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator

from readiness.servers.eventloop import READ, WRITE

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PORTION = 1 << 20  # bytes that one transfer moves in a turn at most
CHUNK = 1 << 16  # bytes of a file that are held in memory at a time


class Transfer:
    """`needs` is the event that it waits for, `moved` the bytes so far."""

    needs = WRITE
    moved = 0

    def step(self, sock: socket.socket) -> bool:
        """Move one portion; True: that was the last. BlockingIOError: not ready. OSError: network or disk."""
        raise NotImplementedError

    def close(self, whole: bool) -> None:
        """Close the file. whole: all of it has come or gone."""


class Sending(Transfer):
    """A plain file as it is, by sendfile(2): from the kernel's cache into the socket, no byte passes through us."""

    def __init__(self, file: int, offset: int) -> None:
        self.file, self.offset = file, offset
        self.size = os.fstat(file).st_size

    def step(self, sock: socket.socket) -> bool:
        sent = os.sendfile(sock.fileno(), self.file, self.offset, PORTION)
        self.offset += sent
        self.moved += sent
        return not sent or self.offset >= self.size

    def close(self, whole: bool) -> None:
        os.close(self.file)


class Pieces(Transfer):
    """Whatever bytes come, piece by piece, out of an iterator: a text, a listing, a file where there is no sendfile."""

    def __init__(self, pieces: Iterable[bytes], file: int | None = None) -> None:
        self.pieces, self.file = iter(pieces), file
        self.left = memoryview(b"")

    def step(self, sock: socket.socket) -> bool:
        if not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return True
            self.left = memoryview(piece)
        sent = sock.send(self.left)
        self.left = self.left[sent:]
        self.moved += sent
        return False

    def close(self, whole: bool) -> None:
        self.pieces = iter(())  # a listing under way holds a descriptor of its own
        if self.file is not None:
            os.close(self.file)


def read_pieces(file: int) -> Iterator[bytes]:
    """The file from where it stands."""
    while piece := os.read(file, CHUNK):
        yield piece


def to_network(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Type A on its way out: each LF becomes CRLF (RFC 959 section 3.1.1.1)."""
    for piece in pieces:
        yield piece.replace(b"\n", b"\r\n")


class ToLocal:
    """Type A on its way in: each CRLF becomes LF, also where a chunk ends between the two."""

    def __init__(self) -> None:
        self.kept = b""  # a CR at the end of a chunk: the next one tells what it is

    def __call__(self, data: bytes) -> bytes:
        data = self.kept + data
        self.kept = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")


class Receiving(Transfer):
    """A file as it comes, through our memory. finish(whole) is called at the end, when the file is closed."""

    needs = READ

    def __init__(self, file: int, finish: Callable[[bool], None], local: ToLocal | None = None) -> None:
        self.file, self.finish, self.local = file, finish, local

    def step(self, sock: socket.socket) -> bool:
        data = sock.recv(CHUNK)
        self.moved += len(data)
        if self.local:
            write_all(self.file, self.local(data) if data else self.local.kept)
        else:
            write_all(self.file, data)
        return not data

    def close(self, whole: bool) -> None:
        try:
            os.close(self.file)
        finally:
            self.finish(whole)


def write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


class Splicing(Receiving):
    """A file as it comes, by splice(2): socket, pipe, file, no byte passes through us. One pipe does for a server."""

    def __init__(self, file: int, finish: Callable[[bool], None], pipe: "Pipe") -> None:
        super().__init__(file, finish)
        self.pipe = pipe

    def step(self, sock: socket.socket) -> bool:
        came = self.pipe.pour(sock.fileno(), self.file)
        self.moved += came
        return not came


class Pipe:
    """A pipe that is empty between two turns."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # fcntl(2): more than a user may have, or not Linux
            fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, PORTION)

    def pour(self, source: int, target: int) -> int:
        """Move what has arrived at `source` to `target`; how many bytes that were, 0: its end."""
        left = came = os.splice(source, self.writer, PORTION, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)
        try:
            while left:
                left -= os.splice(self.reader, target, left, flags=os.SPLICE_F_MOVE)
        except OSError:  # the disk is full, say: nobody may find our bytes in the pipe
            while left:
                left -= len(os.read(self.reader, left))
            raise
        return came

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)

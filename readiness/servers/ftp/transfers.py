"""Transfers: objects that copy between a file and a data connection, one portion in each iteration of the loop.

A transfer never waits. When the socket is ready, the module `data` calls `step`. After the last portion, `data` sends
the reply.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from readiness.servers.eventloop import READ, WRITE
from readiness.system.optional import fcntl

if TYPE_CHECKING:
    from readiness.servers.ftp.upload import Upload

MAX_STEP_BYTES = 1 << 20  # maximal bytes of one upload in one iteration of the loop
SENDFILE_BYTES = 1 << 18  # bytes that all downloads share in one iteration
MIN_SENDFILE_BYTES = 1 << 14  # bytes of one download at least
BUFFER_SIZE = 1 << 16  # bytes of a file that are held in memory at a time
DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Transfer:
    """The base class of the transfers. A transfer sends or receives one file, or sends one listing.

    Attributes:
        event: the event of the data socket that the transfer needs: READ for an upload, WRITE for a download.
        opening: the text of the reply 150.
        bytes_transferred: the number of bytes sent or received until now.
    """

    event = WRITE
    opening = "Here it goes."
    bytes_transferred = 0

    def start(self) -> None:
        """Begin the transfer, because its data connection is open."""

    def step(self, sock: socket.socket) -> bool:
        """Send or receive one portion over the data socket `sock`. Return True if it was the last portion.

        Raises:
            BlockingIOError: The socket is not ready.
            OSError: The network or the disk failed.
        """
        raise NotImplementedError

    def close(self, completed: bool) -> None:
        """Close the file. `completed` is True if all bytes were sent or received."""


class SendfileTransfer(Transfer):
    """A download of a regular file by sendfile(2): the kernel sends the file without a copy to user space.

    Args:
        file: the descriptor of the file; the transfer closes it.
        offset: the position in the file, in bytes, at which the download begins.
    """

    under_way = 0  # of all servers in this process

    def __init__(self, file: int, offset: int) -> None:
        self.file, self.offset = file, offset
        self.size = os.fstat(file).st_size
        SendfileTransfer.under_way += 1

    def step(self, sock: socket.socket) -> bool:
        # Larger portions fill the socket's buffer. Then the client's core does the rest of the sending, for each
        # acknowledgment: good for one client, but many clients wait for that core (bench/README.md).
        portion = max(MIN_SENDFILE_BYTES, SENDFILE_BYTES // SendfileTransfer.under_way)
        sent = os.sendfile(sock.fileno(), self.file, self.offset, portion)
        self.offset += sent
        self.bytes_transferred += sent
        if not sent and self.offset < self.size:
            raise OSError(errno.EIO, "The file has become shorter")
        return self.offset >= self.size

    def close(self, completed: bool) -> None:
        SendfileTransfer.under_way -= 1
        os.close(self.file)


class StreamTransfer(Transfer):
    """A download of bytes from an iterator: a text file, a listing, or any file on a system without sendfile(2).

    Args:
        chunks: the iterator; it yields the bytes to send.
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
    """Yield the bytes from the file's current offset to its end, in chunks. `file` is the file's descriptor."""
    while chunk := os.read(file, BUFFER_SIZE):
        yield chunk


def lf_to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks of a text with CRLF instead of LF, as type A requires (RFC 959 section 3.1.1.1).

    A CRLF stays as it is, even if it is cut by the end of a chunk.
    """
    after_cr = False
    for chunk in chunks:
        converted = chunk.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        yield converted[1:] if after_cr and chunk.startswith(b"\n") else converted
        after_cr = chunk.endswith(b"\r") if chunk else after_cr


class CrlfDecoder:
    """A callable that decodes text of type A, one chunk in each call: each CRLF becomes LF.

    A CR at the end of a chunk is kept in `pending` until the next call, because an LF may follow.
    """

    def __init__(self) -> None:
        self.pending = b""  # the CR at the end of a chunk, until the next chunk is there

    def __call__(self, data: bytes) -> bytes:
        data = self.pending + data
        self.pending = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")


class ReceiveTransfer(Transfer):
    """An upload that copies with recv(2) and write(2), through a buffer in user space.

    Args:
        upload: the upload that opens the file, and closes it.
        decoder: the decoder for a text of type A; None means that the bytes are not changed.

    Attributes:
        last_data: when a byte was last received, in seconds of `time.monotonic`.
    """

    event = READ
    opening = "Send it."

    def __init__(self, upload: "Upload", decoder: CrlfDecoder | None = None) -> None:
        self.upload, self.decoder = upload, decoder
        self.last_data = monotonic()
        self.upload.resumable = decoder is None  # in a text, the client does not know at which byte to go on

    def start(self) -> None:
        self.upload.start()

    def step(self, sock: socket.socket) -> bool:
        try:
            file = self.upload.open()
            if self.upload.copy_kept():
                return False
            received = self.receive(sock, file)
        except OSError as error:
            if error.errno in DISK_FULL_ERRNOS:  # a partial would take the space from all others
                self.upload.resumable = False
            raise
        self.bytes_transferred += received
        if received:
            self.last_data = monotonic()
        return not received

    def receive(self, sock: socket.socket, file: int) -> int:
        """Copy one portion from the socket to the file. Return the number of bytes received: 0 at the end."""
        data = sock.recv(BUFFER_SIZE)
        if self.decoder:
            write_all(file, self.decoder(data) if data else self.decoder.pending)
        else:
            write_all(file, data)
        return len(data)

    def close(self, completed: bool) -> None:
        self.upload.close(completed)


def write_all(file: int, data: bytes) -> None:
    """Write all of `data` to the descriptor `file`. Repeat write(2), because one call may write only a part."""
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(file, remaining) :]


class SpliceTransfer(ReceiveTransfer):
    """An upload by splice(2), without a copy to user space.

    splice(2) needs a pipe between the socket and the file. All transfers of a server use the same `pipe`.
    """

    def __init__(self, upload: "Upload", pipe: "Pipe") -> None:
        super().__init__(upload)
        self.pipe = pipe

    def receive(self, sock: socket.socket, file: int) -> int:
        return self.pipe.splice_all(sock.fileno(), file)


class Pipe:
    """A pipe for splice(2), which all uploads of a server use. It is empty at the end of each iteration of the loop."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # fcntl(2): above the user's limit, or not Linux
            fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, MAX_STEP_BYTES)

    def splice_all(self, source: int, target: int) -> int:
        """Move the bytes that have arrived at the socket `source` to the file `target`. Both are descriptors.

        Return the number of bytes, at most MAX_STEP_BYTES. 0 means that the input has ended.
        """
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
        """Close both ends of the pipe."""
        os.close(self.reader)
        os.close(self.writer)

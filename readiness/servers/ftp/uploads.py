"""Uploads: the names of files while they are received, and the files that a broken upload leaves on the disk.

An old file stays unchanged until the new file is complete. Until then, the new file has a temporary name.
"""

import contextlib
import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from readiness.servers.ftp.control import CommandError
from readiness.servers.ftp.jail import Jail, PathParts, open_regular_file, stat_at
from readiness.servers.ftp.transfers import CrlfDecoder, ReceiveTransfer, SpliceTransfer, Transfer

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer

MAX_NAME_BYTES = 255  # bytes of a file name, on nearly all file systems


class Uploads(Jail):
    """A session that can write files. `server` is the session's server: `ControlConnection` sets it."""

    server: "FtpServer"

    def temp_name(self, name: str) -> str:
        """Return the name of a new version of `name` while it is written. A client can list and resume such a file.

        If this name is too long for a file, it contains a hash of `name` instead.
        """
        raw = os.fsencode(name)
        short = name if len(raw) <= MAX_NAME_BYTES - len(".in..") else hashlib.blake2b(raw, digest_size=16).hexdigest()
        return f".in.{short}."

    def choose_target(self, directory: int, name: str, offset: int) -> str:
        """Return the name of the file that a STOR of `name` writes, in the directory with the descriptor `directory`.

        If there is no file `name`, return `name`: so SIZE shows how many bytes of a broken upload have arrived. If
        there is one, return its `temp_name`. With an offset (REST), return the `temp_name` if that file has at least
        `offset` bytes, else `name`.
        """
        if offset:
            return self.temp_name(name) if file_size(directory, self.temp_name(name)) >= offset else name
        return self.temp_name(name) if file_size(directory, name) >= 0 else name

    def open_at(self, directory: int, name: str, offset: int | None) -> int:
        """Open or create a file, call `prepare_for_write`, and return the descriptor.

        Raises:
            CommandError, OSError: the file can't be written.
        """
        file = open_regular_file(directory, name, os.O_WRONLY | os.O_CREAT)
        try:
            self.prepare_for_write(file, offset)
        except (CommandError, OSError):
            os.close(file)
            raise
        return file

    def prepare_for_write(self, file: int, offset: int | None) -> None:
        """Truncate an open file at `offset`, and seek there. If `offset` is None, seek to the end of the file (APPE).

        Raises:
            CommandError: 450, another session is writing the file; 554, the file is shorter than `offset`.
        """
        info = os.fstat(file)
        if file_id(info) in self.server.files_being_written:
            raise CommandError(450, "Somebody is writing this file.")
        if offset is None:
            offset = info.st_size
        if offset > info.st_size:
            raise CommandError(554, f"Only {info.st_size} bytes are here.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)

    def commit(self, directory: int, written: str, name: str) -> None:
        """Give the complete upload its name. It replaces the old file in one step (rename(2))."""
        if written != name:
            os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)

    def open_upload(self, parts: PathParts, offset: int, append: bool, ascii_mode: bool) -> Transfer:
        """Return the transfer that writes an upload to `parts`.

        Args:
            parts: the path of the uploaded file.
            offset: the byte at which a broken upload is resumed; 0 begins a new file.
            append: whether to append to the file (APPE).
            ascii_mode: whether the upload is a text (type A).

        Raises:
            CommandError, OSError: the file can't be written.
        """
        with self.parent(parts) as (directory, name):
            for candidate in (name, self.temp_name(name)):
                self.check_not_being_written(directory, candidate)
            written = name if append else self.choose_target(directory, name, offset)
            directory = os.dup(directory)
        try:
            if written == name and not (append or offset):  # an earlier upload may have left a temporary file
                with contextlib.suppress(OSError):
                    os.unlink(self.temp_name(name), dir_fd=directory)
            file = self.open_at(directory, written, None if append else offset)
        except (CommandError, OSError):
            os.close(directory)
            raise
        key = file_id(os.fstat(file))
        self.server.files_being_written.add(key)

        def on_close(completed: bool) -> None:
            self.server.files_being_written.discard(key)
            try:
                if completed:
                    self.commit(directory, written, name)
            finally:
                os.close(directory)

        if ascii_mode:
            return ReceiveTransfer(file, on_close, CrlfDecoder())
        return SpliceTransfer(file, on_close, self.server.pipe) if self.server.pipe else ReceiveTransfer(file, on_close)

    def check_not_being_written(self, directory: int, name: str) -> None:
        """Check that no session is writing the file `name`.

        Raises:
            CommandError: 450, a session is writing it.
            OSError: it can't be looked at.
        """
        with contextlib.suppress(FileNotFoundError):
            if file_id(stat_at(directory, name)) in self.server.files_being_written:
                raise CommandError(450, "Somebody is writing this file.")

    def remove_file(self, parts: PathParts) -> None:
        with self.parent(parts) as (directory, name):
            self.check_not_being_written(directory, name)
        super().remove_file(parts)

    def rename(self, source: PathParts, target: PathParts) -> None:
        for parts in (source, target):
            with self.parent(parts) as (directory, name):
                self.check_not_being_written(directory, name)
        super().rename(source, target)


def file_id(info: os.stat_result) -> tuple[int, int]:
    """Return device and inode: they identify a file under all its names."""
    return info.st_dev, info.st_ino


def file_size(directory: int, name: str) -> int:
    """Return the size of the regular file `name` in bytes, or -1 if there is no such file.

    Raises:
        IsADirectoryError: `name` is a directory.
    """
    try:
        info = stat_at(directory, name)
    except FileNotFoundError:
        return -1
    if stat.S_ISDIR(info.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return info.st_size

"""Uploads: the name of a file while it is received, and how a broken upload is resumed.

When an upload replaces a file, it is written to a temporary name first. So the old file stays unchanged until the last
byte of the new file has arrived.
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
    """The part of a session that writes files. `server` is the session's server, which `ControlConnection` sets."""

    server: "FtpServer"

    def temp_name(self, name: str) -> str:
        """Return the temporary name under which a new version of the file `name` is written: `.in.NAME.`.

        If the temporary name would be too long for a file, it contains a hash of `name` instead. Clients see the
        temporary file in listings, and can resume its upload.
        """
        raw = os.fsencode(name)
        short = name if len(raw) <= MAX_NAME_BYTES - len(".in..") else hashlib.blake2b(raw, digest_size=16).hexdigest()
        return f".in.{short}."

    def choose_target(self, directory: int, name: str, offset: int) -> str:
        """Return the name of the file that STOR writes when a client uploads `name`.

        `directory` is the descriptor of the directory that contains the file. A new upload (`offset` 0) is written to
        `name` if there is no file `name` yet, so that SIZE shows how many bytes have arrived. Otherwise it is written
        to the `temp_name` of `name`.

        An upload that is resumed at byte `offset` (REST) is written to the `temp_name` if that file has `offset` bytes
        or more. Otherwise it is written to `name`.
        """
        if offset:
            return self.temp_name(name) if file_size(directory, self.temp_name(name)) >= offset else name
        return self.temp_name(name) if file_size(directory, name) >= 0 else name

    def open_at(self, directory: int, name: str, offset: int | None) -> int:
        """Open the file `name` for writing, or create it, and return its descriptor. The caller closes it.

        Args:
            directory: the descriptor of the directory that contains `name`.
            name: a file name without slashes.
            offset: the position in bytes at which writing begins; the rest of the file is cut off. None means the end
                of the file.

        Raises:
            CommandError, OSError: The file can't be written.
        """
        file = open_regular_file(directory, name, os.O_WRONLY | os.O_CREAT)
        try:
            self.prepare_for_write(file, offset)
        except (CommandError, OSError):
            os.close(file)
            raise
        return file

    def prepare_for_write(self, file: int, offset: int | None) -> None:
        """Truncate the file with the descriptor `file` to `offset` bytes, and seek to its end.

        If `offset` is None, seek to the end without truncating (APPE).

        Raises:
            CommandError: With code 450 if another session is writing the file, with code 554 if the file is shorter
                than `offset`.
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
        """Rename the finished upload from its temporary name `written` to `name`.

        Both names are in the directory with the descriptor `directory`. An existing file `name` is replaced atomically
        (rename(2)).
        """
        if written != name:
            os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)

    def open_upload(self, parts: PathParts, offset: int, append: bool, ascii_mode: bool) -> Transfer:
        """Return the transfer that writes an upload to the path `parts`.

        Args:
            parts: the path of the uploaded file, as names from the root directory.
            offset: the position in bytes at which a broken upload is resumed; 0 begins a new file.
            append: True if the bytes are added to the end of an existing file (APPE).
            ascii_mode: True if the upload is a text (type A).

        Raises:
            CommandError, OSError: The file can't be written.
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
        """Check that no session is writing the file `name` in the directory with the descriptor `directory`.

        Raises:
            CommandError: With code 450 if a session is writing the file.
            OSError: The file's device and inode can't be read.
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
    """Return the device and inode numbers from the stat result `info`. All names of one file have the same numbers."""
    return info.st_dev, info.st_ino


def file_size(directory: int, name: str) -> int:
    """Return the size in bytes of the regular file `name`, or -1 if there is no regular file `name`.

    Args:
        directory: the descriptor of the directory that contains `name`.
        name: a file name without slashes.

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

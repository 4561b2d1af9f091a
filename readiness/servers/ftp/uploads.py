"""Uploads: where a file is written while it comes, and what is left on the disk when it breaks off.

A file that exists stays whole until the new one is: that one is written beside it and takes its name in the end.
"""

import contextlib
import hashlib
import os
import stat

from readiness.servers.ftp.control import Denied
from readiness.servers.ftp.jail import Jail, Parts, open_plain, stat_at
from readiness.servers.ftp.transfers import Receiving, Splicing, ToLocal, Transfer

LONGEST = 255  # bytes of a name, on nearly every file system


class Uploads(Jail):
    """A session that can write files. `server` has `writing`, the files that are being written now, and a pipe."""

    def beside(self, name: str) -> str:
        """The name under which the successor of `name` is written; a client can see it, and resume it.

        Where that would be too long for a name, it has a hash of `name`.
        """
        raw = os.fsencode(name)
        short = name if len(raw) <= LONGEST - len(".in..") else hashlib.blake2b(raw, digest_size=16).hexdigest()
        return f".in.{short}."

    def place(self, directory: int, name: str, offset: int) -> str:
        """The name that a STOR of `name` writes to, in the directory with that descriptor.

        Nothing is there yet: `name` itself, so that SIZE tells how much of a broken upload has come. There is a
        file: `beside` it. With an offset (REST): the one of the two, `beside` first, that is at least so long.
        """
        if offset:
            return self.beside(name) if length(directory, self.beside(name)) >= offset else name
        return self.beside(name) if length(directory, name) >= 0 else name

    def open_at(self, directory: int, name: str, offset: int | None) -> int:
        """A descriptor of the file, made if there is none, ready for writing from `offset` on: see `stand`."""
        file = open_plain(directory, name, os.O_WRONLY | os.O_CREAT)
        try:
            self.stand(file, offset)
        except (Denied, OSError):
            os.close(file)
            raise
        return file

    def stand(self, file: int, offset: int | None) -> None:
        """Have an open file written from `offset` on: what was behind it goes. None: at its end (APPE).

        Denied: 450, another session is writing it; 554, it is shorter than that.
        """
        found = os.fstat(file)
        if identity(found) in self.server.writing:
            raise Denied(450, "Somebody is writing this file.")
        if offset is None:
            offset = found.st_size
        if offset > found.st_size:
            raise Denied(554, f"Only {found.st_size} bytes are here.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)

    def keep(self, directory: int, written: str, name: str) -> None:
        """The upload is whole: what was written beside the old file takes its name, in one step (rename(2))."""
        if written != name:
            os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)

    def open_upload(self, parts: Parts, offset: int, append: bool, text: bool) -> Transfer:
        """The transfer that writes what comes to `parts`. OSError, Denied: it can't be written."""
        with self.parent(parts) as (directory, name):
            for either in (name, self.beside(name)):
                self.leave_to_writer(directory, either)
            written = name if append else self.place(directory, name, offset)
            directory = os.dup(directory)
        try:
            if written == name and not (append or offset):  # what an earlier file of that name has left beside it
                with contextlib.suppress(OSError):
                    os.unlink(self.beside(name), dir_fd=directory)
            file = self.open_at(directory, written, None if append else offset)
        except (Denied, OSError):
            os.close(directory)
            raise
        key = identity(os.fstat(file))
        self.server.writing.add(key)

        def finish(whole: bool) -> None:
            self.server.writing.discard(key)
            try:
                if whole:
                    self.keep(directory, written, name)
            finally:
                os.close(directory)

        if text:
            return Receiving(file, finish, ToLocal())
        return Splicing(file, finish, self.server.pipe) if self.server.pipe else Receiving(file, finish)

    def leave_to_writer(self, directory: int, name: str) -> None:
        """Denied: 450, another session is writing the file of that name. OSError: what is there can't be asked."""
        with contextlib.suppress(FileNotFoundError):
            if identity(stat_at(directory, name)) in self.server.writing:
                raise Denied(450, "Somebody is writing this file.")

    def remove_file(self, parts: Parts) -> None:
        with self.parent(parts) as (directory, name):
            self.leave_to_writer(directory, name)
        super().remove_file(parts)

    def rename(self, source: Parts, target: Parts) -> None:
        for parts in (source, target):
            with self.parent(parts) as (directory, name):
                self.leave_to_writer(directory, name)
        super().rename(source, target)


def identity(found: os.stat_result) -> tuple[int, int]:
    """What tells a file from every other, whatever its names: device and inode."""
    return found.st_dev, found.st_ino


def length(directory: int, name: str) -> int:
    """Bytes of the plain file `name`; -1: there is none. IsADirectoryError: it is a directory."""
    try:
        found = stat_at(directory, name)
    except FileNotFoundError:
        return -1
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(21, os.strerror(21))
    return found.st_size

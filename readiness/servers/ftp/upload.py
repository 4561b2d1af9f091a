"""One upload, from its command to its end: the partial that receives the data, and the file that it becomes.

Which file an upload continues is decided in `uploads`.
"""

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from readiness.servers.ftp.jail import open_regular_file, stat_at
from readiness.servers.ftp.protocol import CommandError
from readiness.servers.ftp.transfers import MAX_STEP_BYTES, write_all

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session

UploadKey = tuple[int, int, str]  # device and inode of a directory, and a name in it


class Upload:
    """One upload of one client.

    Args:
        session: the session that receives it.
        directory: a descriptor of the directory that contains the file; the upload closes it.
        name: the name of the file.
        source: the name of the file whose beginning is kept: `name` or its partial.
        kept: the number of bytes that are kept.
        key: the entry in `FtpServer.uploads_in_progress`; the upload removes it at its end.

    Attributes:
        resumable: False if a broken upload can't be resumed: the partial becomes what it was before.
        reset: True if the client reset the data connection: it knows that the upload is broken.
    """

    def __init__(self, session: "Session", directory: int, name: str, source: str, kept: int, key: UploadKey) -> None:
        self.session, self.directory, self.key = session, directory, key
        self.name, self.partial = name, session.uploads.partial_name(name)
        self.kept = kept
        self.kept_partial = kept if source == self.partial else 0  # bytes of the partial that stay if the disk is full
        self.copied = self.kept_partial
        self.file = self.old_file = -1  # descriptors; -1 until they are opened
        self.resumable: bool = True
        self.reset: bool = False

    def open(self) -> int:
        """Open the partial for writing, and return its descriptor. Later calls return the same one.

        The first portion of data calls this method. So nothing changes on the disk before the data connection is there.
        """
        if self.file < 0:
            self.file = open_regular_file(self.directory, self.partial, os.O_WRONLY | os.O_CREAT)
            self.session.prepare_for_write(self.file, self.kept_partial)
            with contextlib.suppress(FileNotFoundError):  # there is no old file: the mode that open(2) gave is right
                mode = stat_at(self.directory, self.name).st_mode
                os.fchmod(self.file, stat.S_IMODE(os.fstat(self.file).st_mode & mode) | stat.S_IWUSR | stat.S_IRUSR)
        return self.file

    def copy_kept(self) -> bool:
        """Copy one portion of the old file's beginning to the partial. Return False if all of it is copied.

        Raises:
            CommandError: With code 554 if the old file has become shorter.
        """
        if self.copied >= self.kept:
            return False
        if self.old_file < 0:
            self.old_file = open_regular_file(self.directory, self.name, os.O_RDONLY)
        data = os.pread(self.old_file, min(MAX_STEP_BYTES, self.kept - self.copied), self.copied)
        if not data:
            raise CommandError(554, "The file has become shorter.")
        write_all(self.open(), data)
        self.copied += len(data)
        return True

    def close(self, completed: bool) -> None:
        """End the upload, and close all descriptors. If `completed` is True, the partial becomes the file."""
        self.session.server.uploads_in_progress.discard(self.key)
        try:
            if self.file >= 0 and completed:
                keep_attributes(self.file, self.directory, self.name)
                self.session.commit(self.directory, self.partial, self.name)
            elif self.file >= 0:
                self.leave_partial()
        finally:
            for file in {self.file, self.old_file, self.directory} - {-1}:
                os.close(file)

    def leave_partial(self) -> None:
        """Keep the partial for a later upload. Its last byte does not count (see `uploads`)."""
        if not self.resumable:
            os.ftruncate(self.file, self.kept_partial)
        size = os.fstat(self.file).st_size
        if not size:
            os.unlink(self.partial, dir_fd=self.directory)
        elif self.reset or not self.resumable:
            os.ftruncate(self.file, size + 1)


def keep_attributes(file: int, directory: int, name: str) -> None:
    """Give the open file `file` the owner and the mode of the old file `name`, if there is one.

    Args:
        file: a descriptor of the new file.
        directory: the descriptor of the directory that contains `name`.
        name: a file name without slashes.
    """
    with contextlib.suppress(FileNotFoundError):
        old = stat_at(directory, name)
        if (old.st_uid, old.st_gid) != (os.fstat(file).st_uid, os.fstat(file).st_gid):
            with contextlib.suppress(PermissionError):  # chown(2): only root may give a file away
                os.fchown(file, old.st_uid, old.st_gid)
        os.fchmod(file, stat.S_IMODE(old.st_mode))

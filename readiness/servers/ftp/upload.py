"""One upload, from its command to its end: the partial that receives the data, and the file that it becomes.

Which file an upload continues is decided in `uploads`.
"""

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from readiness.servers.ftp.jail import not_found, open_regular_file, stat_at
from readiness.servers.ftp.partials import copy_name
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
    """

    def __init__(self, session: "Session", directory: int, name: str, source: str, kept: int, key: UploadKey) -> None:
        self.session, self.directory, self.key = session, directory, key
        self.name, self.partial = name, session.uploads.partial_name(name)
        self.kept = kept
        self.kept_partial = kept if source == self.partial else 0  # bytes of the partial that stay if the disk is full
        self.copied = self.kept_partial
        copying = self.copied < kept
        self.written = copy_name(session.login.user or "", name) if copying else self.partial
        self.file = self.old_file = -1  # descriptors; -1 until they are opened
        self.resumable: bool = True

    def start(self) -> None:
        """Begin the upload, because its data connection is open. If it keeps no bytes, make the partial empty.

        An empty partial has a meaning: SIZE is 0, so the client begins again, and does not resume the old file.

        Raises:
            OSError: The partial can't be opened.
        """
        if not self.kept:
            self.open()

    def open(self) -> int:
        """Open the partial for writing, and return its descriptor. Later calls return the same one."""
        if self.file < 0:
            self.file = open_regular_file(self.directory, self.written, os.O_WRONLY | os.O_CREAT)
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
            self.version = version(os.fstat(self.old_file))
        data = os.pread(self.old_file, min(MAX_STEP_BYTES, self.kept - self.copied), self.copied)
        if not data:
            raise CommandError(554, "The file has become shorter.")
        write_all(self.open(), data)
        self.copied += len(data)
        if self.copied >= self.kept:  # an incomplete copy must not be taken for a partial
            os.replace(self.written, self.partial, src_dir_fd=self.directory, dst_dir_fd=self.directory)
            self.written = self.partial
        return True

    def close(self, completed: bool) -> None:
        """End the upload, and close all descriptors. If `completed` is True, the partial becomes the file.

        Raises:
            OSError: The partial can't become the file.
        """
        del self.session.server.uploads_in_progress[self.key]
        try:
            if self.file >= 0 and completed:
                self.check_unchanged()
                keep_attributes(self.file, self.directory, self.name)
                with self.session.server.old_files.freed_later(self.directory, self.name):
                    self.session.commit(self.directory, self.partial, self.name)
            elif self.file >= 0:
                self.leave_partial()
        finally:
            for file in {self.file, self.old_file, self.directory} - {-1}:
                os.close(file)

    def check_unchanged(self) -> None:
        """Check that no other program has changed the files meanwhile.

        Raises:
            FileNotFoundError: The partial was deleted or replaced.
            OSError: With EBUSY if the file was changed whose beginning was copied. The partial is deleted.
        """
        if os.fstat(self.file).st_ino != stat_at(self.directory, self.partial).st_ino:
            raise not_found(self.partial)
        if self.old_file >= 0 and self.version != version(stat_at(self.directory, self.name)):
            os.unlink(self.partial, dir_fd=self.directory)
            raise OSError(errno.EBUSY, "The file was changed meanwhile")

    def leave_partial(self) -> None:
        """Keep the partial for a later upload. Delete it if it has only bytes that were copied from the old file."""
        if not self.resumable:
            os.ftruncate(self.file, self.kept_partial)
        if self.kept > self.kept_partial and os.fstat(self.file).st_size <= self.kept:
            os.unlink(self.written, dir_fd=self.directory)


def version(info: os.stat_result) -> tuple[int, int, int]:
    """Return what differs in the stat result `info` after a change of the file: its inode, size and time."""
    return info.st_ino, info.st_size, info.st_mtime_ns


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

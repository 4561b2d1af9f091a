"""Uploads: what a file is until its new version is complete, and how a broken upload is resumed.

The data of an upload goes to a partial file beside the file (see `partials`). The file itself stays as it was until the
last byte has arrived. Then the partial takes its name, in one step (rename(2)). A partial that is left by a broken
upload survives a restart of the server. SIZE, MLST, LIST, REST and APPE of its user mean the partial; RETR means the
file.

The last byte of a partial does not count: SIZE and listings leave it out. A client may be killed after its last byte
and before the reply 226. If it saw the whole size then, it would not resume, and the file would stay the old one.
"""

import contextlib
import errno
import os
import stat
import time
from typing import TYPE_CHECKING

from readiness.servers.ftp.jail import PathParts, check_access, check_visible, open_regular_file, stat_at
from readiness.servers.ftp.partials import LIFETIME, partial_name
from readiness.servers.ftp.protocol import CommandError
from readiness.servers.ftp.transfers import CrlfDecoder, ReceiveTransfer, SpliceTransfer
from readiness.servers.ftp.upload import Upload, UploadKey

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session


PartialVersion = tuple[int, int]  # the inode and the size of a partial


class Uploads:
    """The uploads of one session, and the files as the session's user sees them.

    Args:
        session: the session.
    """

    def __init__(self, session: "Session") -> None:
        self.session, self.server, self.jail = session, session.server, session.jail
        self.has_listed = False  # True if a listing may have shown the size of a partial to the client
        self._told: dict[UploadKey, PartialVersion] = {}  # the partials that the client has asked about

    def partial_name(self, name: str) -> str:
        """Return the name of the partial of the file `name` that belongs to the session's user."""
        return partial_name(self.session.login.user or "", name)

    def partial_size(self, directory: int, name: str) -> int:
        """Return the size of the user's partial of the file `name` (see `stat_partial`), or -1 if there is none.

        `directory` is the descriptor of the directory that contains the file.
        """
        info = stat_partial(directory, self.partial_name(name))
        return -1 if info is None else info.st_size

    def stat_at(self, directory: int, name: str) -> os.stat_result:
        """Return the `os.stat_result` of `name` as the user sees it: of the partial, if this user has left one.

        Args:
            directory: the descriptor of the directory that contains `name`.
            name: a file name without slashes.

        Raises:
            FileNotFoundError: There is neither a partial, nor a file or directory.
        """
        partial = stat_partial(directory, self.partial_name(name))
        return partial if partial is not None else stat_at(directory, name)

    def stat(self, parts: PathParts) -> os.stat_result:
        """Return the `os.stat_result` of the path `parts` as the user sees it (see `stat_at`)."""
        if not parts:
            return self.jail.stat(parts)
        with self.jail.parent(parts) as (directory, name):
            return self.stat_at(directory, name)

    def tell(self, parts: PathParts) -> os.stat_result:
        """Return what `stat` returns, for a client that asks about the file itself. So it knows of its partial."""
        if parts:
            with self.jail.parent(parts) as (directory, name):
                key, version = upload_key(directory, name), self._partial_version(directory, name)
                self._told.pop(key, None)
                if version:
                    self._told[key] = version
        return self.stat(parts)

    def has_told(self, directory: int, name: str) -> bool:
        """Return True if `tell` was about this partial of the file `name`, and the partial has not changed since.

        `directory` is the descriptor of the directory that contains the file.
        """
        version = self._partial_version(directory, name)
        return version is not None and version == self._told.get(upload_key(directory, name))

    def _partial_version(self, directory: int, name: str) -> PartialVersion | None:
        info = stat_partial(directory, self.partial_name(name))
        return info and (info.st_ino, info.st_size)

    def begin(self, parts: PathParts, offset: int | None, ascii_mode: bool) -> ReceiveTransfer:
        """Return the transfer that receives the file at the path `parts`. Nothing changes on the disk.

        Args:
            parts: the path of the file.
            offset: the number of bytes to keep, 0 for a new file (STOR after REST); None keeps all bytes (APPE).
            ascii_mode: True if the upload is a text (type A).

        Raises:
            CommandError, OSError: The file can't be written.
        """
        with self.jail.parent(parts) as (directory, name):
            key = self.check_not_being_written(directory, name)
            check_access(directory, os.W_OK | os.X_OK)
            old_size = file_size(directory, name)
            if old_size >= 0:
                os.close(open_regular_file(directory, name, os.O_WRONLY))  # rename(2) would ask the directory alone
            if offset is None and old_size >= 0 and not self.has_told(directory, name):
                if self.has_listed and self.partial_size(directory, name) >= 0:
                    raise CommandError(554, "A broken upload is here: ask for its SIZE, or begin again.")
                source, kept = name, old_size  # the client does not know of a partial, so its APPE means the file
            else:
                source, kept = self.session.choose_source(directory, name, offset)
            self._told.pop(key, None)
            upload = Upload(self.session, os.dup(directory), name, source, kept, key)
        self.server.uploads_in_progress[key] = self.session
        if ascii_mode:
            return ReceiveTransfer(upload, CrlfDecoder())
        return SpliceTransfer(upload, self.server.pipe) if self.server.pipe else ReceiveTransfer(upload)

    def check_not_being_written(self, directory: int, name: str) -> UploadKey:
        """Check that no session is writing the file `name`. Return the key of the file in `uploads_in_progress`.

        `directory` is the descriptor of the directory that contains `name`.

        Raises:
            CommandError: With code 450 if a session is writing the file.
            FileNotFoundError: The name belongs to a link, a pipe or a device.
        """
        check_visible(directory, name)
        key = upload_key(directory, name)
        writer = self.server.uploads_in_progress.get(key)
        if writer and writer is not self.session and writer.login.user == self.session.login.user:
            writer.data.abort_silent_upload()  # its client may have lost its connection
        if key in self.server.uploads_in_progress:
            raise CommandError(450, "Somebody is writing this file.")
        return key

    def make_directory(self, parts: PathParts) -> None:
        """Make a directory at the path `parts`.

        Raises:
            CommandError: With code 450 if a session is writing a file with this name.
            OSError: There is a file or a partial with this name, or the directory can't be made.
        """
        with self.jail.parent(parts) as (directory, name):
            self.check_not_being_written(directory, name)
            if stat_partial(directory, self.partial_name(name)):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            os.mkdir(name, dir_fd=directory)

    def remove(self, parts: PathParts) -> None:
        """Delete the file at the path `parts`, and the partial that the user has left.

        Raises:
            CommandError: With code 450 if a session is writing the file.
            OSError: There is neither, or the file can't be deleted, or it is a directory.
        """
        with self.jail.parent(parts) as (directory, name):
            self.check_not_being_written(directory, name)
            partial = self.partial_name(name)
            found = stat_partial(directory, partial) is not None
            if file_size(directory, name) >= 0 or not found:
                with self.server.old_files.freed_later(directory, name):
                    os.unlink(name, dir_fd=directory)
            if found:
                os.unlink(partial, dir_fd=directory)

    def rename(self, source: PathParts, target: PathParts) -> None:
        """Rename the file or directory at the path `source` to `target`, together with the partial of the user.

        A file at `target` is replaced (rename(2)), and so is the user's partial of `target`.

        Raises:
            CommandError: With code 450 if a session is writing one of the files.
            OSError: There is no file and no partial at `source`, or it can't be renamed.
        """
        with self.jail.parent(source) as (old_directory, old), self.jail.parent(target) as (new_directory, new):
            self.check_not_being_written(old_directory, old)
            self.check_not_being_written(new_directory, new)
            partial, new_partial = self.partial_name(old), self.partial_name(new)
            found = stat_partial(old_directory, partial) is not None
            if exists(old_directory, old) or not found:
                with self.server.old_files.freed_later(new_directory, new):
                    os.replace(old, new, src_dir_fd=old_directory, dst_dir_fd=new_directory)
            elif exists(new_directory, new) and file_size(new_directory, new) < 0:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if found:
                os.replace(partial, new_partial, src_dir_fd=old_directory, dst_dir_fd=new_directory)
            else:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(new_partial, dir_fd=new_directory)


def upload_key(directory: int, name: str) -> UploadKey:
    """Return the key of the file `name` in the directory with the descriptor `directory`."""
    info = os.fstat(directory)
    return info.st_dev, info.st_ino, name


def stat_partial(directory: int, partial: str) -> os.stat_result | None:
    """Return the `os.stat_result` of a partial. Return None if there is none, or if it is older than LIFETIME.

    The last byte is not in its size. A partial that is too old is deleted.

    Args:
        directory: the descriptor of the directory that contains the partial.
        partial: the name of the partial.
    """
    try:
        info = stat_at(directory, partial)
    except FileNotFoundError:
        return None
    if time.time() - info.st_mtime < LIFETIME:
        size = max(info.st_size - 1, 0)
        return os.stat_result((*info[:6], size, *info[7:10]), {"st_mtime": info.st_mtime})
    with contextlib.suppress(OSError):
        os.unlink(partial, dir_fd=directory)
    return None


def exists(directory: int, name: str) -> bool:
    """Return True if there is a file or directory `name` in the directory with the descriptor `directory`."""
    try:
        stat_at(directory, name)
    except FileNotFoundError:
        return False
    return True


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

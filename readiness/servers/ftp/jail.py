"""The jail limits a session to one root directory: a client reaches only directories and regular files below the root.

A symbolic link, a pipe or a device is treated as if it did not exist. The methods raise OSError. This module knows
names and descriptors, but no FTP.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator

from readiness.base.messages import UserError, _
from readiness.servers.ftp.partials import is_reserved

PathParts = tuple[str, ...]  # a path from the root: ("music", "bach.ogg"); the root is ()

NOFOLLOW_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
# open(2): O_PATH passes through a directory that may be entered, but not listed. Only Linux has it.
DIRECTORY_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | NOFOLLOW_FLAGS
VISIBLE_TYPES = (stat.S_IFREG, stat.S_IFDIR)


def open_root(path: str | os.PathLike[str]) -> int:
    """Open the directory `path`, which clients see as `/`, and return its descriptor.

    Raises:
        UserError: `path` is not a directory or can't be read. Or this system has no openat(2) or no O_NOFOLLOW. Or
            Python's encoding of file names is not UTF-8, which FTP uses (RFC 2640).
    """
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        raise UserError(
            _("This system can't open files beneath a directory safely: run the FTP server on Linux or macOS.")
        )
    if sys.getfilesystemencoding() != "utf-8":
        raise UserError(
            _("File names are {encoding} here, and those of FTP are UTF-8: start with PYTHONUTF8=1 make lab.").format(
                encoding=sys.getfilesystemencoding()
            )
        )
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(
            _("{path} can't be served ({error}): name a directory that you may read.").format(
                path=path, error=error.strerror
            )
        ) from error


def not_found(name: str) -> OSError:
    """Return a FileNotFoundError for `name`: it does not exist, or the jail treats it as if it did not exist."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


class Jail:
    """The directories and files below a root directory, and the current directory of one session.

    The methods take a path as a tuple of names that begins at the root. For example, ("music", "bach.ogg") is the file
    /music/bach.ogg, and () is the root. `Session.resolve` makes these tuples.

    Args:
        root: the descriptor of the root directory.
        open_directory: a function that opens the directory at a path, and returns its descriptor:
            `Session.open_directory`.

    Attributes:
        cwd: the current directory, as a tuple of names.
    """

    def __init__(self, root: int, open_directory: Callable[[PathParts], int]) -> None:
        self.root, self.open_directory = root, open_directory
        self.cwd: PathParts = ()

    def open_for_listing(self, parts: PathParts) -> int:
        """Open the directory at `parts` for reading, and return its descriptor. The caller closes it."""
        directory = self.open_directory(parts)
        try:
            return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
        finally:
            os.close(directory)

    def change_directory(self, parts: PathParts) -> None:
        """Make the directory at `parts` the current one.

        Raises:
            OSError: The directory can't be opened, or the user of the server may not enter it.
        """
        directory = self.open_directory(parts)
        try:
            check_access(directory, os.X_OK)
        finally:
            os.close(directory)
        self.cwd = parts

    @contextlib.contextmanager
    def parent(self, parts: PathParts) -> Iterator[tuple[int, str]]:
        """Context manager: open the parent directory of the path `parts`.

        Yield the descriptor of the parent directory, and the last part of the path. The descriptor is closed when the
        `with` block ends.

        Raises:
            OSError: The parent directory can't be opened, or `parts` is the root, or the name belongs to the server
                (see `partials`).
        """
        if not parts:
            raise PermissionError(errno.EPERM, "Not the root")
        if is_reserved(parts[-1]):
            raise PermissionError(errno.EPERM, "Names that begin like this belong to the server")
        directory = self.open_directory(parts[:-1])
        try:
            yield directory, parts[-1]
        finally:
            os.close(directory)

    def stat(self, parts: PathParts) -> os.stat_result:
        """Return the `os.stat_result` of the directory or regular file at the path `parts`.

        Raises:
            FileNotFoundError: There is neither a directory nor a regular file at `parts`.
        """
        if not parts:
            return os.fstat(self.root)
        with self.parent(parts) as (directory, name):
            return stat_at(directory, name)

    def open_file(self, parts: PathParts) -> int:
        """Open the regular file at the path `parts` for reading, and return its descriptor. The caller closes it."""
        with self.parent(parts) as (directory, name):
            return open_regular_file(directory, name, os.O_RDONLY)

    def make_directory(self, parts: PathParts) -> None:
        """Make a directory at the path `parts`."""
        with self.parent(parts) as (directory, name):
            os.mkdir(name, dir_fd=directory)

    def remove_directory(self, parts: PathParts) -> None:
        """Remove the empty directory at the path `parts`."""
        with self.parent(parts) as (directory, name):
            os.rmdir(name, dir_fd=directory)

    def remove_file(self, parts: PathParts) -> None:
        """Remove the regular file at the path `parts`.

        Raises:
            IsADirectoryError: At `parts` there is a directory.
        """
        with self.parent(parts) as (directory, name):
            if stat.S_ISDIR(stat_at(directory, name).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.unlink(name, dir_fd=directory)

    def set_modification_time(self, parts: PathParts, seconds: int) -> None:
        """Set when the file or directory at the path `parts` was last changed, in seconds since 1970."""
        with self.parent(parts) as (directory, name):
            times = (stat_at(directory, name).st_atime_ns, seconds * 10**9)
            os.utime(name, ns=times, dir_fd=directory, follow_symlinks=False)

    def rename(self, source: PathParts, target: PathParts) -> None:
        """Rename the file or directory at the path `source` to the path `target`.

        An existing file at `target` is replaced (rename(2)).
        """
        with self.parent(source) as (source_directory, name), self.parent(target) as (target_directory, new):
            os.replace(name, new, src_dir_fd=source_directory, dst_dir_fd=target_directory)


def may_access(directory: int, name: str, mode: int) -> bool:
    """Return True if the user of the server may use `name` in the directory with the descriptor `directory`.

    `mode` is a sum of os.R_OK, os.W_OK and os.X_OK (access(2)). The name `.` is the directory itself.
    """
    effective = os.access in os.supports_effective_ids
    follow = os.access not in os.supports_follow_symlinks
    return os.access(name, mode, dir_fd=directory, effective_ids=effective, follow_symlinks=follow)


def check_access(directory: int, mode: int) -> None:
    """Check that the user of the server may use the directory with the descriptor `directory`.

    `mode` is os.X_OK to enter it, os.W_OK | os.X_OK to create files in it.

    Raises:
        PermissionError: The user may not.
    """
    if not may_access(directory, ".", mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def stat_at(directory: int, name: str) -> os.stat_result:
    """Return the `os.stat_result` of the directory or regular file `name`.

    Args:
        directory: the descriptor of the directory that contains `name`.
        name: a file name without slashes.

    Raises:
        FileNotFoundError: `name` does not exist, or is neither a directory nor a regular file.
    """
    info = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if stat.S_IFMT(info.st_mode) not in VISIBLE_TYPES:
        raise not_found(name)
    return info


def check_visible(directory: int, name: str) -> None:
    """Check that `name` does not exist, or is a directory or a regular file. A link must not be replaced or deleted.

    Args:
        directory: the descriptor of the directory that contains `name`.
        name: a file name without slashes.

    Raises:
        FileNotFoundError: `name` is a link, a pipe or a device.
    """
    try:
        info = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_IFMT(info.st_mode) not in VISIBLE_TYPES:
        raise not_found(name)


def open_regular_file(directory: int, name: str, flags: int) -> int:
    """Open the regular file `name`, and return its descriptor. The caller closes it.

    Args:
        directory: the descriptor of the directory that contains `name`.
        name: a file name without slashes.
        flags: flags for open(2), such as O_RDONLY. O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC are added. Without O_NONBLOCK,
            the open of a pipe would block (fifo(7)).

    Raises:
        FileNotFoundError: `name` does not exist, or is not a regular file.
    """
    file = os.open(name, flags | NOFOLLOW_FLAGS, 0o666, dir_fd=directory)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise not_found(name)

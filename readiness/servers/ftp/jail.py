"""The jail: the directories and regular files below one root directory. A session can reach no other file.

The jail works on names and descriptors, and knows nothing of FTP. Its methods raise OSError. A link, a pipe or a device
is treated as if it did not exist.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator

from readiness.base.messages import UserError, _

PathParts = tuple[str, ...]  # a path from the root: ("music", "bach.ogg"); the root is ()

NOFOLLOW_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
DIRECTORY_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NOFOLLOW_FLAGS
VISIBLE_TYPES = (stat.S_IFREG, stat.S_IFDIR)


def open_root(path: str | os.PathLike[str]) -> int:
    """Open the directory that will be the root, and return its descriptor.

    Raises:
        UserError: it is no readable directory, this system has no openat(2) or O_NOFOLLOW, or Python's encoding of file
            names is not UTF-8, which is FTP's encoding (RFC 2640).
    """
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        raise UserError(
            _("This system can't open files beneath a directory safely: run the FTP server on Linux or macOS.")
        )
    if sys.getfilesystemencoding() != "utf-8":
        raise UserError(
            _("File names are taken for {encoding} here, and FTP's are UTF-8: start it with `python -X utf8`.").format(
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
    """Return the error for a name that does not exist, or is treated so."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


class Jail:
    """The files and directories below a root, and the current directory.

    Args:
        root: the descriptor of the root directory.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self.cwd: PathParts = ()

    def resolve(self, name: str) -> PathParts:
        """Return the path of `name` from the root. Use the text of the name alone, and look at no file.

        The name is relative to `cwd`, or to the root if it begins with `/`. `.` is the directory itself, `..` its
        parent. The parent of the root is the root.
        """
        parts = [] if name.startswith("/") else list(self.cwd)
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)

    def open_directory(self, parts: PathParts) -> int:
        """Open the directory at `parts`, and return its descriptor. The caller closes it.

        Open one directory after the other, each from the descriptor of its parent, and follow no link (O_NOFOLLOW). So
        a directory that is replaced by a link meanwhile does no harm.

        Raises:
            OSError: a part of the path is missing, is no directory, or is a link.
        """
        current = os.dup(self.root)
        for part in parts:
            try:
                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            finally:
                os.close(current)
            current = child
        return current

    @contextlib.contextmanager
    def parent(self, parts: PathParts) -> Iterator[tuple[int, str]]:
        """Open the directory that contains `parts`, and yield its descriptor and the name in it. Close it at the end.

        Raises:
            OSError: the directory can't be opened, or `parts` is the root.
        """
        if not parts:
            raise PermissionError(errno.EPERM, "Not the root")
        directory = self.open_directory(parts[:-1])
        try:
            yield directory, parts[-1]
        finally:
            os.close(directory)

    def stat(self, parts: PathParts) -> os.stat_result:
        """Return the stat result of a directory or a regular file.

        Raises:
            FileNotFoundError: there is no directory and no regular file at `parts`.
        """
        if not parts:
            return os.fstat(self.root)
        with self.parent(parts) as (directory, name):
            return stat_at(directory, name)

    def open_file(self, parts: PathParts) -> int:
        """Open the regular file at `parts` for reading, and return its descriptor."""
        with self.parent(parts) as (directory, name):
            return open_regular_file(directory, name, os.O_RDONLY)

    def make_directory(self, parts: PathParts) -> None:
        """Make a directory."""
        with self.parent(parts) as (directory, name):
            os.mkdir(name, dir_fd=directory)

    def remove_directory(self, parts: PathParts) -> None:
        """Remove an empty directory."""
        with self.parent(parts) as (directory, name):
            os.rmdir(name, dir_fd=directory)

    def remove_file(self, parts: PathParts) -> None:
        """Remove a regular file.

        Raises:
            IsADirectoryError: there is a directory at `parts`.
        """
        with self.parent(parts) as (directory, name):
            if stat.S_ISDIR(stat_at(directory, name).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.unlink(name, dir_fd=directory)

    def rename(self, source: PathParts, target: PathParts) -> None:
        """Give the file or directory `source` the name `target`. A file with this name is replaced (rename(2))."""
        with self.parent(source) as (source_directory, name), self.parent(target) as (target_directory, new):
            os.replace(name, new, src_dir_fd=source_directory, dst_dir_fd=target_directory)


def stat_at(directory: int, name: str) -> os.stat_result:
    """Return the stat result of `name` in the directory with the descriptor `directory`.

    Raises:
        FileNotFoundError: `name` is no directory and no regular file.
    """
    info = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if stat.S_IFMT(info.st_mode) not in VISIBLE_TYPES:
        raise not_found(name)
    return info


def open_regular_file(directory: int, name: str, flags: int) -> int:
    """Open the regular file `name` in `directory`, and return its descriptor.

    `flags` are completed by O_NONBLOCK: without it, the open of a pipe would block (fifo(7)).

    Raises:
        FileNotFoundError: `name` is no regular file.
    """
    file = os.open(name, flags | NOFOLLOW_FLAGS, 0o666, dir_fd=directory)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise not_found(name)

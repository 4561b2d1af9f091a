"""The jail: the tree of directories and plain files that a session sees, and no way out of it.

It speaks of names and descriptors, and raises OSError; it knows nothing of FTP. A link, a pipe, a device: none of them
exists here, wherever it leads.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator

from readiness.base.messages import UserError, _

Parts = tuple[str, ...]  # a path from the root: ("music", "bach.ogg"); the root is ()

NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NOFOLLOW
PLAIN = (stat.S_IFREG, stat.S_IFDIR)


def open_root(path: str | os.PathLike) -> int:
    """A descriptor of the directory that will be the root. UserError: it is none, or the system can't hold a jail.

    Also where Python takes file names for something else than UTF-8, which those of FTP are (RFC 2640).
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


def gone(name: str) -> OSError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


class Jail:
    """What is beneath the descriptor `root`, as seen by one who stands in `cwd`."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.cwd: Parts = ()

    def resolve(self, name: str) -> Parts:
        """The path from the root that `name` means from here: by its text alone, no file is looked at.

        `.` is where one stands, `..` one up; the root's `..` is the root. A name that begins with `/` starts there.
        """
        parts = [] if name.startswith("/") else list(self.cwd)
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)

    def walk(self, parts: Parts) -> int:
        """A descriptor of the directory at `parts`, which the caller closes. OSError: there is none.

        One step at a time, each from the descriptor of the step before, and never through a link (O_NOFOLLOW): so
        whoever swaps a directory for a link meanwhile gains nothing.
        """
        here = os.dup(self.root)
        for part in parts:
            try:
                below = os.open(part, DIRECTORY, dir_fd=here)
            finally:
                os.close(here)
            here = below
        return here

    @contextlib.contextmanager
    def parent(self, parts: Parts) -> Iterator[tuple[int, str]]:
        """A descriptor of the directory that `parts` is in, and its name there. OSError: `parts` is the root."""
        if not parts:
            raise PermissionError(errno.EPERM, "Not the root")
        directory = self.walk(parts[:-1])
        try:
            yield directory, parts[-1]
        finally:
            os.close(directory)

    def stat(self, parts: Parts) -> os.stat_result:
        """What is at `parts`: a directory or a plain file. FileNotFoundError: nothing, or something else."""
        if not parts:
            return os.fstat(self.root)
        with self.parent(parts) as (directory, name):
            return stat_at(directory, name)

    def open_file(self, parts: Parts) -> int:
        """A descriptor of the plain file at `parts`, to read from."""
        with self.parent(parts) as (directory, name):
            return open_plain(directory, name, os.O_RDONLY)

    def make_directory(self, parts: Parts) -> None:
        with self.parent(parts) as (directory, name):
            os.mkdir(name, dir_fd=directory)

    def remove_directory(self, parts: Parts) -> None:
        with self.parent(parts) as (directory, name):
            os.rmdir(name, dir_fd=directory)

    def remove_file(self, parts: Parts) -> None:
        with self.parent(parts) as (directory, name):
            if stat.S_ISDIR(stat_at(directory, name).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.unlink(name, dir_fd=directory)

    def rename(self, source: Parts, target: Parts) -> None:
        with self.parent(source) as (here, name), self.parent(target) as (there, new):
            os.replace(name, new, src_dir_fd=here, dst_dir_fd=there)


def stat_at(directory: int, name: str) -> os.stat_result:
    """What `name` is in `directory`. FileNotFoundError: nothing, or neither directory nor plain file."""
    found = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if stat.S_IFMT(found.st_mode) not in PLAIN:
        raise gone(name)
    return found


def open_plain(directory: int, name: str, flags: int) -> int:
    """Open `name` in `directory`, if it is a plain file. O_NONBLOCK: a pipe would wait for its other end (fifo(7))."""
    file = os.open(name, flags | NOFOLLOW, 0o666, dir_fd=directory)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise gone(name)

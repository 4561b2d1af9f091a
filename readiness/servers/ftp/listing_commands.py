"""The FTP commands that list directories: LIST, NLST, MLSD and STAT."""

import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from readiness.servers.ftp.listing import Batch, entries, format_lines, long_line, mlst_line, name_line
from readiness.servers.ftp.long_reply import Chunks
from readiness.servers.ftp.names import path, without_options
from readiness.servers.ftp.patterns import is_pattern, name_filter
from readiness.servers.ftp.permissions import Permissions
from readiness.servers.ftp.protocol import CommandError
from readiness.servers.ftp.transfers import StreamTransfer

if TYPE_CHECKING:
    from readiness.servers.ftp.jail import PathParts
    from readiness.servers.ftp.session import Session


class Listing(NamedTuple):
    """The files and directories that an argument of LIST, NLST or STAT means.

    Attributes:
        batches: lists of (name, `os.stat_result`).
        prefix: the text before each name that makes it a path which the client can use, such as `music/`.
        directory: the descriptor of the directory, which the caller closes, or None.
    """

    batches: Iterable[Batch]
    prefix: str
    directory: int | None


class ListingCommands:
    """The handlers of the commands about listings. A handler replies, or raises CommandError or OSError.

    Args:
        session: the session that receives the commands.
    """

    def __init__(self, session: "Session") -> None:
        self.session = session

    def do_list(self, argument: str) -> None:
        """Send a directory listing in the format of `ls -l` (RFC 959 section 4.1.3). Ignore options in `argument`.

        The argument may be a pattern (see `find`).
        """
        self.session.consume_restart_offset()
        self.session.uploads.has_listed = True
        batches, _prefix, directory = self.find(without_options(argument))
        self.session.data.begin_transfer(StreamTransfer(format_lines(batches, long_line), directory))

    def do_nlst(self, argument: str) -> None:
        """Send the names in a directory (RFC 959 section 4.1.3). Ignore options in `argument`: ncftpls sends `-CF`.

        The argument may be a pattern (see `find`). Each line is a path that the client can use as it is (RFC 1123
        section 4.1.2.7).
        """
        self.session.consume_restart_offset()
        batches, prefix, directory = self.find(without_options(argument))
        lines = format_lines(batches, partial(name_line, prefix=prefix))
        self.session.data.begin_transfer(StreamTransfer(lines, directory))

    def do_mlsd(self, name: str) -> None:
        """Send the facts (such as the size) of each file in the directory `name` (RFC 3659 section 7)."""
        self.session.consume_restart_offset()
        self.session.uploads.has_listed = True
        parts = self.session.resolve(name)
        if not stat.S_ISDIR(self.session.uploads.stat(parts).st_mode):
            raise CommandError(501, "MLSD takes a directory: MLST is for files.")
        directory = self.session.jail.open_for_listing(parts)
        permissions = Permissions(directory, self.session.login.may_write())
        format_line = partial(mlst_line, facts=self.session.facts, permissions=permissions)
        lines = format_lines(self.entries(directory), format_line)
        self.session.data.begin_transfer(StreamTransfer(lines, directory))

    def do_stat(self, argument: str) -> None:
        """Reply with the state of the session and its transfer (RFC 959 section 4.1.3).

        If there is an argument and no transfer, reply with the lines that LIST sends for this argument.
        """
        session, transfer = self.session, self.session.data.transfer
        if argument and not transfer:
            session.uploads.has_listed = True
            batches, _prefix, directory = self.find(without_options(argument))
            session.long_reply.begin(213, format_status(batches, directory))
            return
        progress = f"{transfer.bytes_transferred} bytes have been moved." if transfer else "No transfer is under way."
        kind = "A" if session.ascii_mode else "I"
        session.reply(211, "Status:", f"User {session.login.user}, type {kind}.", progress, "End.")

    def find(self, name: str) -> Listing:
        """Return what `name` means: the entries of a directory, or one file, or the files that match a pattern.

        A pattern such as `music/*.ogg` is the last part of a path (see `patterns`). If a file has this very name, the
        result is this file. If no file matches, the listing is empty.

        Raises:
            OSError: There is no such file or directory, or it can't be listed.
        """
        parts = self.session.resolve(name)
        head, slash, last = name.rpartition("/")
        try:
            info = self.session.uploads.stat(parts)
        except FileNotFoundError:
            if not is_pattern(last):
                raise
            directory = self.session.jail.open_for_listing(self.session.resolve(head + slash))
            return Listing(self.entries(directory, last), head + slash, directory)
        if stat.S_ISDIR(info.st_mode):
            directory = self.session.jail.open_for_listing(parts)
            prefix = "" if name in ("", ".") else name.removesuffix("/") + "/"
            return Listing(self.entries(directory), prefix, directory)
        return Listing([[(parts[-1], info)]], prefix_of_file(name, parts), None)

    def entries(self, directory: int, pattern: str | None = None) -> Iterator[Batch]:
        """Return the iterator over the entries of the directory, in batches, as the user sees them.

        Args:
            directory: the descriptor of the directory.
            pattern: the pattern that the names must match, or None.
        """
        user = self.session.login.user or ""
        return entries(directory, user) if pattern is None else entries(directory, user, name_filter(pattern))


def prefix_of_file(name: str, parts: "PathParts") -> str:
    """Return the text before the file's own name in the path `name`. `parts` is the same path from the root.

    If `name` does not end with the file's own name (as `file/.`), return the path of its directory.
    """
    return name.removesuffix(parts[-1]) if name.split("/")[-1] == parts[-1] else path((*parts[:-1], ""))


def format_status(batches: Iterable[Batch], directory: int | None) -> Chunks:
    """Yield the lines of STAT as bytes, the first line alone, then one chunk for each batch.

    Args:
        batches: lists of (name, `os.stat_result`).
        directory: a descriptor that is closed at the end, or None.
    """
    try:
        yield b"213-Status:\r\n"
        yield from format_lines(batches, lambda name, info: " " + long_line(name, info))
    finally:
        if directory is not None:
            os.close(directory)

"""The FTP commands about directories and files that need no data connection."""

import stat
from contextlib import nullcontext
from typing import TYPE_CHECKING

from readiness.servers.ftp.listing import mlst_line, parse_timestamp, timestamp
from readiness.servers.ftp.names import path, quoted
from readiness.servers.ftp.permissions import Permissions
from readiness.servers.ftp.protocol import CommandError

if TYPE_CHECKING:
    import os

    from readiness.servers.ftp.session import Session


class FileCommands:
    """The handlers of the commands about files. A handler replies, or raises CommandError or OSError.

    Args:
        session: the session that receives the commands.
    """

    def __init__(self, session: "Session") -> None:
        self.session = session

    def do_pwd(self, argument: str) -> None:
        """Reply with the path of the current directory (RFC 959 section 4.1.3)."""
        self.session.reply(257, f"{quoted(self.session.jail.cwd)} is where you are.")

    def do_cwd(self, name: str) -> None:
        """Change the current directory to `name` (RFC 959 section 4.1.1)."""
        parts = self.session.resolve(name)
        self.session.jail.change_directory(parts)
        self.session.reply(250, f"{quoted(parts)} is where you are now.")

    def do_cdup(self, argument: str) -> None:
        """Change the current directory to its parent directory (RFC 959 section 4.1.1)."""
        self.do_cwd("..")

    def do_mkd(self, name: str) -> None:
        """Make the directory `name` (RFC 959 section 4.1.3, appendix II)."""
        parts = self.session.resolve(name)
        self.session.uploads.make_directory(parts)
        self.session.reply(257, f"{quoted(parts)} is made.")

    def do_rmd(self, name: str) -> None:
        """Remove the empty directory `name` (RFC 959 section 4.1.3)."""
        self.session.jail.remove_directory(self.session.resolve(name))
        self.session.reply(250, "Removed.")

    def do_dele(self, name: str) -> None:
        """Delete the file `name`, and what has arrived of a broken upload of it (RFC 959 section 4.1.3)."""
        self.session.uploads.remove(self.session.resolve(name))
        self.session.reply(250, "Deleted.")

    def do_rnfr(self, name: str) -> None:
        """Keep `name`, the file or directory that the next command RNTO renames (RFC 959 section 4.1.3)."""
        source = self.session.resolve(name)
        self.session.uploads.stat(source)
        self.session.rename_source = source
        self.session.reply(350, "RNTO comes next.")

    def do_rnto(self, name: str) -> None:
        """Rename the file or directory that RNFR named. `name` is its new name (RFC 959 section 4.1.3)."""
        source, self.session.rename_source = self.session.rename_source, None
        if source is None:
            raise CommandError(503, "RNFR comes first.")
        self.session.uploads.rename(source, self.session.resolve(name))
        self.session.reply(250, "Renamed.")

    def do_size(self, name: str) -> None:
        """Reply with the size of the file `name` in bytes (RFC 3659 section 4). If the type is A, refuse with 550.

        If the user has left a broken upload of the file, reply with the number of bytes that have arrived.
        """
        if self.session.ascii_mode:
            raise CommandError(550, "The size of a text isn't known: TYPE I comes first.")
        self.session.reply(213, str(self.stat_regular_file(name).st_size))

    def do_mdtm(self, name: str) -> None:
        """Reply with the time at which the file `name` was last changed (RFC 3659 section 3)."""
        self.session.reply(213, timestamp(self.stat_regular_file(name).st_mtime))

    def do_mfmt(self, argument: str) -> None:
        """Set when a file was last changed. `argument` is a time as in MDTM, a space and the name.

        The reply tells the time that the file has now: a file system that can't keep `time` keeps the nearest one. The
        command and its reply are those of draft-somers-ftp-mfxx-04 section 3.
        """
        time, _space, name = argument.partition(" ")
        seconds = parse_timestamp(time)
        if seconds is None or not name:
            raise CommandError(501, "MFMT takes a time and a name: MFMT 20261231235959 file.")
        parts = self.session.resolve(name)
        self.session.jail.set_modification_time(parts, seconds)
        self.session.reply(213, f"Modify={timestamp(self.session.jail.stat(parts).st_mtime)}; {name}")

    def stat_regular_file(self, name: str) -> "os.stat_result":
        """Return the `os.stat_result` of the regular file `name`, as the user sees it (see `uploads`).

        Raises:
            CommandError: With code 550 if `name` is a directory.
        """
        info = self.session.uploads.tell(self.session.resolve(name))
        if not stat.S_ISREG(info.st_mode):
            raise CommandError(550, "That is a directory.")
        return info

    def do_mlst(self, name: str) -> None:
        """Reply with the facts (such as the size) of the file or directory `name` (RFC 3659 section 7.2)."""
        parts = self.session.resolve(name)
        info = self.session.uploads.tell(parts)
        with self.session.jail.parent(parts) if parts else nullcontext((self.session.jail.root, ".")) as place:
            directory, name = place
            permissions = Permissions(directory, self.session.login.may_write())
            line = mlst_line(name, info, self.session.facts, permissions, path(parts))
        self.session.reply(250, "Facts:", line, "End.")

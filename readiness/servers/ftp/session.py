"""The FTP commands of a session: the command VERB is a method `do_verb`, which replies.

The methods for lines, login, files and data connections are in the base classes of `Session`.
"""

import os
import socket
import stat
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from readiness.servers.ftp.control import CommandError
from readiness.servers.ftp.data import DataConnection
from readiness.servers.ftp.jail import PathParts
from readiness.servers.ftp.listing import (
    ENTRIES_PER_BATCH,
    FACTS,
    LineFormatter,
    entries,
    format_lines,
    long_line,
    mlst_line,
    name_line,
    timestamp,
)
from readiness.servers.ftp.login import Authentication
from readiness.servers.ftp.names import path, quoted, without_options
from readiness.servers.ftp.transfers import SendfileTransfer, StreamTransfer, Transfer, lf_to_crlf, read_chunks
from readiness.servers.ftp.uploads import Uploads

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer

FEATURES = ("EPRT", "EPSV", "MDTM", "MLST {facts}", "REST STREAM", "SIZE", "TVFS", "UTF8")
MAX_STAT_ENTRIES = 1024  # maximal entries of a directory in a reply to STAT


class Session(Authentication, DataConnection, Uploads):
    """The session of one client, with all commands. `FtpServer(session_class=…)` also takes a subclass."""

    def __init__(self, server: "FtpServer", sock: socket.socket) -> None:
        Uploads.__init__(self, server.root)
        super().__init__(server, sock)
        self.ascii_mode = True  # type A: a session begins with it (RFC 959 section 5.1)
        self.restart_offset = 0  # of REST, for the next transfer
        self.rename_source: PathParts | None = None  # of RNFR
        self.facts = FACTS
        self.reply(220, "Who's ready? This server is.")

    def close(self) -> None:
        super().close()
        self.server.sessions.discard(self)

    def consume_restart_offset(self) -> int:
        """Return the offset of REST, and set it to 0. It is valid for one transfer, even if the transfer fails."""
        offset, self.restart_offset = self.restart_offset, 0
        return offset

    # Transfers.

    def do_retr(self, name: str) -> None:
        """Send the file `name`, from the offset that REST gave (RFC 959 section 4.1.3, RFC 3659 section 5)."""
        offset = self.consume_restart_offset()
        file = self.open_file(self.resolve(name))
        self.begin_transfer(self.download_transfer(file, offset))

    def download_transfer(self, file: int, offset: int) -> Transfer:
        """Return a transfer that sends the file with the descriptor `file`, from the byte `offset`."""
        if self.ascii_mode:
            return StreamTransfer(lf_to_crlf(read_chunks(file)), file)
        if hasattr(os, "sendfile"):
            return SendfileTransfer(file, offset)
        os.lseek(file, offset, os.SEEK_SET)
        return StreamTransfer(read_chunks(file), file)

    def do_stor(self, name: str) -> None:
        """Receive the file `name` (RFC 959 section 4.1.3). After REST, resume a broken upload (RFC 3659 section 5)."""
        offset = self.consume_restart_offset()
        self.require_data_address()
        self.begin_transfer(self.open_upload(self.resolve(name), offset, append=False, ascii_mode=self.ascii_mode))

    def do_appe(self, name: str) -> None:
        """Receive data, and append it to the file `name` (RFC 959 section 4.1.3)."""
        self.consume_restart_offset()
        self.require_data_address()
        self.begin_transfer(self.open_upload(self.resolve(name), 0, append=True, ascii_mode=self.ascii_mode))

    def do_rest(self, argument: str) -> None:
        """Keep the number of bytes that the next transfer skips, and reply 350 (RFC 3659 section 5.3).

        Raises:
            CommandError: With code 501 if `argument` is not a number below 2**63, or is not 0 and the type is A.
        """
        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, f"The next transfer starts at {self.restart_offset}.")

    def send_listing(self, name: str, format_line: LineFormatter, allow_file: bool = True) -> None:
        """Send one line for each file in the directory `name`. `format_line` makes the lines (see `listing`).

        If `name` is a file, send its line if `allow_file` is True. Otherwise raise CommandError (501).
        """
        self.consume_restart_offset()
        parts = self.resolve(name)
        info = self.stat(parts)
        if stat.S_ISDIR(info.st_mode):
            directory = self.open_directory(parts)
            self.begin_transfer(StreamTransfer(format_lines(entries(directory), format_line), directory))
        elif allow_file:
            self.begin_transfer(StreamTransfer(format_lines([[(parts[-1], info)]], format_line)))
        else:
            raise CommandError(501, "MLSD takes a directory: MLST is for files.")

    def do_list(self, argument: str) -> None:
        """Send a directory listing in the format of `ls -l` (RFC 959 section 4.1.3). Ignore options in `argument`."""
        self.send_listing(without_options(argument), long_line)

    def do_nlst(self, argument: str) -> None:
        """Send the names in a directory (RFC 959 section 4.1.3). Ignore options in `argument`: ncftpls sends `-CF`."""
        self.send_listing(without_options(argument), name_line)

    def do_mlsd(self, name: str) -> None:
        """Send the facts (such as the size) of each file in the directory `name` (RFC 3659 section 7)."""
        self.send_listing(name, self.mlst_formatter, allow_file=False)

    @property
    def mlst_formatter(self) -> LineFormatter:
        """The function that returns one line of MLST, with the facts that the client has chosen by OPTS."""
        return partial(mlst_line, facts=self.facts, writable=self.may_write())

    def do_mlst(self, name: str) -> None:
        """Reply with the facts (such as the size) of the file or directory `name` (RFC 3659 section 7)."""
        parts = self.resolve(name)
        line = self.mlst_formatter(path(parts), self.stat(parts))
        self.reply(250, "Facts:", line, "End.")

    # Directories.

    def do_pwd(self, argument: str) -> None:
        """Reply with the path of the current directory (RFC 959 section 4.1.3)."""
        self.reply(257, f"{quoted(self.cwd)} is where you are.")

    def do_cwd(self, name: str) -> None:
        """Change the current directory to `name` (RFC 959 section 4.1.1)."""
        parts = self.resolve(name)
        os.close(self.open_directory(parts))
        self.cwd = parts
        self.reply(250, f"{quoted(parts)} is where you are now.")

    def do_cdup(self, argument: str) -> None:
        """Change the current directory to its parent directory (RFC 959 section 4.1.1)."""
        self.do_cwd("..")

    def do_mkd(self, name: str) -> None:
        """Make the directory `name` (RFC 959 section 4.1.3, appendix II)."""
        parts = self.resolve(name)
        self.make_directory(parts)
        self.reply(257, f"{quoted(parts)} is made.")

    def do_rmd(self, name: str) -> None:
        """Remove the empty directory `name` (RFC 959 section 4.1.3)."""
        self.remove_directory(self.resolve(name))
        self.reply(250, "Removed.")

    # Files.

    def do_dele(self, name: str) -> None:
        """Delete the file `name` (RFC 959 section 4.1.3)."""
        self.remove_file(self.resolve(name))
        self.reply(250, "Deleted.")

    def do_rnfr(self, name: str) -> None:
        """Keep `name`, the file or directory that the next command RNTO renames (RFC 959 section 4.1.3)."""
        source = self.resolve(name)
        self.stat(source)
        self.rename_source = source
        self.reply(350, "RNTO comes next.")

    def do_rnto(self, name: str) -> None:
        """Rename the file or directory that RNFR named. `name` is its new name (RFC 959 section 4.1.3)."""
        source, self.rename_source = self.rename_source, None
        if source is None:
            raise CommandError(503, "RNFR comes first.")
        self.rename(source, self.resolve(name))
        self.reply(250, "Renamed.")

    def stat_regular_file(self, name: str) -> os.stat_result:
        """Return the `os.stat_result` of the regular file `name`.

        Raises:
            CommandError: With code 550 if `name` is a directory.
        """
        info = self.stat(self.resolve(name))
        if not stat.S_ISREG(info.st_mode):
            raise CommandError(550, "That is a directory.")
        return info

    def do_size(self, name: str) -> None:
        """Reply with the size of the file `name` in bytes (RFC 3659 section 4). If the type is A, refuse with 550."""
        if self.ascii_mode:
            raise CommandError(550, "The size of a text isn't known: TYPE I comes first.")
        self.reply(213, str(self.stat_regular_file(name).st_size))

    def do_mdtm(self, name: str) -> None:
        """Reply with the time at which the file `name` was last changed (RFC 3659 section 3)."""
        self.reply(213, timestamp(self.stat_regular_file(name).st_mtime))

    # The session itself.

    def do_quit(self, argument: str) -> None:
        """Reply, then close (RFC 959 section 4.1.1). If bytes came after QUIT, the client must close its side first."""
        self.eof_received = not (self.pending_commands or self.partial_line)
        self.close_after_reply(221, "Goodbye.")

    def do_noop(self, argument: str) -> None:
        """Reply 200, and do nothing else (RFC 959 section 4.1.3)."""
        self.reply(200, "Done.")

    def do_syst(self, argument: str) -> None:
        """Reply with the type of this system. Clients need it to parse LIST (RFC 959 section 4.1.3)."""
        self.reply(215, "UNIX Type: L8")

    def do_type(self, argument: str) -> None:
        """Choose text (A, A N) or bytes (I, L 8) for the next transfers (RFC 959 section 3.1.1)."""
        kind = argument.upper()
        if kind not in ("A", "A N", "I", "L 8", "L8"):
            raise CommandError(504, "TYPE is A or I.")
        self.ascii_mode, self.restart_offset = kind.startswith("A"), 0
        self.reply(200, f"Type {'A' if self.ascii_mode else 'I'}.")

    def do_stru(self, argument: str) -> None:
        """Accept only the structure F, in which a file is a sequence of bytes (RFC 959 section 3.1.2)."""
        self.accept_only(argument, "F")

    def do_mode(self, argument: str) -> None:
        """Accept only the mode S, in which the connection ends at the end of the file (RFC 959 section 3.4)."""
        self.accept_only(argument, "S")

    def accept_only(self, argument: str, served: str) -> None:
        """Reply 200 if `argument` is `served`, the only value that this server has. Otherwise refuse with 504."""
        if argument.upper() != served:
            raise CommandError(504, f"Only {served} is served.")
        self.reply(200, f"{served} it is.")

    def do_allo(self, argument: str) -> None:
        """Reply that the client does not have to reserve space for an upload (RFC 959 section 4.1.3)."""
        self.reply(202, "No need.")

    def do_feat(self, argument: str) -> None:
        """Reply with the list of extensions to RFC 959 that this server has (RFC 2389 section 3)."""
        facts = "".join(f"{fact}{'*' if fact in self.facts else ''};" for fact in FACTS)
        self.reply(211, "More than RFC 959:", *(feature.format(facts=facts) for feature in FEATURES), "End.")

    def do_opts(self, argument: str) -> None:
        """Accept `UTF8 ON` (RFC 2389 section 4), and the choice of facts for MLST (RFC 3659 section 7.9)."""
        name, _space, value = argument.upper().partition(" ")
        if name == "UTF8" and value in ("", "ON"):
            self.reply(200, "UTF-8 it is, always.")
        elif name == "MLST":
            requested = value.lower().split(";")
            self.facts = tuple(fact for fact in FACTS if fact in requested)
            self.reply(200, "MLST OPTS " + "".join(f"{fact};" for fact in self.facts))
        else:
            raise CommandError(501, "No such option.")

    def do_help(self, argument: str) -> None:
        """Reply with the names of all commands (RFC 959 section 4.1.3)."""
        verbs = sorted(name[3:].upper() for name in dir(self) if name.startswith("do_"))
        rows = [" ".join(verbs[start : start + 10]) for start in range(0, len(verbs), 10)]
        self.reply(214, "Served here:", *rows, "End.")

    def do_stat(self, argument: str) -> None:
        """Reply with the state of the session and its transfer (RFC 959 section 4.1.3).

        If there is an argument and no transfer, reply with the lines that LIST sends for this argument.
        """
        name = without_options(argument)
        if argument and not self.transfer:
            self.reply(213, "Status:", *self.list_lines(self.resolve(name)), "End.")
            return
        count = self.transfer.bytes_transferred if self.transfer else 0
        progress = f"{count} bytes have been moved." if self.transfer else "No transfer is under way."
        self.reply(211, "Status:", f"User {self.user}, type {'A' if self.ascii_mode else 'I'}.", progress, "End.")

    def list_lines(self, parts: PathParts) -> list[str]:
        """Return the lines of LIST for the file or directory at `parts`: at most MAX_STAT_ENTRIES lines."""
        info = self.stat(parts)
        if not stat.S_ISDIR(info.st_mode):
            return [long_line(parts[-1], info)]
        directory = self.open_directory(parts)
        try:
            batches = islice(entries(directory), MAX_STAT_ENTRIES // ENTRIES_PER_BATCH)
            return [long_line(*entry) for batch in batches for entry in batch]
        finally:
            os.close(directory)

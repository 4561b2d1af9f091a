"""One session: the commands, each a method `do_verb` that gets the rest of its line, and replies.

Lines, logins, names, data and uploads are in the modules that it inherits from.
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
    without_options,
)
from readiness.servers.ftp.login import Authentication
from readiness.servers.ftp.transfers import SendfileTransfer, StreamTransfer, Transfer, lf_to_crlf, read_chunks
from readiness.servers.ftp.uploads import Uploads

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer

FEATURES = ("EPRT", "EPSV", "MDTM", "MLST {facts}", "REST STREAM", "SIZE", "TVFS", "UTF8")
MAX_STAT_ENTRIES = 1024  # entries of a directory that STAT lists, over the control connection


def path(parts: PathParts) -> str:
    return "/" + "/".join(parts)


def quoted(parts: PathParts) -> str:
    """Put a path in quotation marks, and double those in it (RFC 959, appendix II)."""
    return '"' + path(parts).replace('"', '""') + '"'


class Session(Authentication, DataConnection, Uploads):
    """All commands of a client. `FtpServer(session_class=…)` takes any subclass."""

    def __init__(self, server: "FtpServer", sock: socket.socket) -> None:
        Uploads.__init__(self, server.root)
        super().__init__(server, sock)
        self.ascii_mode = True  # type A, which RFC 959 section 5.1 has a session begin with
        self.restart_offset = 0  # of REST, for the next transfer
        self.rename_source: PathParts | None = None  # of RNFR
        self.facts = FACTS
        self.reply(220, "Who's ready? This server is.")

    def close(self) -> None:
        super().close()
        self.server.sessions.discard(self)

    def consume_restart_offset(self) -> int:
        """Return the offset of REST, and reset it: it is for one transfer only, even if that one fails."""
        offset, self.restart_offset = self.restart_offset, 0
        return offset

    # Transfers.

    def do_retr(self, name: str) -> None:
        """RFC 959 section 4.1.3, from the offset of REST on (RFC 3659 section 5)."""
        offset = self.consume_restart_offset()
        file = self.open_file(self.resolve(name))
        self.begin_transfer(self.download_transfer(file, offset))

    def download_transfer(self, file: int, offset: int) -> Transfer:
        """Return the transfer of an open file: by sendfile(2) if possible, else through user space."""
        if self.ascii_mode:
            return StreamTransfer(lf_to_crlf(read_chunks(file)), file)
        if hasattr(os, "sendfile"):
            return SendfileTransfer(file, offset)
        os.lseek(file, offset, os.SEEK_SET)
        return StreamTransfer(read_chunks(file), file)

    def do_stor(self, name: str) -> None:
        """RFC 959 section 4.1.3. After REST it resumes a broken upload (RFC 3659 section 5)."""
        offset = self.consume_restart_offset()
        self.require_data_address()
        self.begin_transfer(self.open_upload(self.resolve(name), offset, append=False, ascii_mode=self.ascii_mode))

    def do_appe(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.consume_restart_offset()
        self.require_data_address()
        self.begin_transfer(self.open_upload(self.resolve(name), 0, append=True, ascii_mode=self.ascii_mode))

    def do_rest(self, argument: str) -> None:
        """RFC 3659 section 5.3: keep the number of bytes that the next transfer skips, and reply 350.

        Raises CommandError 501 if it is no number below 2**63, or if it is not 0 and the type is A.
        """
        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, f"The next transfer starts at {self.restart_offset}.")

    def send_listing(self, name: str, format_line: LineFormatter, allow_file: bool = True) -> None:
        """A directory's entries, or a file's own line, over the data connection, whatever the type."""
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
        """RFC 959 section 4.1.3."""
        self.send_listing(without_options(argument), long_line)

    def do_nlst(self, argument: str) -> None:
        """RFC 959 section 4.1.3: names alone. `-CF` and the like are skipped as in LIST: ncftpls sends them."""
        self.send_listing(without_options(argument), name_line)

    def do_mlsd(self, name: str) -> None:
        """RFC 3659 section 7."""
        self.send_listing(name, self.mlst_formatter, allow_file=False)

    @property
    def mlst_formatter(self) -> LineFormatter:
        return partial(mlst_line, facts=self.facts, writable=self.may_write())

    def do_mlst(self, name: str) -> None:
        """RFC 3659 section 7: one file or directory, over the control connection."""
        parts = self.resolve(name)
        line = self.mlst_formatter(path(parts), self.stat(parts))
        self.reply(250, "Facts:", line, "End.")

    # Directories.

    def do_pwd(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        self.reply(257, f"{quoted(self.cwd)} is where you are.")

    def do_cwd(self, name: str) -> None:
        """RFC 959 section 4.1.1."""
        parts = self.resolve(name)
        os.close(self.open_directory(parts))
        self.cwd = parts
        self.reply(250, f"{quoted(parts)} is where you are now.")

    def do_cdup(self, argument: str) -> None:
        """RFC 959 section 4.1.1."""
        self.do_cwd("..")

    def do_mkd(self, name: str) -> None:
        """RFC 959 section 4.1.3, appendix II."""
        parts = self.resolve(name)
        self.make_directory(parts)
        self.reply(257, f"{quoted(parts)} is made.")

    def do_rmd(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.remove_directory(self.resolve(name))
        self.reply(250, "Removed.")

    # Files.

    def do_dele(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.remove_file(self.resolve(name))
        self.reply(250, "Deleted.")

    def do_rnfr(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        source = self.resolve(name)
        self.stat(source)
        self.rename_source = source
        self.reply(350, "RNTO comes next.")

    def do_rnto(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        source, self.rename_source = self.rename_source, None
        if source is None:
            raise CommandError(503, "RNFR comes first.")
        self.rename(source, self.resolve(name))
        self.reply(250, "Renamed.")

    def stat_regular_file(self, name: str) -> os.stat_result:
        """Stat a regular file. Raises CommandError 550 for a directory."""
        info = self.stat(self.resolve(name))
        if not stat.S_ISREG(info.st_mode):
            raise CommandError(550, "That is a directory.")
        return info

    def do_size(self, name: str) -> None:
        """RFC 3659 section 4: bytes that RETR would send; those of a text are unknown without reading it."""
        if self.ascii_mode:
            raise CommandError(550, "The size of a text isn't known: TYPE I comes first.")
        self.reply(213, str(self.stat_regular_file(name).st_size))

    def do_mdtm(self, name: str) -> None:
        """RFC 3659 section 3."""
        self.reply(213, timestamp(self.stat_regular_file(name).st_mtime))

    # The session itself.

    def do_quit(self, argument: str) -> None:
        """RFC 959 section 4.1.1. If nothing came after QUIT, the server closes without waiting for the client."""
        self.eof_received = not (self.pending_commands or self.partial_line)
        self.close_after_reply(221, "Goodbye.")

    def do_noop(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        self.reply(200, "Done.")

    def do_syst(self, argument: str) -> None:
        """RFC 959 section 4.1.3: it helps clients to parse LIST."""
        self.reply(215, "UNIX Type: L8")

    def do_type(self, argument: str) -> None:
        """RFC 959 section 3.1.1: A (N) and I; L 8 is I."""
        kind = argument.upper()
        if kind not in ("A", "A N", "I", "L 8", "L8"):
            raise CommandError(504, "TYPE is A or I.")
        self.ascii_mode, self.restart_offset = kind.startswith("A"), 0
        self.reply(200, f"Type {'A' if self.ascii_mode else 'I'}.")

    def do_stru(self, argument: str) -> None:
        """RFC 959 section 3.1.2: F, a file is a row of bytes."""
        self.accept_only(argument, "F")

    def do_mode(self, argument: str) -> None:
        """RFC 959 section 3.4: S, the end of the connection is the end of the file."""
        self.accept_only(argument, "S")

    def accept_only(self, argument: str, served: str) -> None:
        if argument.upper() != served:
            raise CommandError(504, f"Only {served} is served.")
        self.reply(200, f"{served} it is.")

    def do_allo(self, argument: str) -> None:
        """RFC 959 section 4.1.3: nothing needs to be reserved here."""
        self.reply(202, "No need.")

    def do_feat(self, argument: str) -> None:
        """RFC 2389 section 3."""
        facts = "".join(f"{fact}{'*' if fact in self.facts else ''};" for fact in FACTS)
        self.reply(211, "More than RFC 959:", *(feature.format(facts=facts) for feature in FEATURES), "End.")

    def do_opts(self, argument: str) -> None:
        """RFC 2389 section 4: UTF8 ON, and the facts of MLST (RFC 3659 section 7.9)."""
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
        """RFC 959 section 4.1.3."""
        verbs = sorted(name[3:].upper() for name in dir(self) if name.startswith("do_"))
        rows = [" ".join(verbs[start : start + 10]) for start in range(0, len(verbs), 10)]
        self.reply(214, "Served here:", *rows, "End.")

    def do_stat(self, argument: str) -> None:
        """RFC 959 section 4.1.3: the state, also during a transfer; with a name the lines of LIST."""
        name = without_options(argument)
        if argument and not self.transfer:
            self.reply(213, "Status:", *self.list_lines(self.resolve(name)), "End.")
            return
        count = self.transfer.bytes_transferred if self.transfer else 0
        progress = f"{count} bytes have been moved." if self.transfer else "No transfer is under way."
        self.reply(211, "Status:", f"User {self.user}, type {'A' if self.ascii_mode else 'I'}.", progress, "End.")

    def list_lines(self, parts: PathParts) -> list[str]:
        """Return the lines of LIST, at most MAX_STAT_ENTRIES of them."""
        info = self.stat(parts)
        if not stat.S_ISDIR(info.st_mode):
            return [long_line(parts[-1], info)]
        directory = self.open_directory(parts)
        try:
            batches = islice(entries(directory), MAX_STAT_ENTRIES // ENTRIES_PER_BATCH)
            return [long_line(*entry) for batch in batches for entry in batch]
        finally:
            os.close(directory)

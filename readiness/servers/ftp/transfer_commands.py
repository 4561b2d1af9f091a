"""The FTP commands that need a data connection, or prepare one."""

import os
import stat
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from readiness.servers.ftp.addresses import parse_eprt_argument, parse_port_argument
from readiness.servers.ftp.listing import (
    ENTRIES_PER_BATCH,
    LineFormatter,
    entries,
    format_lines,
    long_line,
    mlst_line,
    name_line,
)
from readiness.servers.ftp.names import without_options
from readiness.servers.ftp.protocol import CommandError
from readiness.servers.ftp.transfers import SendfileTransfer, StreamTransfer, Transfer, lf_to_crlf, read_chunks

if TYPE_CHECKING:
    from readiness.servers.ftp.jail import PathParts
    from readiness.servers.ftp.session import Session

MAX_STAT_ENTRIES = 1024  # maximal entries of a directory in a reply to STAT


class TransferCommands:
    """The handlers of the commands about transfers. A handler replies, or raises CommandError or OSError.

    Args:
        session: the session that receives the commands.
    """

    def __init__(self, session: "Session") -> None:
        self.session = session

    def do_retr(self, name: str) -> None:
        """Send the file `name`, from the offset that REST gave (RFC 959 section 4.1.3, RFC 3659 section 5)."""
        offset = self.session.consume_restart_offset()
        file = self.session.jail.open_file(self.session.resolve(name))
        self.session.data.begin_transfer(self.download_transfer(file, offset))

    def download_transfer(self, file: int, offset: int) -> Transfer:
        """Return a transfer that sends the file with the descriptor `file`, from the byte `offset`."""
        if self.session.ascii_mode:
            return StreamTransfer(lf_to_crlf(read_chunks(file)), file)
        if hasattr(os, "sendfile"):
            return SendfileTransfer(file, offset)
        os.lseek(file, offset, os.SEEK_SET)
        return StreamTransfer(read_chunks(file), file)

    def do_stor(self, name: str) -> None:
        """Receive the file `name` (RFC 959 section 4.1.3). After REST, resume a broken upload (RFC 3659 section 5)."""
        self.receive(name, self.session.consume_restart_offset())

    def do_appe(self, name: str) -> None:
        """Receive data, and append it to the file `name`, or to a broken upload of it (RFC 959 section 4.1.3)."""
        self.session.consume_restart_offset()
        self.receive(name, None)

    def receive(self, name: str, offset: int | None) -> None:
        """Begin an upload of the file `name` at `offset`. None means at the end of what is there."""
        transfer = self.session.uploads.begin(self.session.resolve(name), offset, self.session.ascii_mode)
        self.session.data.begin_transfer(transfer)

    def send_listing(self, name: str, format_line: LineFormatter, allow_file: bool = True) -> None:
        """Send one line for each file in the directory `name`. `format_line` makes the lines (see `listing`).

        If `name` is a file, send its line if `allow_file` is True. Otherwise raise CommandError (501).
        """
        self.session.consume_restart_offset()
        parts = self.session.resolve(name)
        info = self.session.uploads.stat(parts)
        if stat.S_ISDIR(info.st_mode):
            directory = self.session.jail.open_for_listing(parts)
            batches = entries(directory, self.session.login.user or "")
            self.session.data.begin_transfer(StreamTransfer(format_lines(batches, format_line), directory))
        elif allow_file:
            self.session.data.begin_transfer(StreamTransfer(format_lines([[(parts[-1], info)]], format_line)))
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
        writable = self.session.login.may_write()
        self.send_listing(name, partial(mlst_line, facts=self.session.facts, writable=writable), allow_file=False)

    def do_stat(self, argument: str) -> None:
        """Reply with the state of the session and its transfer (RFC 959 section 4.1.3).

        If there is an argument and no transfer, reply with the lines that LIST sends for this argument.
        """
        session, transfer = self.session, self.session.data.transfer
        if argument and not transfer:
            lines = self.list_lines(session.resolve(without_options(argument)))
            session.reply(213, "Status:", *lines, "End.")
            return
        progress = f"{transfer.bytes_transferred} bytes have been moved." if transfer else "No transfer is under way."
        kind = "A" if session.ascii_mode else "I"
        session.reply(211, "Status:", f"User {session.login.user}, type {kind}.", progress, "End.")

    def list_lines(self, parts: "PathParts") -> list[str]:
        """Return the lines of LIST for the file or directory at `parts`: at most MAX_STAT_ENTRIES lines."""
        info = self.session.uploads.stat(parts)
        if not stat.S_ISDIR(info.st_mode):
            return [long_line(parts[-1], info)]
        directory = self.session.jail.open_for_listing(parts)
        try:
            batches = islice(entries(directory, self.session.login.user or ""), MAX_STAT_ENTRIES // ENTRIES_PER_BATCH)
            return [long_line(*entry) for batch in batches for entry in batch]
        finally:
            os.close(directory)

    def do_pasv(self, argument: str) -> None:
        """Open a listener for data, and reply with its address `(h1,h2,h3,h4,p1,p2)` (RFC 959 section 4.1.2)."""
        self.refuse_after_epsv_all()
        host = self.session.control.local_host
        if ":" in host:
            raise CommandError(425, "PASV has no words for IPv6: use EPSV.")
        port = self.session.listen()
        self.session.reply(227, f"Entering Passive Mode ({host.replace('.', ',')},{port // 256},{port % 256}).")

    def do_epsv(self, argument: str) -> None:
        """Open a listener for data, and reply with its port (RFC 2428 section 3).

        After EPSV ALL, PASV, PORT and EPRT are refused. So a NAT does not have to rewrite addresses in commands.
        """
        if argument.upper() == "ALL":
            self.session.data.only_epsv = True
            self.session.reply(200, "From now on EPSV only.")
            return
        network = "2" if ":" in self.session.control.local_host else "1"
        if argument not in ("", network):
            raise CommandError(522, f"Network protocol not supported, use ({network})")
        self.session.reply(229, f"Entering Extended Passive Mode (|||{self.session.listen()}|)")

    def do_port(self, argument: str) -> None:
        """Keep the IPv4 address of the client's listener for the next transfer (RFC 959 section 4.1.2)."""
        self.refuse_after_epsv_all()
        self.session.data.set_active_address(*parse_port_argument(argument))
        self.session.reply(200, "I will dial there.")

    def do_eprt(self, argument: str) -> None:
        """Keep the IPv4 or IPv6 address of the client's listener for the next transfer (RFC 2428 section 2)."""
        self.refuse_after_epsv_all()
        self.session.data.set_active_address(*parse_eprt_argument(argument))
        self.session.reply(200, "I will dial there.")

    def refuse_after_epsv_all(self) -> None:
        """Check that the client has not sent EPSV ALL.

        Raises:
            CommandError: With code 501 if the client has sent EPSV ALL.
        """
        if self.session.data.only_epsv:
            raise CommandError(501, "You said EPSV ALL.")

    def do_abor(self, argument: str) -> None:
        """End the current transfer with reply 426, then reply 226 to ABOR (RFC 959 section 4.1.3)."""
        if self.session.data.transfer:
            self.session.data.end_transfer(426, "Transfer aborted.")
        self.session.data.close()
        self.session.reply(226, "ABOR done.")

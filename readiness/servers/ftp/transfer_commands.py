"""The FTP commands that need a data connection, or prepare one."""

import os
import secrets
from typing import TYPE_CHECKING

from readiness.servers.ftp.addresses import parse_eprt_argument, parse_port_argument
from readiness.servers.ftp.protocol import CommandError
from readiness.servers.ftp.transfers import SendfileTransfer, StreamTransfer, Transfer, lf_to_crlf, read_chunks

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session


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
        size = os.fstat(file).st_size
        if offset > size:
            os.close(file)
            raise CommandError(554, f"Only {size} bytes are here.")
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

    def do_stou(self, name: str) -> None:
        """Receive a file under a name that no file has. The name begins with `name` (RFC 959 section 4.1.3).

        The reply 150 tells the name (RFC 1123 section 4.1.2.9).
        """
        self.session.consume_restart_offset()
        directory, slash, start = name.rpartition("/")
        unique = f"{directory}{slash}{start or 'upload'}.{secrets.token_hex(8)}"
        self.receive(unique, 0, f"FILE: {unique}")

    def receive(self, name: str, offset: int | None, opening: str = "Send it.") -> None:
        """Begin an upload of the file `name` at `offset`. None means at the end of what is there.

        `opening` is the text of the reply 150.
        """
        transfer = self.session.uploads.begin(self.session.resolve(name), offset, self.session.ascii_mode)
        transfer.opening = opening
        self.session.data.begin_transfer(transfer)

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

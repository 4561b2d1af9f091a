"""The data connection of one session: FTP sends files and listings over it, not over the control connection.

It begins as a listener (PASV, EPSV) or as an address to connect to (PORT, EPRT). This module opens no file.
"""

import contextlib
import socket
from time import monotonic

from readiness.servers.eventloop import READ, RESOURCE_ERRNOS, WRITE
from readiness.servers.ftp.addresses import parse_eprt_argument, parse_port_argument, strip_zone
from readiness.servers.ftp.control import CommandError, ControlConnection, command_error, strip_telnet
from readiness.servers.ftp.transfers import Transfer
from readiness.servers.timers import Timer

MIN_PORT, MAX_PORT = 1024, 65535  # ports for data; below 1024 are services (RFC 2577 section 3)
NO_DATA = "No data connection."


def verb_of(line: bytes) -> bytes:
    """Return the verb (the command's name) of a command line, in capitals."""
    return strip_telnet(line).upper().partition(b" ")[0].strip()


class DataConnection(ControlConnection):
    """The part of a session that transfers data: PASV, EPSV, PORT, EPRT, ABOR, and the methods of a transfer."""

    data_listener: socket.socket | None = None  # open until the client connects
    data_socket: socket.socket | None = None
    active_address: tuple[str, int] | None = None  # of PORT: the address to connect to when a transfer begins
    data_connect_timer: Timer | None = None  # ends the wait for a data connection
    transfer: Transfer | None = None  # it waits for its data connection, or uses it
    only_epsv = False  # after EPSV ALL

    # Decisions: which host is allowed, when to wait for which event, how a transfer ends.

    def listen(self) -> int:
        """Open a listener for one data connection, and return its port. First close an earlier data connection.

        The listener has the IP address to which the client has connected. The listener is closed when the client
        connects to it, or after `data_connect_timeout` seconds.
        """
        self.close_data_connection()
        family = socket.AF_INET6 if ":" in self.local_host else socket.AF_INET
        self.data_listener = socket.create_server((self.local_host, 0), family=family)
        self.data_listener.setblocking(False)
        self.server.set_events(self.data_listener, READ, self.accept_data)
        self.data_connect_timer = self.server.timers.call_later(
            self.server.data_connect_timeout, self.on_data_connect_failed
        )
        port: int = self.data_listener.getsockname()[1]
        return port

    def accept_data(self, mask: int) -> None:
        """Accept a data connection, and call `on_data_connected`. If it is not from the client's host, close it.

        If accept(2) finds no connection, do nothing. If there are no more descriptors, call `on_data_connect_failed`.
        """
        assert self.data_listener is not None  # this is its callback
        try:
            sock, address = self.data_listener.accept()
        except OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.on_data_connect_failed()
            return
        if self.is_allowed_host(address[0]):
            self.on_data_connected(sock)
        else:
            sock.close()

    def is_allowed_host(self, host: str) -> bool:
        """Return True if `host` is the client's own address. No other host may have the data connection."""
        return strip_zone(host) == strip_zone(self.peer_host)

    def set_active_address(self, host: str, port: int) -> None:
        """Keep the address (`host`, `port`) to which the server connects when the next transfer begins.

        Raises:
            CommandError: With code 501 if `host` is not the client's own address, or `port` is below 1024. A client
                could otherwise make the server send bytes to a third host (bounce attack, RFC 2577 section 3).
        """
        if not self.is_allowed_host(host) or not MIN_PORT <= port <= MAX_PORT:
            raise CommandError(501, "Data goes to your own address, and to no port below 1024.")
        self.close_data_connection()
        self.active_address = (host, port)

    def on_data_connected(self, sock: socket.socket) -> None:
        """Keep the connected socket `sock` for data, close the listener, and start the transfer if there is one."""
        self.close_data_listener()
        sock.setblocking(False)
        self.data_socket = sock
        if self.transfer:
            self.start_transfer()

    def start_transfer(self) -> None:
        """Cancel `data_connect_timer`, set `last_activity`, and watch the data socket for the transfer's event.

        The event is READ for an upload and WRITE for a download, never both.
        """
        assert self.data_socket is not None  # both are there in all callers
        assert self.transfer is not None
        self.server.timers.cancel(self.data_connect_timer)
        self.last_activity = monotonic()
        self.server.set_events(self.data_socket, self.transfer.event, self.on_data_ready)

    def on_data_ready(self, mask: int) -> None:
        """Send or receive one portion of the transfer. An error ends the transfer, but not the session."""
        assert self.data_socket is not None  # both are there in all callers
        assert self.transfer is not None
        self.last_activity = monotonic()
        try:
            if self.transfer.step(self.data_socket):
                self.on_transfer_done()
        except BlockingIOError:  # readiness is a hint
            return
        except OSError as error:
            self.end_transfer(*command_error(error).args)
        self.process_pending()

    def end_transfer(self, code: int, text: str, completed: bool = False) -> None:
        """Close the data connection and the file, then reply. The reply 226 must come after the data.

        Args:
            code: the code of the reply.
            text: the text of the reply.
            completed: True if all bytes were sent or received.
        """
        transfer, self.transfer = self.transfer, None
        assert transfer is not None  # as in all its callers
        self.close_data_connection()
        try:
            transfer.close(completed)
        except OSError as error:
            code, text = command_error(error).args
        self.command_in_progress = False
        self.reply(code, text)

    def on_data_connect_failed(self) -> None:
        """Stop waiting for a data connection. If a transfer needs the connection, end the transfer with reply 425."""
        if self.transfer:
            self.end_transfer(425, NO_DATA)
            self.process_pending()
        else:
            self.close_data_connection()

    # Actions: sockets, timers and replies.

    def require_data_address(self) -> None:
        """Check that there is a data connection, or an address for one.

        Raises:
            CommandError: With code 425 if the client has not sent PASV, EPSV, PORT or EPRT before.
        """
        if not (self.data_listener or self.data_socket or self.active_address):
            raise CommandError(425, "PASV, EPSV, PORT or EPRT comes first.")

    def begin_transfer(self, transfer: Transfer) -> None:
        """Reply 150, and start the transfer now or when its data connection has been made.

        Raises:
            CommandError: With code 425 if there is no address for a data connection.
        """
        try:
            self.require_data_address()
        except CommandError:
            transfer.close(False)
            raise
        self.transfer, self.command_in_progress = transfer, True
        self.reply(150, "Here it goes." if transfer.event == WRITE else "Send it.")
        if self.active_address:
            self.connect_active(self.active_address)
        elif self.data_socket:
            self.start_transfer()

    def connect_active(self, address: tuple[str, int]) -> None:
        """Begin to connect to the client's `address`. The socket becomes writable after success and after failure."""
        timeout = self.server.data_connect_timeout
        self.data_connect_timer = self.server.timers.call_later(timeout, self.on_data_connect_failed)
        try:
            sock = self.data_socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
            sock.setblocking(False)
            sock.connect(address)
        except BlockingIOError:  # EINPROGRESS, the usual case: connect(2)
            pass
        except OSError:  # no route to the client, or no descriptor
            self.end_transfer(425, NO_DATA)
            return
        self.server.set_events(sock, WRITE, self.on_connect_done)

    def on_connect_done(self, mask: int) -> None:
        """Start the transfer if connect(2) has succeeded. Otherwise end the transfer with reply 425."""
        assert self.data_socket is not None  # this is its callback
        if self.data_socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.on_data_connect_failed()
        else:
            self.start_transfer()

    def on_transfer_done(self) -> None:
        """End the transfer with reply 226, because its last portion was sent or received.

        The bytes of an upload also end if the client was killed or has sent ABOR. In these cases reply 426.
        """
        uploading = self.transfer is not None and self.transfer.event == READ
        if uploading:
            self.read()
        aborted = self.pending_commands and verb_of(self.pending_commands[0]) == b"ABOR"
        if uploading and (self.eof_received or aborted):
            self.end_transfer(426, "Transfer aborted.")
        else:
            self.end_transfer(226, "Done.", completed=True)

    def may_interrupt(self, line: bytes) -> bool:
        return self.transfer is not None and verb_of(line) in (b"ABOR", b"STAT")

    def close_data_listener(self) -> None:
        """Close the data listener, if there is one."""
        if self.data_listener:
            self.server.set_events(self.data_listener, 0)
            self.data_listener.close()
            self.data_listener = None

    def close_data_connection(self) -> None:
        """Close the data listener and the data socket, cancel their timer, and forget the address that PORT gave."""
        self.close_data_listener()
        if self.data_socket:
            self.server.set_events(self.data_socket, 0)
            with contextlib.suppress(OSError):
                self.data_socket.close()
        self.data_socket = self.active_address = None
        self.server.timers.cancel(self.data_connect_timer)

    def idle_limit(self) -> float:
        return self.server.transfer_timeout if self.transfer else self.server.idle_timeout

    def on_idle_timeout(self) -> None:
        if self.transfer:
            self.end_transfer(426, "No data has moved for too long.")
            self.last_activity = monotonic()
            self.process_pending()
        else:
            super().on_idle_timeout()

    def close(self) -> None:
        if self.transfer:
            self.end_transfer(426, "Transfer aborted.")
        self.close_data_connection()
        super().close()

    def do_pasv(self, argument: str) -> None:
        """Open a listener for data, and reply with its address `(h1,h2,h3,h4,p1,p2)` (RFC 959 section 4.1.2)."""
        self.refuse_after_epsv_all()
        if ":" in self.local_host:
            raise CommandError(425, "PASV has no words for IPv6: use EPSV.")
        port = self.listen()
        self.reply(227, f"Entering Passive Mode ({self.local_host.replace('.', ',')},{port // 256},{port % 256}).")

    def do_epsv(self, argument: str) -> None:
        """Open a listener for data, and reply with its port (RFC 2428 section 3).

        After EPSV ALL, PASV, PORT and EPRT are refused. So a NAT does not have to rewrite addresses in commands.
        """
        if argument.upper() == "ALL":
            self.only_epsv = True
            self.reply(200, "From now on EPSV only.")
            return
        if argument not in ("", "2" if ":" in self.local_host else "1"):
            raise CommandError(522, f"Network protocol not supported, use ({'2' if ':' in self.local_host else '1'})")
        self.reply(229, f"Entering Extended Passive Mode (|||{self.listen()}|)")

    def do_port(self, argument: str) -> None:
        """Keep the IPv4 address of the client's listener for the next transfer (RFC 959 section 4.1.2)."""
        self.refuse_after_epsv_all()
        self.set_active_address(*parse_port_argument(argument))
        self.reply(200, "I will dial there.")

    def do_eprt(self, argument: str) -> None:
        """Keep the IPv4 or IPv6 address of the client's listener for the next transfer (RFC 2428 section 2)."""
        self.refuse_after_epsv_all()
        self.set_active_address(*parse_eprt_argument(argument))
        self.reply(200, "I will dial there.")

    def refuse_after_epsv_all(self) -> None:
        """Check that the client has not sent EPSV ALL.

        Raises:
            CommandError: With code 501 if the client has sent EPSV ALL.
        """
        if self.only_epsv:
            raise CommandError(501, "You said EPSV ALL.")

    def do_abor(self, argument: str) -> None:
        """End the current transfer with reply 426, then reply 226 to ABOR (RFC 959 section 4.1.3)."""
        if self.transfer:
            self.end_transfer(426, "Transfer aborted.")
        self.close_data_connection()
        self.reply(226, "ABOR done.")

"""The data connection of one session: FTP sends files and listings over it, not over the control connection.

It begins as a listener (PASV, EPSV) or as an address to connect to (PORT, EPRT). The methods that wait for the
client's connection are methods of `Session`. This module opens no file.
"""

import contextlib
import socket
from time import monotonic
from typing import TYPE_CHECKING

from readiness.servers.eventloop import WRITE
from readiness.servers.ftp.addresses import address_family
from readiness.servers.ftp.control import State
from readiness.servers.ftp.protocol import CommandError, command_error, verb_of
from readiness.servers.ftp.transfers import ReceiveTransfer, Transfer
from readiness.servers.timers import Timer

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session

MIN_PORT, MAX_PORT = 1024, 65535  # ports for data; below 1024 are services (RFC 2577 section 3)
NO_DATA = "No data connection."
COMMIT_DELAY = 0.004  # seconds at least from the end of an upload's data to the last look at the control connection
MAX_COMMIT_DELAY = 0.1  # seconds at most
ENDING_TRANSFER_TIMEOUT = 10.0  # seconds without data after which a transfer ends, after QUIT and the end of input
TAKEOVER_DELAY = 10.0  # seconds without data after which the user may resume an upload in another session
ENDING_CONNECT_TIMEOUT = 0.5  # seconds that a transfer waits for its data connection after QUIT and the end of input


class DataConnection:
    """The data connection of one client, and the transfer that uses it.

    Args:
        session: the session that the connection belongs to.

    Attributes:
        listener: the listener of PASV or EPSV, until the client connects to it.
        socket: the connected socket.
        active_address: the host and the port of PORT or EPRT, to which the server connects.
        connect_timer: the timer that ends the wait for a data connection.
        commit_timer: the timer that ends an upload (see `on_transfer_done`).
        transfer: the transfer that waits for the data connection, or uses it.
        only_epsv: True after EPSV ALL.
    """

    def __init__(self, session: "Session") -> None:
        self.session, self.server = session, session.server
        self.listener: socket.socket | None = None
        self.socket: socket.socket | None = None
        self.active_address: tuple[str, int] | None = None
        self.connect_timer: Timer | None = None
        self.commit_timer: Timer | None = None
        self.transfer: Transfer | None = None
        self.only_epsv = False

    def set_active_address(self, host: str, port: int) -> None:
        """Keep the address (`host`, `port`) to which the server connects when the next transfer begins.

        Raises:
            CommandError: With code 501 if `host` is not the client's own address or `port` is no port number, 504 if
                `port` is below 1024. A client could otherwise make the server send bytes to a third host or to a
                service of this one (bounce attack, RFC 2577 section 3, which suggests 504).
        """
        if not self.session.is_allowed_host(host) or port > MAX_PORT:
            raise CommandError(501, "Data goes to your own address.")
        if port < MIN_PORT:
            raise CommandError(504, "Data goes to no port below 1024.")
        self.close()
        self.active_address = (host, port)

    def require_address(self) -> None:
        """Check that there is a data connection, or an address for one.

        Raises:
            CommandError: With code 425 if the client has not sent PASV, EPSV, PORT or EPRT before.
        """
        if not (self.listener or self.socket or self.active_address):
            raise CommandError(425, "PASV, EPSV, PORT or EPRT comes first.")

    def begin_transfer(self, transfer: Transfer) -> None:
        """Reply 150, and start the transfer now or when its data connection has been made.

        Raises:
            CommandError: With code 425 if there is no address for a data connection.
        """
        try:
            self.require_address()
        except CommandError:
            transfer.close(False)
            raise
        self.transfer = transfer
        self.session.reply(150, transfer.opening)
        if self.active_address:
            self.connect(self.active_address)
        elif self.socket:
            self.start_transfer()

    def connect(self, address: tuple[str, int]) -> None:
        """Begin to connect to the client's `address`. The socket becomes writable after success and after failure.

        The connection comes from the address to which the client's control connection goes.
        """
        self.wait_for_connection(self.server.data_connect_timeout)
        try:
            sock = self.socket = socket.socket(address_family(address[0]))
            sock.setblocking(False)
            sock.bind((self.session.control.local_host, 0))
            sock.connect(address)
        except BlockingIOError:  # EINPROGRESS, the usual case: connect(2)
            pass
        except OSError:  # no route to the client, or no descriptor
            self.end_transfer(425, NO_DATA)
            return
        self.server.set_events(sock, WRITE, self.on_connect_done)

    def wait_for_connection(self, seconds: float) -> None:
        """Set the timer that ends the wait for a data connection, instead of an earlier timer."""
        self.server.timers.cancel(self.connect_timer)
        self.connect_timer = self.server.timers.call_later(seconds, self.session.on_data_connect_failed)

    def on_connect_done(self, mask: int) -> None:
        """Start the transfer if connect(2) has succeeded. Otherwise end the transfer with reply 425."""
        assert self.socket is not None  # this is its callback
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.session.on_data_connect_failed()
        else:
            self.start_transfer()
            self.session.process_pending()  # the transfer may have failed at once

    def on_connected(self, sock: socket.socket) -> None:
        """Keep the connected socket `sock` for data, close the listener, and start the transfer if there is one."""
        self.close_listener()
        self.server.timers.cancel(self.connect_timer)
        sock.setblocking(False)
        self.socket = sock
        if self.transfer:
            self.start_transfer()
            self.session.process_pending()  # the transfer may have failed at once

    def start_transfer(self) -> None:
        """Start the transfer, because its data connection is open."""
        assert self.transfer is not None  # as in all callers
        try:
            self.transfer.start()
        except OSError as error:
            self.end_transfer(*command_error(error).args)
        else:
            self.session.start_transfer()

    def step(self) -> None:
        """Send or receive one portion of the transfer. An error ends the transfer, but not the session."""
        assert self.socket is not None  # both are there in all callers
        assert self.transfer is not None
        try:
            if self.transfer.step(self.socket):
                self.on_transfer_done()
        except BlockingIOError:  # readiness is a hint
            pass
        except CommandError as error:
            self.end_transfer(error.code, error.text)
        except OSError as error:
            self.end_transfer(*command_error(error).args)

    def on_transfer_done(self) -> None:
        """End the transfer with reply 226, because its last portion was sent or received.

        The bytes of an upload also end if the client was killed. Then the end of its control connection arrives a
        moment earlier or later. So an upload waits for a moment, and is aborted if the client has gone by then. An end
        that follows the data at once needs COMMIT_DELAY seconds. An end after a pause is more likely a kill.
        """
        assert self.transfer is not None  # as in all callers
        if not isinstance(self.transfer, ReceiveTransfer):
            self.end_transfer(226, "Done.", completed=True)
            return
        assert self.socket is not None
        self.server.set_events(self.socket, 0)  # the socket stays readable after the end of its input
        pause = monotonic() - self.transfer.last_data
        delay = min(max(COMMIT_DELAY, 10 * pause), MAX_COMMIT_DELAY)
        self.commit_timer = self.server.timers.call_later(delay, self.finish_upload)

    def finish_upload(self) -> None:
        """Look at the control connection once more. Then end the upload with reply 226, or abort it."""
        self.session.control.read()
        self.check_interrupt()
        if self.transfer:
            self.end_transfer(226, "Done.", completed=True)
        self.session.process_pending()

    def check_interrupt(self, input_ended: bool = False) -> None:
        """Abort the transfer if the client has sent ABOR, or has closed its control connection without QUIT.

        RFC 959 section 4.1.1: after QUIT the transfer goes on, and an unexpected close has the effect of ABOR. But no
        client may be left, so the wait for a data connection is limited to ENDING_CONNECT_TIMEOUT seconds.

        Args:
            input_ended: True if the client has closed its side, and the server has not read all commands before that.
        """
        if not self.transfer:
            return
        self.session.control.note_progress()
        verbs = [verb_of(line) for line in self.session.control.pending_commands]
        input_ended = input_ended or self.session.control.state is State.ENDING
        if b"ABOR" in verbs or (input_ended and b"QUIT" not in verbs):
            self.end_transfer(426, "Transfer aborted.")
        elif input_ended and self.connect_timer and self.connect_timer.pending:
            self.wait_for_connection(min(ENDING_CONNECT_TIMEOUT, self.connect_timer.deadline - monotonic()))
        elif input_ended and monotonic() - self.session.control.last_activity > ENDING_TRANSFER_TIMEOUT:
            self.end_transfer(426, "No data has moved for too long.")

    def abort_silent_upload(self) -> None:
        """Abort the upload if no byte has arrived for TAKEOVER_DELAY seconds: its client may have gone."""
        transfer = self.transfer
        if isinstance(transfer, ReceiveTransfer) and monotonic() - transfer.last_data > TAKEOVER_DELAY:
            self.end_transfer(426, "The upload goes on in another session.")
            self.server.timers.call_later(0, self.session.process_pending)

    def may_interrupt(self, line: bytes) -> bool:
        """Return True if the command in `line` may be dispatched while another command is in progress."""
        return self.transfer is not None and verb_of(line) in (b"ABOR", b"STAT")

    def end_transfer(self, code: int, text: str, completed: bool = False) -> None:
        """Close the data connection and the file, then reply. The reply 226 must come after the data.

        Args:
            code: the code of the reply.
            text: the text of the reply.
            completed: True if all bytes were sent or received.
        """
        transfer, self.transfer = self.transfer, None
        assert transfer is not None  # as in all its callers
        if completed and self.socket:
            discard_input(self.socket)
        self.close()
        try:
            transfer.close(completed)
        except OSError as error:
            code, text = command_error(error).args
        self.session.reply(code, text)

    def abort(self) -> None:
        """End the transfer with reply 426, if there is one. Close the data connection."""
        if self.transfer:
            self.end_transfer(426, "Transfer aborted.")
        self.close()

    def close_listener(self) -> None:
        """Close the listener, if there is one."""
        if self.listener:
            self.server.set_events(self.listener, 0)
            self.listener.close()
            self.listener = None

    def close(self) -> None:
        """Close the listener and the socket, cancel the timers, and forget the address that PORT gave."""
        self.close_listener()
        if self.socket:
            self.server.set_events(self.socket, 0)
            with contextlib.suppress(OSError):
                self.socket.close()
        self.socket = self.active_address = None
        self.server.timers.cancel(self.connect_timer)
        self.server.timers.cancel(self.commit_timer)


def discard_input(sock: socket.socket) -> None:
    """Read the bytes that have arrived, and ignore them. A close with unread bytes would reset the connection."""
    with contextlib.suppress(OSError):
        for _portion in range(16):  # a client that sends without end must not hold up the loop
            sock.recv(1 << 16)

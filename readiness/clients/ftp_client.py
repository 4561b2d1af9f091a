"""An FTP client that is driven one step at a time: send a command, open the data connection, read some data.

It keeps a transcript of the session. It does two things without being asked: it reads replies,
and it remembers the port from the reply to PASV or EPSV.
"""

import contextlib
import re
import socket
from collections import deque

from readiness.base.bounds import bounded_wait
from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address, InteractiveClient

TRANSCRIPT_LINES = 14  # lines of the transcript that are kept
PREVIEW_LINES = 4  # lines of received data that the transcript shows
RECV_BUFFER = 1 << 16  # bytes of the data connection's receive buffer: a large file doesn't fit
FINAL_REPLY = re.compile(rb"[2-5]\d\d ")  # not 1yz, and no line but the last of a long reply (RFC 959, section 4.2)
PASSIVE_REPLY = re.compile(rb"227 .*\(\d+,\d+,\d+,\d+,(\d+),(\d+)\)|229 .*\(\|\|\|(\d+)\|\)")  # RFC 959, RFC 2428


class ManualFtpClient:
    """One FTP session that is driven one step at a time.

    Args:
        timeout: how long a method waits for the next bytes from the server, in seconds.

    Attributes:
        transcript: the last lines, as pairs (mark, text). The mark ">" is a command, "<" a reply, "=" received data.
        data_state: the state of the data connection: "none", "passive", "open" or "ended". In the state "passive", the
            server listens at `passive_port` for the data connection.
        passive_port: the port from the last reply to PASV or EPSV.
        bytes_received: the bytes that came over the current data connection, or over the last one.
        unanswered: the commands that were sent, and whose final reply has not come yet.
    """

    def __init__(self, timeout: float = 0.2) -> None:
        self.timeout = timeout
        self.transcript: deque[tuple[str, str]] = deque(maxlen=TRANSCRIPT_LINES)
        self.data_state, self.passive_port, self.bytes_received = "none", 0, 0
        self.unanswered: deque[str] = deque()
        self._control = InteractiveClient(timeout)
        self._data_socket: socket.socket | None = None
        self._partial_line = b""

    @property
    def connected(self) -> bool:
        """True while there is a control connection."""
        return self._control.connected

    @property
    def state(self) -> str:
        """The state of the control connection as text, such as connected, or closed by the server."""
        return self._control.state

    @property
    def local_port(self) -> int:
        """The local port of the control connection; 0 if there is none."""
        return self._control.port

    def connect(self, address: Address) -> None:
        """Close the session that is open, connect to the server at `address`, and read its greeting.

        Raises:
            UserError: No server answers at that address.
        """
        self.close()
        self.transcript.clear()
        self.unanswered.clear()
        self.host, self._partial_line = address[0], b""
        self._control.connect(address)
        if not self.connected:
            text = _("No server answers ({state}): if none runs, run the cell that starts it, then this one again.")
            raise UserError(text.format(state=self._control.state))
        self._on_reply(self._control.receive())

    def send_command(self, line: str) -> None:
        """Send the command `line`, such as "PASV", and read the replies that arrive within `timeout` seconds.

        Raises:
            UserError: There is no control connection.
        """
        if not self.connected:
            raise UserError(_("There is no control connection: press Connect first."))
        self.transcript.append((">", line))
        self.unanswered.append(line)
        self._control.send(line.encode() + b"\r\n")
        self._on_reply(self._control.receive())

    def connect_data(self) -> None:
        """Open the data connection to `passive_port`, the port at which the server listens.

        Raises:
            UserError: The server does not listen for a data connection: there was no reply to PASV or EPSV.
            OSError: The connection failed.
        """
        if self.data_state != "passive":
            raise UserError(_("The server listens for no data connection: send PASV or EPSV first."))
        self._data_socket = socket.socket()
        self._data_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECV_BUFFER)
        self._data_socket.settimeout(bounded_wait(self.timeout))
        try:
            self._data_socket.connect((self.host, self.passive_port))
        except OSError:
            self.close_data("none")
            raise
        self.data_state, self.bytes_received = "open", 0
        self.refresh()

    def read(self, max_bytes: int = 16 << 20) -> None:
        """Read from the data connection until nothing comes for `timeout` seconds. At end of file, close it.

        Args:
            max_bytes: stop after this number of bytes.

        Raises:
            UserError: There is no data connection.
            OSError: The data connection failed.
        """
        if self._data_socket is None:
            raise UserError(_("There is no data connection: send PASV, then press Connect data."))
        before, head = self.bytes_received, b""
        try:
            while self.bytes_received < before + max_bytes:
                chunk = self._data_socket.recv(min(RECV_BUFFER, before + max_bytes - self.bytes_received))
                if not chunk:
                    self.close_data("ended")
                    break
                head = head or chunk
                self.bytes_received += len(chunk)
        except TimeoutError:  # no more for now
            pass
        except OSError:
            self.close_data("ended")
            raise
        finally:
            self._preview(head, self.bytes_received - before)
        self._on_reply(self._control.receive())

    def _preview(self, head: bytes, count: int) -> None:
        """Add the first lines of a text to the transcript. For other data, add only the number of bytes."""
        lines = head.decode(errors="replace").splitlines()
        if lines and count == len(head) and all(line.isprintable() for line in lines):
            self.transcript.extend(("=", line) for line in lines[:PREVIEW_LINES])
        else:
            self.transcript.append(("=", _("{n:,} bytes").format(n=count)))

    def refresh(self) -> None:
        """Read the replies that have arrived, without waiting."""
        self._on_reply(self._control.poll())

    def _on_reply(self, data: bytes) -> None:
        *lines, self._partial_line = (self._partial_line + data).split(b"\r\n")
        for line in lines:
            self.transcript.append(("<", line.decode(errors="replace")))
            if self.unanswered and FINAL_REPLY.match(line):
                self.unanswered.popleft()
            if match := PASSIVE_REPLY.match(line):
                self.close_data("passive")
                high, low, port = match.groups()
                self.passive_port = int(port) if port else int(high) * 256 + int(low)

    def close_data(self, state: str = "none") -> None:
        """Close the client's end of the data connection, if it is open, and set `data_state` to `state`."""
        if self._data_socket is not None:
            with contextlib.suppress(OSError):
                self._data_socket.close()
            self._data_socket = None
        self.data_state = state

    def close(self) -> None:
        """Close the data connection and the control connection."""
        self.close_data()
        self._control.close()

"""An FTP client that does one thing at a time: say a line, dial, read some; what came of it is kept as text.

It takes no step by itself, save that it notices replies and remembers the port that the server listens at.
"""

import contextlib
import re
import socket
from collections import deque

from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address, InteractiveClient

KEPT = 14  # lines of the conversation
SHOWN = 4  # lines of what was read
WINDOW = 1 << 16  # bytes of the data connection's receive buffer: a large file doesn't fit
PORT = re.compile(rb"227 .*\(\d+,\d+,\d+,\d+,(\d+),(\d+)\)|229 .*\(\|\|\|(\d+)\|\)")  # RFC 959, RFC 2428


class FtpHand:
    """One session. Each method returns at once, or after `patience` seconds.

    `said`: the last lines, as (">", text) for ours, ("<", text) for the server's, ("=", text) for data.
    `data` is "none"; "passive": the server listens at `port`; "open"; or "ended". `got`: bytes read from the data
    connection that is open, or was last.
    """

    def __init__(self, patience: float = 0.2) -> None:
        self.patience = patience
        self.said: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self.data, self.port, self.got = "none", 0, 0
        self._control = InteractiveClient(patience)
        self._sock: socket.socket | None = None
        self._inbox = b""

    @property
    def connected(self) -> bool:
        return self._control.connected

    @property
    def here(self) -> int:
        """The port that the control connection comes from; 0 without one."""
        return self._control.port

    def connect(self, address: Address) -> None:
        """Begin anew: the server greets."""
        self.close()
        self.said.clear()
        self.host, self._inbox = address[0], b""
        self._control.connect(address)
        if not self.connected:
            raise UserError(_("No server answers: run the cell that starts it, then this one again."))
        self._hear(self._control.receive())

    def say(self, line: str) -> None:
        """Send one command."""
        if not self.connected:
            raise UserError(_("There is no control connection: press Connect first."))
        self.said.append((">", line))
        self._control.send(line.encode() + b"\r\n")
        self._hear(self._control.receive())

    def dial(self) -> None:
        """Open the data connection to where the server listens."""
        if self.data != "passive":
            raise UserError(_("The server listens for no data connection: send PASV or EPSV first."))
        self._sock = socket.socket()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        self._sock.settimeout(self.patience)
        try:
            self._sock.connect((self.host, self.port))
        except OSError:
            self.hang_up("none")
            raise
        self.data, self.got = "open", 0
        self.refresh()

    def read(self, most: int = 16 << 20) -> None:
        """Take of the data what has arrived and what follows it at once, up to `most` bytes; close it at its end."""
        if self._sock is None:
            raise UserError(_("There is no data connection: send PASV, then press Dial."))
        before, head = self.got, b""
        try:
            while self.got < before + most:
                piece = self._sock.recv(min(WINDOW, before + most - self.got))
                if not piece:
                    self.hang_up("ended")
                    break
                head = head or piece
                self.got += len(piece)
        except TimeoutError:  # no more for now
            pass
        except OSError:
            self.hang_up("ended")
            raise
        finally:
            self._show(head, self.got - before)
        self._hear(self._control.receive())

    def _show(self, head: bytes, count: int) -> None:
        """The first lines of a text; of anything else only how much it was."""
        lines = head.decode(errors="replace").splitlines()
        if lines and count == len(head) and all(line.isprintable() for line in lines):
            self.said.extend(("=", line) for line in lines[:SHOWN])
        else:
            self.said.append(("=", _("{n:,} bytes").format(n=count)))

    def refresh(self) -> None:
        """Take note of replies that have come since."""
        self._hear(self._control.poll())

    def _hear(self, data: bytes) -> None:
        *lines, self._inbox = (self._inbox + data).split(b"\r\n")
        for line in lines:
            self.said.append(("<", line.decode(errors="replace")))
            if found := PORT.match(line):
                self.hang_up("passive")
                high, low, port = found.groups()
                self.port = int(port) if port else int(high) * 256 + int(low)

    def hang_up(self, state: str = "none") -> None:
        """Close our end of the data connection."""
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.close()
            self._sock = None
        self.data = state

    def close(self) -> None:
        self.hang_up()
        self._control.close()

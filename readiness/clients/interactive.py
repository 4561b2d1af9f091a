"""A client that a person drives by hand: one TCP connection that never blocks its caller.

It knows an address and bytes. It does not know the service: any TCP server will do.
"""

import errno
import selectors
import socket
import struct
import sys
import time

from readiness.base.messages import UserError, _

Address = tuple[str, int]


class Client:
    """One TCP connection that never blocks its caller: every method returns at once, or after `patience` seconds.

    `state` says in words how it stands: not connected, connecting, connected, half-closed, closed by the server.
    """

    def __init__(self, patience: float = 0.05) -> None:
        self.patience = patience
        self.state = _("not connected")
        self._sock: socket.socket | None = None
        self._unsent = bytearray()

    @property
    def connected(self) -> bool:
        return self._sock is not None

    @property
    def port(self) -> int:
        """The port at this end; 0 without a connection."""
        return self._sock.getsockname()[1] if self._sock else 0

    def connect(self, address: Address) -> None:
        self.close()
        self._sock = socket.socket()
        self._sock.setblocking(False)
        self._sock.connect_ex(address)
        self.state = _("connecting")
        self._arrived(time.monotonic() + self.patience)

    def send(self, data: bytes) -> None:
        """Send `data`; what does not fit now goes out with the next calls."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        self._unsent += data
        self._flush()

    def receive(self) -> bytes:
        """What has arrived, within `patience` seconds; empty when nothing has."""
        return self.poll(self.patience)

    def half_close(self) -> None:
        """Say that we send no more, and go on receiving (shutdown(2), SHUT_WR)."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        self._sock.shutdown(socket.SHUT_WR)
        self.state = _("half-closed")

    def reset(self) -> None:
        """Leave with a reset (RST) in the place of a goodbye: linger on, for zero seconds (socket(7), SO_LINGER)."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        kind = "hh" if sys.platform == "win32" else "ii"
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(kind, 1, 0))
        self.close(_("reset by us"))

    def close(self, state: str | None = None) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._unsent.clear()
        self.state = state or _("not connected")

    def poll(self, seconds: float = 0.0) -> bytes:
        """Take note of what has happened to the connection since the last call; return what has arrived."""
        end = time.monotonic() + seconds
        while self._sock is not None:
            if self.state == _("connecting") and not self._arrived(end):
                return b""
            self._flush()
            data = self._take()
            if data or self._sock is None or time.monotonic() >= end:
                return data
            if not self._wait(selectors.EVENT_READ, end):
                return b""
        return b""

    def _arrived(self, end: float) -> bool:
        """Whether connect(2) has come to its end: the socket is writable then, and SO_ERROR says how it ended."""
        if not self._wait(selectors.EVENT_WRITE, end):
            return False
        error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.close(_("refused") if error in (errno.ECONNREFUSED, 10061) else errno.errorcode.get(error, str(error)))
            return False
        self.state = _("connected")
        return True

    def _wait(self, events: int, end: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            return bool(selector.select(max(0.0, end - time.monotonic())))

    def _flush(self) -> None:
        try:
            while self._sock is not None and self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))

    def _take(self) -> bytes:
        got = bytearray()
        try:
            while self._sock is not None:
                data = self._sock.recv(65536)
                if not data:
                    self.close(_("closed by the server"))
                got += data
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))
        return bytes(got)

"""A client that a person drives by hand: one TCP connection that never blocks its caller.

It knows an address and bytes. It does not know the service: any TCP server will do.
"""

import errno
import selectors
import socket
import time

from readiness.base.messages import UserError, _
from readiness.system.sockets import reset_on_close

Address = tuple[str, int]


class InteractiveClient:
    """One TCP connection that never blocks its caller: every method returns at once, or after `timeout` seconds.

    `state` describes the connection: not connected, connecting, connected, half-closed, closed by the server.
    """

    def __init__(self, timeout: float = 0.05) -> None:
        self.timeout = timeout
        self.state = _("not connected")
        self._sock: socket.socket | None = None
        self._send_buffer = bytearray()

    @property
    def connected(self) -> bool:
        return self._sock is not None

    @property
    def port(self) -> int:
        """The local port; 0 without a connection."""
        return self._sock.getsockname()[1] if self._sock else 0

    def connect(self, address: Address) -> None:
        self.close()
        self._sock = socket.socket()
        self._sock.setblocking(False)
        self._sock.connect_ex(address)
        self.state = _("connecting")
        self._finish_connect(time.monotonic() + self.timeout)

    def send(self, data: bytes) -> None:
        """Send `data`; what does not fit now goes out with the next calls."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        self._send_buffer += data
        self._flush()

    def receive(self) -> bytes:
        """Return what arrives within `timeout` seconds; empty if nothing does."""
        return self.poll(self.timeout)

    def half_close(self) -> None:
        """Send no more, and go on receiving (shutdown(2), SHUT_WR)."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        self._sock.shutdown(socket.SHUT_WR)
        self.state = _("half-closed")

    def reset(self) -> None:
        """Close with RST instead of FIN (socket(7), SO_LINGER with a timeout of 0)."""
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        reset_on_close(self._sock)
        self.close(_("reset by us"))

    def close(self, state: str | None = None) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._send_buffer.clear()
        self.state = state or _("not connected")

    def poll(self, timeout: float = 0.0) -> bytes:
        """Update `state`, send what is buffered, and return what has arrived since the last call."""
        deadline = time.monotonic() + timeout
        while self._sock is not None:
            if self.state == _("connecting") and not self._finish_connect(deadline):
                return b""
            self._flush()
            data = self._recv_available()
            if data or self._sock is None or time.monotonic() >= deadline:
                return data
            if not self._wait(selectors.EVENT_READ, deadline):
                return b""
        return b""

    def _finish_connect(self, deadline: float) -> bool:
        """Return whether connect(2) has succeeded: the socket becomes writable, and SO_ERROR holds the result."""
        if not self._wait(selectors.EVENT_WRITE, deadline):
            return False
        error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.close(_("refused") if error in (errno.ECONNREFUSED, 10061) else errno.errorcode.get(error, str(error)))
            return False
        self.state = _("connected")
        return True

    def _wait(self, events: int, deadline: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            return bool(selector.select(max(0.0, deadline - time.monotonic())))

    def _flush(self) -> None:
        try:
            while self._sock is not None and self._send_buffer:
                del self._send_buffer[: self._sock.send(self._send_buffer)]
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))

    def _recv_available(self) -> bytes:
        received = bytearray()
        try:
            while self._sock is not None:
                data = self._sock.recv(65536)
                if not data:
                    self.close(_("closed by the server"))
                received += data
        except BlockingIOError:
            pass
        except OSError:
            self.close(_("reset by the server"))
        return bytes(received)

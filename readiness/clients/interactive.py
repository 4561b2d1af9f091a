"""A client that a person drives by hand: one TCP connection whose methods never block for long.

It sends and receives bytes, and works with any TCP server.
"""

import errno
import selectors
import socket
import time

from readiness.base.bounds import bounded_wait
from readiness.base.messages import UserError, _
from readiness.system.sockets import reset_on_close

Address = tuple[str, int]
CONNECT_STARTED = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, 10035)
"""What connect(2) of a non-blocking socket returns if it has not failed. Windows returns WSAEWOULDBLOCK, 10035."""


class InteractiveClient:
    """One TCP connection that is driven by hand.

    Args:
        timeout: the longest time that a method may wait, in seconds. More than a day counts as a day.

    Attributes:
        state: the state of the connection as text, such as connected, half-closed, or closed by the server.
    """

    def __init__(self, timeout: float = 0.05) -> None:
        self.timeout = timeout
        self.state = _("not connected")
        self._sock: socket.socket | None = None
        self._send_buffer = bytearray()

    @property
    def connected(self) -> bool:
        """True if there is a connection. It may be half-closed, or connect(2) may not be finished yet."""
        return self._sock is not None

    @property
    def port(self) -> int:
        """The local port; 0 if there is no connection."""
        return self._sock.getsockname()[1] if self._sock else 0

    def connect(self, address: Address) -> None:
        """Close the current connection, start a new one to `address`, and wait up to `timeout` seconds for the result.

        The result is in `state`.
        """
        self.close()
        self._sock = sock = socket.socket()
        sock.setblocking(False)
        error = sock.connect_ex(address)
        if error not in CONNECT_STARTED:  # for example, no local port is free; SO_ERROR does not say it
            self._on_connect_error(error)
            return
        self.state = _("connecting")
        self._finish_connect(sock, time.monotonic() + bounded_wait(self.timeout))

    def send(self, data: bytes) -> None:
        """Send `data`. Later calls of `send`, `receive` or `poll` send the bytes for which the kernel has no room now.

        Raises:
            UserError: This client is not connected.
        """
        self._connection()
        self._send_buffer += data
        self._flush()

    def receive(self) -> bytes:
        """Return the bytes that arrive within `timeout` seconds; b"" if none arrive."""
        return self.poll(self.timeout)

    def half_close(self) -> None:
        """Shut down the sending side of the connection (shutdown(2), SHUT_WR). The client can still receive.

        Raises:
            UserError: This client is not connected.
        """
        self._connection().shutdown(socket.SHUT_WR)
        self.state = _("half-closed")

    def reset(self) -> None:
        """Close with RST instead of FIN (socket(7), SO_LINGER with a timeout of 0).

        Raises:
            UserError: This client is not connected.
        """
        reset_on_close(self._connection())
        self.close(_("reset by us"))

    def _connection(self) -> socket.socket:
        if self._sock is None:
            raise UserError(_("This client is not connected: connect first."))
        return self._sock

    def close(self, state: str | None = None) -> None:
        """Close the connection, if there is one. Bytes that are still unsent are lost.

        Args:
            state: the new text of `state`; None means “not connected”.
        """
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._send_buffer.clear()
        self.state = state or _("not connected")

    def poll(self, timeout: float = 0.0) -> bytes:
        """Update `state`, send the unsent bytes, and return the bytes that have arrived since the last call.

        Args:
            timeout: how long to wait if no bytes have arrived yet, in seconds.
        """
        deadline = time.monotonic() + bounded_wait(timeout)
        while (sock := self._sock) is not None:
            if self.state == _("connecting") and not self._finish_connect(sock, deadline):
                return b""
            self._flush()
            data = self._recv_available()
            if data or self._sock is None or time.monotonic() >= deadline:
                return data
            if not _wait(sock, selectors.EVENT_READ, deadline):
                return b""
        return b""

    def _finish_connect(self, sock: socket.socket, deadline: float) -> bool:
        """Wait until `deadline` for the result of connect(2), and return True if the connection is there.

        The socket becomes writable when the result is there, and SO_ERROR holds the result.
        """
        if not _wait(sock, selectors.EVENT_WRITE, deadline):
            return False
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._on_connect_error(error)
            return False
        self.state = _("connected")
        return True

    def _on_connect_error(self, error: int) -> None:
        texts = {
            errno.ECONNREFUSED: _("refused"),
            10061: _("refused"),  # WSAECONNREFUSED
            errno.EADDRNOTAVAIL: _("not connected: this machine has no free local port"),
        }
        self.close(texts.get(error) or errno.errorcode.get(error, str(error)))

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


def _wait(sock: socket.socket, events: int, deadline: float) -> bool:
    """Wait until `sock` is ready for `events`; return False at `deadline`, in seconds of time.monotonic()."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, events)
        return bool(selector.select(max(0.0, deadline - time.monotonic())))

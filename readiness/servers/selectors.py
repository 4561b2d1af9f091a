"""An echo server on `selectors`: answers what it receives, in capitals and with ``_SB`` behind.

One thread, one wait. Its way of waiting is a parameter, any `selectors.BaseSelector`. It does not frame: an answer
belongs to what one `recv` gave, not to a line.
"""

import contextlib
import selectors
import socket

from readiness.background import Stop

CHUNK = 65536  # bytes asked of one recv
HIGH = 1 << 20  # bytes owed to a client above which no more is read from it: back-pressure


class EchoServer:
    """Listens on 127.0.0.1, at a port that the kernel chooses; `address` is where."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self.selector = selector or selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.owed: dict[socket.socket, bytearray] = {}  # by client: what it has not taken yet
        self.leaving: set[socket.socket] = set()  # clients that will send no more, and are still owed something
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def serve(self, stop: Stop) -> None:
        self.selector.register(stop, selectors.EVENT_READ)
        while not stop.is_set():
            for key, mask in self.selector.select():
                if key.data is not None:
                    key.data(key.fileobj, mask)

    def accept(self, listener: socket.socket, mask: int) -> None:
        try:
            conn, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # it left before we came: readiness is a hint
            return
        conn.setblocking(False)  # accept(2): not inherited from the listener
        self.owed[conn] = bytearray()
        self.selector.register(conn, selectors.EVENT_READ, self.talk)

    def talk(self, conn: socket.socket, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                data = conn.recv(CHUNK)
                if data:
                    self.owed[conn] += data.upper() + b"_SB"
                else:
                    self.leaving.add(conn)
            self.flush(conn)
        except BlockingIOError:
            return
        except OSError:  # a reset, a broken pipe: this client ends, no other notices
            self.drop(conn)

    def flush(self, conn: socket.socket) -> None:
        """Send at once; ask for EVENT_WRITE only while something is owed, for EVENT_READ only while it is not much."""
        owed = self.owed[conn]
        with contextlib.suppress(BlockingIOError):
            while owed:
                del owed[: conn.send(owed)]
        if conn in self.leaving and not owed:
            self.drop(conn)
            return
        reading = len(owed) < HIGH and conn not in self.leaving
        events = (selectors.EVENT_WRITE if owed else 0) | (selectors.EVENT_READ if reading else 0)
        if events != self.selector.get_key(conn).events:
            self.selector.modify(conn, events, self.talk)

    def drop(self, conn: socket.socket) -> None:
        del self.owed[conn]
        self.leaving.discard(conn)
        self.selector.unregister(conn)
        conn.close()

    def close(self) -> None:
        for conn in list(self.owed):
            self.drop(conn)
        self.listener.close()
        self.selector.close()

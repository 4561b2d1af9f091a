"""Two clients, A and B, for a server that serves two connections and then ends.

The server runs in a thread of this process, and the clients run in the calling thread. The module has no server.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from readiness.base.messages import UserError, _

REPLY_TIMEOUT = 0.5  # seconds that a client waits for data
END_TIMEOUT = 10.0  # seconds that the server may take to end after both clients have closed

Serve = Callable[[socket.socket], object]
"""A server: it takes a listening socket, and returns after two clients have connected and closed."""


@contextmanager
def two_clients(serve: Serve) -> Iterator[tuple[threading.Thread, socket.socket, socket.socket]]:
    """Context manager: start a server in a thread, and connect client A and then client B to it.

    Both clients are closed when the `with` block ends. Then the server must end, too.

    Args:
        serve: the server. It gets a socket that listens on a free port of 127.0.0.1.

    Yields:
        The server's thread, the socket of A, and the socket of B. A `recv` on either socket raises TimeoutError after
        `REPLY_TIMEOUT` seconds.

    Raises:
        UserError: The server has not ended `END_TIMEOUT` seconds after both clients have closed.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=[listener], daemon=True)
        server.start()
        address = listener.getsockname()
        with socket.create_connection(address, timeout=REPLY_TIMEOUT) as a:
            with socket.create_connection(address, timeout=REPLY_TIMEOUT) as b:
                yield server, a, b
        server.join(END_TIMEOUT)
        if server.is_alive():
            raise UserError(_("Both clients have closed, and the server still runs: it must return after two clients."))


def receive(client: socket.socket) -> str:
    """Return the text that a client receives with one `recv`, or “nothing” if none comes in `REPLY_TIMEOUT` seconds."""
    try:
        return client.recv(1024).decode()
    except TimeoutError:
        return _("nothing")


def reply_to_b(serve: Serve) -> str:
    """Return what B receives after it has sent “hello from B” to the server, while A is silent (see `receive`)."""
    with two_clients(serve) as (_server, _a, b):
        b.sendall(b"hello from B")
        return receive(b)


def cpu_in_silence(serve: Serve) -> float:
    """Let A and B be silent for one second. Return the CPU seconds that this process used in it, all threads together.

    Args:
        serve: the server that A and B are connected to (see `two_clients`).
    """
    with two_clients(serve) as (_server, _a, _b):
        before = time.process_time()
        time.sleep(1)
        return time.process_time() - before

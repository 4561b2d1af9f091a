"""Close a socket with a reset instead of an orderly end."""

import os
import socket
import struct

_LINGER_ZERO = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # struct linger: on, for 0 seconds


def reset_on_close(sock: socket.socket) -> None:
    """Prepare a socket so that its close sends RST instead of FIN (socket(7), SO_LINGER with a timeout of 0).

    The close then discards unsent bytes, and leaves no connection in the state TIME_WAIT.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)


def abort(sock: socket.socket) -> None:
    """Close a socket at once, with RST instead of FIN."""
    reset_on_close(sock)
    sock.close()

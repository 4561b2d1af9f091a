"""Close a TCP socket with a reset (RST) instead of a normal end (FIN)."""

import os
import socket
import struct

_LINGER_ZERO = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # struct linger: on, for 0 seconds


def reset_on_close(sock: socket.socket) -> None:
    """Set a socket option, so that closing `sock` later sends RST instead of FIN (socket(7), SO_LINGER with timeout 0).

    Unsent bytes are then lost, and no connection stays in the state TIME_WAIT.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)


def abort(sock: socket.socket) -> None:
    """Close `sock` immediately, with RST instead of FIN. Unsent bytes are lost."""
    reset_on_close(sock)
    sock.close()

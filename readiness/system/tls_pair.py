"""Two connected TLS sockets without a certificate, for experiments.

The cipher without authentication encrypts, and proves to no side who the other side is. No server may use it.
"""

import contextlib
import socket
import ssl
import threading

from readiness.base.messages import UserError, _

CIPHERS = "aNULL:@SECLEVEL=0"  # the ciphers that need no certificate; OpenSSL admits them at level 0 only
HANDSHAKE_TIMEOUT = 5.0  # seconds


def connect() -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    """Return the server's side and the client's side of a TLS connection.

    Raises:
        UserError: The SSL library of this Python has no cipher without a certificate.
    """
    left, right = socket.socketpair()
    sides: dict[str, ssl.SSLSocket] = {}

    def handshake(name: str, protocol: int, sock: socket.socket) -> None:
        sock.settimeout(HANDSHAKE_TIMEOUT)
        with contextlib.suppress(OSError):  # then this side is missing in `sides`
            sides[name] = _context(protocol).wrap_socket(sock, server_side=name == "server")

    # Each side of a handshake waits for the other.
    thread = threading.Thread(target=handshake, args=("server", ssl.PROTOCOL_TLS_SERVER, left))
    thread.start()
    handshake("client", ssl.PROTOCOL_TLS_CLIENT, right)
    if "client" not in sides:
        right.close()  # the server's side waits no longer
    thread.join()
    if len(sides) < 2:
        for sock in (left, right, *sides.values()):
            sock.close()
        raise UserError(_("This Python's SSL library has no cipher without a certificate."))
    return sides["server"], sides["client"]


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # TLS 1.3 has no such cipher
    context.set_ciphers(CIPHERS)
    return context

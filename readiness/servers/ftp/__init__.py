"""An FTP server for many clients: one thread serves them all, and one selector watches all sockets.

A session is what the server keeps and does for one client. The class `Session` is in `session`. Its parts are in
`control`, `login`, `jail`, `data` and `uploads`. The commands are in the modules whose names end in `_commands`. The
event loop is in `server`, and the thread that hashes passwords in `password_checks`. The server implements RFC 959 with
RFC 1123, 2389, 2428 and 3659, without TLS.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

"""An FTP server for many clients, in one thread: one selector watches all sockets.

A session is what the server keeps and does for one client. The class `Session`, with most commands, is in `session`.
Its base classes are in `control`, `login`, `jail`, `data` and `uploads`. The event loop is in `server`. The server
implements RFC 959 with RFC 1123, 2389, 2428 and 3659, without TLS.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

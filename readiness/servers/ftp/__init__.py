"""A concurrent FTP server: one thread and one selector, which watches all sockets.

A session consists of the modules `control`, `login`, `jail`, `data`, `uploads`, and `session` with the commands.
`server` has the loop. The server implements RFC 959 with RFC 1123, 2389, 2428 and 3659, without TLS.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

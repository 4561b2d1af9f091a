"""A concurrent FTP server: one thread, one selector, every socket just another descriptor in it.

A session is made of these modules: `control`, `login`, `jail`, `data`, `uploads`, and `session` with the commands.
`server` is the loop. The server implements RFC 959 with 1123, 2389, 2428 and 3659, without TLS, and starts no thread.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

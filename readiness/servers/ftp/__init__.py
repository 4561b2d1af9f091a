"""A concurrent FTP server: one thread, one selector, every socket just another descriptor in it.

A session is read by rooms: `control`, `login`, `jail`, `data`, `uploads`, and `session` with the commands. `server`
is the loop. It speaks RFC 959 with 1123, 2389, 2428 and 3659; it does not speak TLS, and it starts no thread.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

"""An FTP server for many clients, in one thread: one selector watches all sockets.

A session is what the server keeps and does for one client. The class `Session` in `session` has the decisions. Its parts
are a control connection (`control`), a login (`login`), a jail (`jail`), a data connection (`data`) and its uploads
(`uploads`). The commands are in three modules whose names end in `_commands`. The event loop is in `server`. The server
implements RFC 959 with RFC 1123, 2389, 2428 and 3659, without TLS.
"""

from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session

__all__ = ["FtpServer", "Session"]

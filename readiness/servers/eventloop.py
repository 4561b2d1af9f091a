"""Constants for the event loops of the echo and FTP servers: events, limits for accept, the idle timeout.

There is no loop in this module: each server has its own. Timers are in `timers`.
"""

import errno
import socket

READ, WRITE = 1, 2  # the events that a connection can want, as in `selectors`; 0 ends the connection
ACCEPT_BATCH = 64  # connections accepted in one iteration of the loop
BACKLOG = socket.SOMAXCONN  # length of the listener's accept queue: as long as the system allows
ACCEPT_RETRY_DELAY = 0.5  # seconds until the next accept after a lack of descriptors
RESOURCE_ERRNOS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # accept(2): no more descriptors or memory
IDLE_TIMEOUT = 300.0  # seconds without a byte in either direction after which a server closes a connection

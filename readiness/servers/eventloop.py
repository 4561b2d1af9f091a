"""What the event loops of the echo and FTP servers share: event masks, and how a listener accepts.

It holds constants only. Each server's loop stands whole in its own module; timers are in `timers`.
"""

import errno
import socket

READ, WRITE = 1, 2  # what a client can need, as `selectors` has it; neither: it is over
BATCH = 64  # clients accepted in a turn
BACKLOG = socket.SOMAXCONN  # of those that nobody has accepted yet: as many as the system allows
RETRY = 0.5  # seconds until we look whether there are descriptors again
FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # accept(2): no more descriptors, or no memory

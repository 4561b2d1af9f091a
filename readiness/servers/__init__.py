"""The servers: `echo` and `ftp`, on common timers and event-loop constants.

They know the system calls and the protocol. They import no client, no measurement and no widget.
"""

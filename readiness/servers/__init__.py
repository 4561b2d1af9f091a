"""The servers: the packages `echo` and `ftp`, with common timers and constants.

The servers know the system calls and their protocol. They import no client, no measurement and no widget.
"""

"""The servers of the course: the packages `echo` and `ftp`, and the timers and constants that both packages use.

The servers use system calls and speak their protocol. They import no client, no measurement and no widget.
"""

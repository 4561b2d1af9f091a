"""The echo servers: the same service for each method of waiting, all of one shape, so that `diff` of two is a lesson.

`framing`, `connection` and `timers` do not wait, and the servers share them; each loop is written out in its module.
It is not a framework: nothing here calls a loop, the loop calls it.

The service: bytes in, bytes out. A line ends with ``\\n``; it comes back as ``LINE_SB\\n``, in capitals
(`bytes.upper`). A last line without ``\\n`` is answered at the end of input. After a line of more than 1 MiB the server
sends one line with an error, and closes the connection.
"""

NAMES = ("blocking", "threads", "select", "poll", "epoll", "selectors", "asyncio")
"""The methods of waiting. `blocking` and `threads` are demonstrations: their docstrings say what they can't do."""

"""The echo servers: one for each way of waiting, with the same service.

The servers on `select`, `poll`, `epoll` and `selectors` have one structure: `diff` of two shows their way of waiting.
Each loop is written out in its module. The servers share `framing`, `connection` and `timers`, which do not wait.

The service: a line ends with ``\\n``. The reply is the line in capitals (`bytes.upper`) and ``_SB\\n``. At the end of
input, a last line without ``\\n`` has a reply, too. After a line of more than 1 MiB, the server sends one line with an
error, and closes the connection.
"""

NAMES = ("blocking", "threads", "select", "poll", "epoll", "selectors", "asyncio")
"""The ways of waiting. `blocking` and `threads` are demonstrations: their docstrings say what they can't do."""

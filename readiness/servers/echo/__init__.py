"""Echo servers with the same service. Each server waits for its sockets in another way (see `NAMES`).

The servers on `select`, `poll`, `epoll` and `selectors` have the same structure, and each module contains its own loop.
So `diff` of two of these modules shows only how they wait. `framing` and `connection` are shared, and never wait.

The service: a client sends lines that end with ``\\n``. The server replies with the line in capitals (`bytes.upper`),
then ``_SB`` and ``\\n``. At the end of input, a last line without ``\\n`` also gets a reply. After a line of more than
1 MiB, the server sends one line with an error, and closes the connection.
"""

NAMES = ("blocking", "threads", "select", "poll", "epoll", "selectors", "asyncio")
"""The ways of waiting; the server NAME is in the module `NAME_server`. `blocking` and `threads` are demonstrations."""

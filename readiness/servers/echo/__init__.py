"""The echo servers: the same service for each way of waiting, all of one shape, so that `diff` of two is a lesson.

`lines`, `client` and `timers` are what does not wait and is the same for all; each loop stands whole in its own module.
It is not a framework: nothing here calls a loop, the loop calls it.

The service: bytes in, bytes out. A line is what stands before ``\\n``; it comes back as ``LINE_SB\\n``, in capitals
(`bytes.upper`). An unfinished last line is answered at the end of input. A line of more than 1 MiB gets one line that
says so, and the end.
"""

NAMES = ("blocking", "threads", "select", "poll", "epoll", "selectors", "asyncio")
"""The ways of waiting. `blocking` and `threads` are demonstrations: their docstrings say what they can't do."""

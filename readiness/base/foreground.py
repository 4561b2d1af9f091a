"""Run a server's loop in the main thread until SIGTERM or Ctrl-C: what a command that serves does.

`background` runs the same servers in a thread. This module knows nothing of what is served.
"""

import signal
from collections.abc import Callable

from readiness.base.background import Server, StopEvent
from readiness.base.messages import _


def serve_until_signal(server: Server, name: str) -> None:
    """Print the server's address, run the server until SIGTERM or SIGINT arrives, then close it.

    If the server has a method `interrupt`, the signal handler calls that too: a server that blocks in accept or recv
    does not see `stop`.

    Args:
        server: a server that listens already.
        name: the server's name in the line with the address.
    """
    stop = StopEvent()
    interrupt: Callable[[], None] | None = getattr(server, "interrupt", None)

    def on_signal(signum: int, frame: object) -> None:
        stop.set()
        if interrupt is not None:
            interrupt()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    host, port = server.address
    host = f"[{host}]" if ":" in host else host  # IPv6 (RFC 3986 section 3.2.2)
    print(_("{name} listens on {host}:{port}").format(name=name, host=host, port=port), flush=True)
    try:
        server.serve(stop)
    finally:
        server.close()
        stop.close()

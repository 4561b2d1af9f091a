"""Run a server's loop in the main thread until SIGTERM or Ctrl-C. The commands that start a server use this module.

`background` runs the same servers in a thread. This module contains nothing about a service.
"""

import signal
from collections.abc import Callable

from readiness.base.background import Server, StopEvent
from readiness.base.messages import _


def serve_until_signal(server: Server, name: str) -> None:
    """Print the server's address, and run the server until SIGTERM or SIGINT arrives. Then close the server.

    If the server has a method `interrupt`, the signal handler calls this method. `interrupt` is for a server that
    blocks in accept or recv, because this server does not look at the `StopEvent` that `serve` gets.

    Args:
        server: the server to run. It already listens.
        name: the server's name, which is printed before the address.
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

"""Run a server's loop in the main thread until SIGTERM or Ctrl-C. The commands that start a server use this module.

`background` runs the same servers in a thread. This module contains nothing about a service.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from readiness.base.background import Server, StopEvent
from readiness.base.messages import _


def serve_until_signal(server: Server, name: str) -> None:
    """Print the server's address, and run the server until SIGTERM or SIGINT arrives. Then close the server.

    If the server has a method `interrupt`, a thread calls this method when the signal arrives. `interrupt` is for a
    server that blocks in accept or recv, because this server does not look at the `StopEvent` that `serve` gets. The
    signal handler is too late for it: if the signal arrives just before accept, Python calls the handler after accept.

    A signal that is ignored when this function is called stays ignored.

    Args:
        server: the server to run. It already listens.
        name: the server's name, which is printed before the address.

    Raises:
        SystemExit: The address can't be printed. The exit code is 1, and Python prints the message.
    """
    stop = StopEvent()
    interrupt: Callable[[], None] | None = getattr(server, "interrupt", None)

    def on_signal(signum: int, frame: object) -> None:
        stop.set()

    def interrupt_after_signal() -> None:
        while wakeup.recv(1):  # Python writes the number of each signal, as soon as it arrives
            stop.set()
            if interrupt is not None:
                interrupt()

    wakeup, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=interrupt_after_signal, name="readiness-signal", daemon=True)
    thread.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) != signal.SIG_IGN:  # `command &` in a script: Ctrl-C is not for this process
            signal.signal(number, on_signal)
    host, port = server.address
    host = f"[{host}]" if ":" in host else host  # IPv6 (RFC 3986 section 3.2.2)
    try:
        _print(_("{name} listens on {host}:{port}").format(name=name, host=host, port=port))
        server.serve(stop)
    finally:
        server.close()
        signal.set_wakeup_fd(-1)
        writer.close()  # ends the thread
        thread.join()
        wakeup.close()
        stop.close()


def _print(line: str) -> None:
    """Print `line` immediately. If this fails, raise SystemExit with a sentence."""
    try:
        print(line, flush=True)
    except OSError as error:
        # The line is still buffered. Python writes it when the process ends, and a second error would be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(
            _("Can't print the address of the server: {why}. Choose another file for the output.").format(
                why=error.strerror
            )
        )

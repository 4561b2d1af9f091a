"""The command ``python -m readiness.servers NAME``: run one echo server until SIGTERM or Ctrl-C."""

import argparse
import importlib
import sys
from collections.abc import Callable

from readiness.base import argtypes
from readiness.base.background import Server
from readiness.base.foreground import serve_until_signal
from readiness.base.messages import UserError, _
from readiness.servers.echo import NAMES
from readiness.servers.eventloop import IDLE_TIMEOUT


def load(name: str) -> Callable[..., Server]:
    """Import the echo server with the name `name`, one of `NAMES`, and return its class.

    Raises:
        UserError: This machine does not have this way of waiting (epoll, for example).
    """
    try:
        module = importlib.import_module(f"readiness.servers.echo.{name}_server")
    except AttributeError as error:  # select.epoll, on a machine without it
        raise UserError(_("This machine has no {name}.").format(name=name)) from error
    server_class: Callable[..., Server] = module.EchoServer
    return server_class


def main(arguments: list[str] | None = None) -> int:
    """Run the server that the command line names, until SIGTERM or Ctrl-C. Return the exit code.

    Args:
        arguments: the command line without the program's name; None means `sys.argv[1:]`.

    Returns:
        0, or 1 if the server can't run on this machine or can't listen on the port.
    """
    parser = argparse.ArgumentParser(prog="python -m readiness.servers", description=_("Run one echo server."))
    parser.add_argument("name", choices=NAMES, help=_("the method of waiting"))
    parser.add_argument(
        "--port", type=argtypes.port_number, default=0, help=_("the port to listen on (0: any that is free)")
    )
    parser.add_argument(
        "--idle",
        type=argtypes.positive_seconds,
        default=IDLE_TIMEOUT,
        help=_("seconds of silence after which a connection is closed"),
    )
    options = parser.parse_args(arguments)
    try:
        server = load(options.name)(port=options.port, idle_timeout=options.idle)
    except OSError as error:
        print(argtypes.cannot_listen("127.0.0.1", options.port, error), file=sys.stderr)
        return 1
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    serve_until_signal(server, options.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The command ``python -m readiness.ftp --root DIR``: serve the directory DIR by FTP until SIGTERM or Ctrl-C.

This module parses the command line, and asks for the password. The server is in `server`.
"""

import argparse
import contextlib
import getpass
import os
import sys

from readiness.base import argtypes
from readiness.base.foreground import serve_until_signal
from readiness.base.messages import UserError, _
from readiness.servers.ftp.server import DEFAULT_PORT, FtpServer

PASSWORD_ENV = "READINESS_FTP_PASSWORD"


def parser() -> argparse.ArgumentParser:
    """Return the parser for the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m readiness.ftp",
        description=_("Serve a directory by FTP. Without a user: for anonymous, who may read and not write."),
        epilog=_("The password is asked for, or taken from the variable {name}.").format(name=PASSWORD_ENV),
    )
    parser.add_argument(
        "--root",
        type=argtypes.non_empty,
        required=True,
        help=_("the directory to serve; it is opened once, and stays the root if it is renamed"),
    )
    parser.add_argument(
        "--port", type=argtypes.port_number, default=DEFAULT_PORT, help=_("the port to listen on (0: any that is free)")
    )
    parser.add_argument("--user", type=argtypes.non_empty, help=_("who may log in, and write"))
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help=_("beside --user: let anonymous in, too, to read"),
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help=_(
            "the address to listen on; any other than 127.0.0.1 lets other machines in, without encryption. "
            ":: is every address, IPv4 and IPv6"
        ),
    )
    return parser


def read_password() -> str:
    """Return the password from the environment variable READINESS_FTP_PASSWORD, or ask for it on the terminal.

    Raises:
        UserError: The variable is not set, and no password was typed.
    """
    password = os.environ.get(PASSWORD_ENV)
    if password is None and sys.stdin.isatty():
        with contextlib.suppress(EOFError, KeyboardInterrupt):  # Ctrl-D and Ctrl-C mean: no password
            password = getpass.getpass(_("Password: "))
    if not password:
        raise UserError(
            _("There is no password: set the variable {name}, or type one when asked.").format(name=PASSWORD_ENV)
        )
    return password


def main(arguments: list[str] | None = None) -> int:
    """Run the server that the command line describes, until SIGTERM or Ctrl-C. Return the exit code.

    Args:
        arguments: the command line without the program's name; None means `sys.argv[1:]`.

    Returns:
        0, or 1 if there is no password, or the directory or the port can't be opened.
    """
    options = parser().parse_args(arguments)
    try:
        users = {options.user: read_password()} if options.user else None
        server = FtpServer(options.root, port=options.port, host=options.host, users=users, anonymous=options.anonymous)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(argtypes.cannot_listen(options.host, options.port, error), file=sys.stderr)
        return 1
    serve_until_signal(server, "ftp")
    return 0


if __name__ == "__main__":
    sys.exit(main())

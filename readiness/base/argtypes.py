"""Functions that parse command line arguments, for the parameter `type` of argparse's `add_argument`.

Each of these functions takes the text of an argument, and returns its value. The error for a wrong text has a message
of one sentence.
"""

import argparse
import math
import os
import socket

from readiness.base.messages import _

MAX_SECONDS = 86_400  # a day


def port_number(text: str) -> int:
    """Return the port number in `text`, from 0 to 65535. Port 0 means any free port.

    Raises:
        argparse.ArgumentTypeError: `text` is not a whole number from 0 to 65535.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(_("{text} is no port: choose a number from 0 to 65535").format(text=text))
    return int(text)


def positive_seconds(text: str) -> float:
    """Return the number of seconds in `text`, greater than 0 and at most `MAX_SECONDS`. Fractions are allowed.

    Raises:
        argparse.ArgumentTypeError: `text` is no such number.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(
            _("{text} is no time: choose seconds above 0, at most {max} (a day)").format(text=text, max=MAX_SECONDS)
        )
    return number


def non_empty(text: str) -> str:
    """Return `text` unchanged, unless it is empty.

    Raises:
        argparse.ArgumentTypeError: `text` is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError(_("it must not be empty"))
    return text


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """Return a sentence that tells the user that the server can't listen on `host` and `port`.

    The sentence contains the reason, which comes from `error`: the exception that was raised when the server tried to
    listen.
    """
    reason = error.strerror
    if error.errno is not None and not isinstance(error, socket.gaierror):
        reason = os.strerror(error.errno)  # without the address that create_server adds to `strerror`
    return _("Can't listen on {host}, port {port}: {why}. Choose another one; port 0 is any that is free.").format(
        host=host, port=port, why=reason
    )

"""What the course's commands are given: a port, a time, a name; what makes no sense is refused in a sentence.

It parses no command line: each function is a `type` for argparse.
"""

import argparse
import math
import os
import socket

from readiness.base.messages import _


def port(text: str) -> int:
    """A port's number, 0 for any that is free."""
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(_("{text} is no port: choose a number from 0 to 65535").format(text=text))
    return int(text)


def seconds(text: str) -> float:
    """A time, more than none."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(_("{text} is no time: choose seconds above 0").format(text=text))
    return number


def something(text: str) -> str:
    """Anything but nothing."""
    if not text:
        raise argparse.ArgumentTypeError(_("it must not be empty"))
    return text


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """The sentence for a server that found no place to listen."""
    why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno)
    return _("Can't listen on {host}, port {port}: {why}. Choose another one; port 0 is any that is free.").format(
        host=host, port=port, why=why
    )

"""Types of command line arguments: each parsing function is the `type` of an argument in argparse.

The message for a wrong value is one sentence.
"""

import argparse
import math
import os
import socket

from readiness.base.messages import _


def port_number(text: str) -> int:
    """Parse the number of a port; 0 means any free port.

    Raises:
        argparse.ArgumentTypeError: the text is no number from 0 to 65535.
    """
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(_("{text} is no port: choose a number from 0 to 65535").format(text=text))
    return int(text)


def positive_seconds(text: str) -> float:
    """Parse a time in seconds.

    Raises:
        argparse.ArgumentTypeError: the text is no finite number above 0.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(_("{text} is no time: choose seconds above 0").format(text=text))
    return number


def non_empty(text: str) -> str:
    """Return the text.

    Raises:
        argparse.ArgumentTypeError: the text is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError(_("it must not be empty"))
    return text


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """Return the sentence for a user whose server can't listen on `host` and `port` because of `error`."""
    reason = error.strerror
    if error.errno is not None and not isinstance(error, socket.gaierror):
        reason = os.strerror(error.errno)  # without the address that create_server adds to `strerror`
    return _("Can't listen on {host}, port {port}: {why}. Choose another one; port 0 is any that is free.").format(
        host=host, port=port, why=reason
    )

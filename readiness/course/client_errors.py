"""Describe what a client of a learner's server met: a failed check, a reply that it did not expect, or an end."""

import ftplib

from readiness.base.messages import _


def describe(error: BaseException) -> str:
    """Return a sentence for a learner on what a client met. It does not name the class of a failed assertion.

    Args:
        error: what the client's code raised.
    """
    if isinstance(error, TimeoutError):
        return _("The client waited for the server, and nothing came in time.")
    if isinstance(error, EOFError):
        return _("The server closed the connection.")
    if isinstance(error, AssertionError):
        return str(error)
    if isinstance(error, ftplib.Error):
        return _("The server replied “{reply}”.").format(reply=error)
    return _("The client met {kind}: {error}.").format(kind=type(error).__name__, error=error)

"""Sentences on what is wrong with a server in the background, for the alert line of a panel."""

from readiness.base.messages import _
from readiness.widgets.panel import format_error


def describe_end(error: Exception | None) -> str:
    """Return sentences for the user: that the server's thread has ended, why, and how the server starts again.

    Args:
        error: the exception that ended the server's loop; None if the loop returned before it was asked to stop.
    """
    if error is None:
        return _(
            "The server's thread has ended: its loop returned before it was asked to stop. "
            "Change a number of clients, and it starts again."
        )
    if isinstance(error, ValueError) and "out of range in select" in str(error):
        return _(
            "The server's thread has ended. {error}: Python's select takes descriptors numbered below 1024 and no "
            "others, and this process has opened number 1024. "
            "Choose poll or epoll, or fewer clients, and the server starts again."
        ).format(error=format_error(error))
    text = _("The server's thread has ended. {error}. Change a number of clients, and it starts again.")
    return text.format(error=format_error(error))

"""Say in sentences that a check failed because no descriptor was left, whichever error that ended in."""

import errno
import os
from collections.abc import Iterator

from readiness.base.messages import UserError, _
from readiness.system import descriptors, limits

NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)
LOW_LIMIT = 4096  # the checks of all labs need fewer descriptors at once
NEARLY_ALL = 64  # with fewer free descriptors than these, no check of a lab can run


def shortage(error: BaseException) -> str:
    """Return the sentences, or "" if descriptors had not run out.

    An error that another one has replaced counts only if there is still no descriptor left: a check may raise EMFILE
    itself, to see what the learner's code does.

    Args:
        error: what the check raised. The errors that it was raised from, or while handling, count as well.
    """
    found = [each for each in chain(error) if isinstance(each, OSError) and each.errno in NO_DESCRIPTOR]
    direct = error in found or isinstance(error, UserError)
    soft, hard = limits.fd_limits()
    if not found or not soft or soft == limits.UNLIMITED:
        return ""
    open_now = descriptors.in_use(int(soft))
    nearly_all = open_now > int(soft) - NEARLY_ALL
    if not direct and not nearly_all:
        return ""
    text = _("No descriptor was left ({error}): {n:,} of at most {soft:,} are open in this kernel. {advice}")
    if found[0].errno == errno.ENFILE:
        advice = _("The whole system has none left: end other programs that you no longer need.")
    elif hard not in (None, limits.UNLIMITED) and int(hard) < LOW_LIMIT:
        advice = _("The hard limit of {hard:,} is low: start Jupyter where `ulimit -Hn` shows more.").format(hard=hard)
    elif nearly_all:
        advice = _(
            "Something in this notebook opens descriptors and does not close them: descriptors leak. Mend that, then "
            "restart the kernel. Until then checks fail."
        )
    else:
        advice = _("Your code opens too many at once: close each descriptor that is no longer used.")
    number = found[0].errno or errno.EMFILE
    return text.format(error=os.strerror(number), n=open_now, soft=int(soft), advice=advice)


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from or while handling, also where ``from None`` hides them."""
    pending: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while pending:
        each = pending.pop()
        if each is not None and each not in seen:
            seen.append(each)
            pending += [each.__context__, each.__cause__]
            yield each

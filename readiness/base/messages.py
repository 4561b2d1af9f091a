"""Messages to users: the function that translates them, and an error for users.

The messages themselves are not in this module. Each is in the code that shows it, in English, inside ``_("…")``.
"""

import gettext
from pathlib import Path

_ = gettext.translation("readiness", Path(__file__).parent / "locale", fallback=True).gettext


class UserError(ValueError):
    """An error for the user. Its message is one sentence: what can't be done here, and what to do instead.

    IPython shows only this sentence, without a traceback, because the learner's code is not the cause.
    """

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return [str(self)]

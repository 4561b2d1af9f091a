"""Messages to users: their translation, and errors that are one sentence.

The sentences themselves are not here: each stands where it is shown, in English, inside ``_("…")``.
"""

import gettext
from pathlib import Path

_ = gettext.translation("readiness", Path(__file__).parent / "locale", fallback=True).gettext


class UserError(ValueError):
    """Something can't be done here. Its text is one sentence that names what to do instead.

    IPython shows the sentence alone, without a traceback, since the fault is not in the learner's code.
    """

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return [str(self)]

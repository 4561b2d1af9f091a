"""Messages to users: their translation, and an error whose text is one sentence.

The sentences are not in this module: each stands in the code that shows it, in English, inside ``_("…")``.
"""

import gettext
from pathlib import Path

_ = gettext.translation("readiness", Path(__file__).parent / "locale", fallback=True).gettext


class UserError(ValueError):
    """An error whose text is one sentence: it says that something can't be done here, and what to do instead.

    IPython shows the sentence alone, without a traceback, since the fault is not in the learner's code.
    """

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return [str(self)]

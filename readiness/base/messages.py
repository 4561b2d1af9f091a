"""What the package says: its translation, and errors that are one sentence.

It is not a place for the sentences themselves: each stands where it is said, in English, inside ``_("…")``.
"""

import gettext
from pathlib import Path

_ = gettext.translation("readiness", Path(__file__).parent / "locale", fallback=True).gettext


class UserError(ValueError):
    """Something that can't be done here, said in one sentence that says what to do instead.

    IPython shows the sentence alone, without a traceback, since the fault is not in the learner's code.
    """

    def _render_traceback_(self) -> list[str]:  # IPython's own hook for an exception that draws itself
        return [str(self)]

"""Case: what a claim on trial is, and what an experiment on it is: words, a function, and the shape of its evidence.

It holds no claim itself, and runs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readiness.base.messages import _

Evidence = dict[str, Any]
"""What an experiment brings back: numbers and words, and nothing that JSON can't hold."""

SEED = _("the lesson that this course grew from")

VERDICTS = {"true": _("true"), "false": _("false"), "half true": _("half true")}
"""The verdicts that there are, and how they are shown."""


@dataclass(frozen=True)
class Trial:
    """One experiment on a claim: `run()` brings the evidence, `says` puts it into a sentence (a format string).

    ``holds``: whether evidence has the shape that the ruling rests on; wide margins, never a time.
    ``needs``: as in `runner.missing_feature`. ``but``: why it can't decide the case, for one that can't.
    """

    does: str
    run: Callable[[], Evidence]
    says: str
    holds: Callable[[Evidence], bool]
    needs: tuple[str, ...] = ()
    but: str = ""

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def decides(self) -> bool:
        return not self.but


@dataclass(frozen=True)
class Claim:
    """One claim: what it says, whose it is, the experiments to choose from (in the order shown), the ruling and why."""

    key: str
    words: str
    source: str
    trials: tuple[Trial, ...]
    ruling: str
    why: str

    @property
    def deciding(self) -> Trial:
        """The experiment that the ruling rests on: the first one that decides."""
        return next(trial for trial in self.trials if trial.decides)

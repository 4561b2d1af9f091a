"""The form of a claim, and of an experiment on it.

This module holds no claim itself, and runs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readiness.base.messages import _

Evidence = dict[str, Any]
"""What an experiment returns by name: any values that JSON can hold."""

ORIGINAL_LESSON = _("the lesson that this course grew from")

VERDICTS = {"true": _("true"), "false": _("false"), "half true": _("half true")}
"""The verdicts, and how each is shown."""


@dataclass(frozen=True)
class Experiment:
    """One experiment on a claim.

    Attributes:
        label: what the experiment does, as a learner reads it before choosing it.
        run: runs the experiment, and returns the evidence.
        summary_format: a sentence with fields, which `str.format` fills with the evidence.
        supports_ruling: returns whether evidence supports the ruling; its margins are wide, and never a time.
        requires: the features that a machine needs to run it, as in `runner.missing_feature`.
        inconclusive_because: why the experiment can't decide the claim; empty if it can.
    """

    label: str
    run: Callable[[], Evidence]
    summary_format: str
    supports_ruling: Callable[[Evidence], bool]
    requires: tuple[str, ...] = ()
    inconclusive_because: str = ""

    @property
    def name(self) -> str:
        """The name of the function that runs the experiment."""
        return self.run.__name__

    @property
    def is_conclusive(self) -> bool:
        """Whether the experiment can decide the claim."""
        return not self.inconclusive_because


@dataclass(frozen=True)
class Claim:
    """One claim, with the experiments to choose from (in the order in which they are shown) and the ruling.

    Attributes:
        key: a short name.
        text: the claim itself.
        source: who makes the claim.
        experiments: the experiments on it.
        ruling: a key of `VERDICTS`.
        explanation: why the ruling is right.
    """

    key: str
    text: str
    source: str
    experiments: tuple[Experiment, ...]
    ruling: str
    explanation: str

    @property
    def deciding_experiment(self) -> Experiment:
        """The experiment that the ruling rests on: the first conclusive one."""
        return next(experiment for experiment in self.experiments if experiment.is_conclusive)

"""The classes for a claim and for an experiment that tests a claim.

This module holds no claim itself, and runs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readiness.base.messages import _

Evidence = dict[str, Any]
"""The values that an experiment returns, by name. JSON can hold each value."""

ORIGINAL_LESSON = _("the original lesson")

VERDICTS = {"true": _("true"), "false": _("false"), "half true": _("half true")}
"""The possible rulings on a claim, and the word that is shown for each."""


@dataclass(frozen=True)
class Experiment:
    """An experiment that tests a claim.

    Attributes:
        label: what the experiment does, as a learner reads it before choosing an experiment.
        run: a function that runs the experiment and returns the evidence.
        summary_format: a sentence with fields, which `str.format` fills with the evidence.
        supports_ruling: a function that returns whether the evidence agrees with the ruling on the claim. Its margins
            are wide.
        requires: the features that a machine needs to run the experiment (see `runner.missing_feature`).
        inconclusive_because: why the experiment can't decide whether the claim is true; empty if it can.
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
        """Whether the experiment can decide if the claim is true."""
        return not self.inconclusive_because


@dataclass(frozen=True)
class Claim:
    """A sentence about select, poll or epoll, with experiments that test it and a ruling.

    Attributes:
        key: a short name.
        text: the sentence itself.
        source: the person or document that makes the claim.
        experiments: the experiments that a learner can choose from, in the order in which they are shown.
        ruling: whether the claim is true, as a key of `VERDICTS`.
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
        """The first experiment that can decide if the claim is true. The ruling rests on it."""
        return next(experiment for experiment in self.experiments if experiment.is_conclusive)

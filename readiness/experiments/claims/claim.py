"""What a claim is, and what an experiment on it is: a label, a function, and the evidence that supports the ruling.

This module holds no claim itself, and runs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readiness.base.messages import _

Evidence = dict[str, Any]
"""What an experiment returns: numbers and text, and only what JSON can hold."""

ORIGINAL_LESSON = _("the lesson that this course grew from")

VERDICTS = {"true": _("true"), "false": _("false"), "half true": _("half true")}
"""The verdicts, and how each is shown."""


@dataclass(frozen=True)
class Experiment:
    """One experiment on a claim: `run()` returns the evidence, `summary_format` makes a sentence of it.

    ``supports_ruling``: whether evidence has the shape that the ruling rests on; wide margins, never a time.
    ``requires``: as in `runner.missing_feature`.
    ``inconclusive_because``: why the experiment can't decide the claim; empty if it can.
    """

    label: str
    run: Callable[[], Evidence]
    summary_format: str
    supports_ruling: Callable[[Evidence], bool]
    requires: tuple[str, ...] = ()
    inconclusive_because: str = ""

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def is_conclusive(self) -> bool:
        return not self.inconclusive_because


@dataclass(frozen=True)
class Claim:
    """One claim: its text and source, the experiments to choose from (in the order shown), the ruling and why."""

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

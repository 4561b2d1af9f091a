"""Stories: what happens one step after another, each step with its words and its picture; a panel leafs through them.

A story is told from the source that it names; nothing is measured here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from readiness.graphics.charts import Picture


@dataclass(frozen=True)
class Step:
    """One step: a `title` of a few words, one to three sentences, and what draws its picture, when it is first seen."""

    title: str
    words: str
    draw: Callable[[], Picture]

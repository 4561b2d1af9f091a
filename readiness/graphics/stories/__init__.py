"""Stories: what happens one step after another, each step with its text and its figure; a panel shows them in turn.

A story follows the source code that it names; nothing is measured here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from readiness.graphics.charts import StaticFigure


@dataclass(frozen=True)
class Step:
    """One step: a short `title`, one to three sentences, and the function that draws its figure on first use."""

    title: str
    text: str
    draw: Callable[[], StaticFigure]

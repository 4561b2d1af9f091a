"""Stories: sequences of steps. Each step has a text and a figure, and a panel shows one step after the other.

A story explains the source code that its module names. It measures nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from readiness.graphics.charts import StaticFigure


@dataclass(frozen=True)
class Step:
    """One step of a story: a short title, one to three sentences, and the function that draws its figure."""

    title: str
    text: str
    draw: Callable[[], StaticFigure]

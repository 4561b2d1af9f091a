"""The plan of the course: episodes and labs in their order, with their minutes, and the sittings that they fill."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

from tools import minutes
from tools.lessons import episode, next_cell

FIFTEEN_MINUTES = ("00b",)
CLASS_HOUR = ("00b", "05a", "07a", "09a")
"""The episodes of the ways through the course that are shorter than the whole course."""
MAX_SITTING = 45  # minutes
MAX_LAB = 35  # minutes of a lab that is done in one sitting


@dataclass(frozen=True)
class Item:
    """An episode or a lab.

    Attributes:
        number: such as "04b" or "12-3".
        path: the path of the notebook.
        title: the title of the notebook.
        question: the question of an episode; empty for a lab.
        minutes: the minutes by the model, rounded up.
        is_lab: True for a lab.
        sittings: the numbers of the sittings that it fills, counted from 1.
    """

    number: str
    path: Path
    title: str
    question: str
    minutes: int
    is_lab: bool = False
    sittings: tuple[int, ...] = ()

    @property
    def parts(self) -> list[float]:
        """The minutes of each sitting that it needs: two for a long lab."""
        if self.is_lab and self.minutes > MAX_LAB:
            return [self.minutes / 2] * 2
        return [self.minutes]


def lab_minutes(path: Path) -> int:
    """Return the minutes of a lab by the model, rounded up.

    The words and the lines are those of the lab. The decisions, outputs and seconds are those of its solution, because
    a lab has none before it is written.

    Args:
        path: the path of the lab.
    """
    lab = minutes.minutes(episode.read(path))
    solved = minutes.minutes(episode.read(episode.SOLUTIONS / path.name))
    kept = {name: getattr(lab, name) for name in ("words", "open_lines", "collapsed_lines", "predictions", "presses")}
    return replace(solved, **kept).stated_minutes


def items() -> list[Item]:
    """Return all episodes and labs in their order. The labs of a chapter follow its last episode."""
    found: list[Item] = []
    paths = episode.episode_paths()
    names = [path.name for path in paths]
    for path in paths:
        nb = episode.read(path)
        count = minutes.minutes(nb).stated_minutes
        found.append(Item(episode.number(path.name), path, episode.title(nb), episode.question(nb), count))
        if next_cell.is_last_of_chapter(path.name, names):
            for lab in next_cell.chapter_labs(path.name[:2]):
                title = episode.title(episode.read(lab))
                found.append(Item(episode.number(lab.name), lab, title, "", lab_minutes(lab), is_lab=True))
    return with_sittings(found)


def with_sittings(found: list[Item]) -> list[Item]:
    """Return the items with their sittings: as few as possible in this order, of `MAX_SITTING` minutes at most each."""
    sitting, filled = 1, 0.0
    placed = []
    for item in found:
        own = []
        for part in item.parts:
            if filled and filled + part > MAX_SITTING:
                sitting, filled = sitting + 1, 0.0
            filled += part
            own.append(sitting)
        placed.append(replace(item, sittings=tuple(dict.fromkeys(own))))
    return placed


def sitting_minutes(found: list[Item]) -> list[int]:
    """Return the minutes of each sitting, rounded up."""
    totals: dict[int, float] = {}
    for item in found:
        share = item.minutes / len(item.sittings)
        for sitting in item.sittings:
            totals[sitting] = totals.get(sitting, 0) + share
    return [math.ceil(totals[sitting]) for sitting in sorted(totals)]

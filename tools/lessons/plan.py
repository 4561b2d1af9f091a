"""The plan of the course: episodes and labs in their order, with their minutes, and the sittings that they fill."""

import copy
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from readiness.course import labs
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


def lab_minutes(solution: NotebookNode, name: str) -> int:
    """Return the minutes of a lab by the model, rounded up.

    The words and the lines are those of the lab. The decisions, outputs and seconds are those of its solution, because
    a lab has none before it is written.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    lab = minutes.minutes(nbformat.from_dict(labs.derive(solution, name)))
    kept = {part: getattr(lab, part) for part in ("words", "open_lines", "collapsed_lines", "predictions", "presses")}
    return replace(minutes.minutes(solution), **kept).stated_minutes


def lab_head(solution: NotebookNode, name: str) -> str:
    """Return the line in the first cell of a lab that states its minutes and links to the episodes of its chapter.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    count = lab_minutes(solution, name)
    sittings = "" if count <= MAX_LAB else ", in two sittings"
    chapter = [path for path in episode.episode_paths() if path.name[:2] == name[:2]]
    links = [f"[{episode.number(path.name)}](../notebooks/{path.name})" for path in chapter]
    return f"**{count} minutes**{sittings}. *Episodes:* {', '.join(links)}."


def with_lab_head(solution: NotebookNode, name: str) -> NotebookNode:
    """Return a copy of a lab's solution with the line of `lab_head`, instead of the line with its minutes.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    made = copy.deepcopy(solution)
    for _round in range(2):  # the line's own words are counted, too
        head = lab_head(made, name)
        made.cells[0].source = re.sub(r"^\*\*\d+ minutes.*$", head, made.cells[0].source, count=1, flags=re.M)
    return made


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
                solution = episode.read(episode.SOLUTIONS / lab.name)
                count = lab_minutes(solution, lab.name)
                found.append(Item(episode.number(lab.name), lab, episode.title(solution), "", count, is_lab=True))
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

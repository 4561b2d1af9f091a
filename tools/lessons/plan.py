"""The plan of the course: episodes and labs in their order, with their minutes, and the sittings that they fill."""

import copy
import itertools
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
KEPT = ("words", "open_lines", "collapsed_lines", "predictions", "presses")
"""What is counted in the lab itself, and not in its solution."""


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
        first_half: the minutes of a long lab's first sitting.
        sittings: the numbers of the sittings that it fills, counted from 1.
    """

    number: str
    path: Path
    title: str
    question: str
    minutes: int
    is_lab: bool = False
    first_half: int = 0
    sittings: tuple[int, ...] = ()

    @property
    def parts(self) -> list[int]:
        """The minutes of each sitting that it needs: two for a long lab."""
        if self.is_lab and self.minutes > MAX_LAB:
            return [self.first_half, self.minutes - self.first_half]
        return [self.minutes]


def lab_minutes(solution: NotebookNode, name: str) -> int:
    """Return the minutes of a lab by the model, rounded up.

    The words and the lines are those of the lab. The decisions, outputs and seconds are those of its solution, because
    a lab has none before it is written.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    return sum((parts for _section, parts in lab_sections(solution, name)), minutes.Parts()).stated_minutes


def lab_sections(solution: NotebookNode, name: str) -> list[tuple[str, minutes.Parts]]:
    """Return what each section of a lab holds, as `lab_minutes` counts it: (heading, parts) in their order.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    solved = dict(minutes.sections(solution))
    found = []
    for section, lab in minutes.sections(nbformat.from_dict(labs.derive(solution, name))):
        kept = {part: getattr(lab, part) for part in KEPT}
        found.append((section, replace(solved[section], **kept)))
    return found


def lab_break(solution: NotebookNode, name: str) -> tuple[str, int]:
    """Return the section with which the second sitting of a long lab begins, and the minutes of the first sitting.

    The section has a decision, and the longer one of the two sittings is as short as possible.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    found = lab_sections(solution, name)
    sums = list(itertools.accumulate(parts.minutes for _section, parts in found))
    with_decision = [index for index, (_section, parts) in enumerate(found) if parts.decisions][1:]
    if not with_decision:
        return "", math.ceil(sums[-1] / 2)
    best = min(with_decision, key=lambda index: max(sums[index - 1], sums[-1] - sums[index - 1]))
    return found[best][0], math.ceil(sums[best - 1])


def lab_head(solution: NotebookNode, name: str) -> str:
    """Return the line in a lab's first cell: its minutes, where a second sitting begins, and its chapter's episodes.

    Args:
        solution: the lab's solution.
        name: the name of its file.
    """
    count = lab_minutes(solution, name)
    sittings = ""
    if count > MAX_LAB:
        section, _first = lab_break(solution, name)
        sittings = ", in two sittings" + (f": the second one begins with “{section}”" if section else "")
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
                first = lab_break(solution, lab.name)[1]
                found.append(Item(episode.number(lab.name), lab, episode.title(solution), "", count, True, first))
    return with_sittings(found)


def with_sittings(found: list[Item]) -> list[Item]:
    """Return the items with their sittings: as few as possible in this order, of `MAX_SITTING` minutes at most each.

    The second half of a long lab always begins a sitting.
    """
    sitting, filled = 1, 0.0
    placed = []
    for item in found:
        own: list[int] = []
        for part in item.parts:
            if own or (filled and filled + part > MAX_SITTING):
                sitting, filled = sitting + 1, 0.0
            filled += part
            own.append(sitting)
        placed.append(replace(item, sittings=tuple(own)))
    return placed


def sitting_minutes(found: list[Item]) -> list[int]:
    """Return the minutes of each sitting, rounded up."""
    totals: dict[int, float] = {}
    for item in found:
        for sitting, share in zip(item.sittings, item.parts, strict=True):
            totals[sitting] = totals.get(sitting, 0) + share
    return [math.ceil(totals[sitting]) for sitting in sorted(totals)]

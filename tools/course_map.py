"""Write the map of the course into README.md, docs/teachers.md, episode 00a and the solutions, or check it there.

    python -m tools.course_map [--write]

The tables of episodes and labs, and the ways through the course, are made from the notebooks: from their titles,
questions and minutes. A part stands between a mark such as `<!-- course map: episodes -->` and the mark
`<!-- course map -->`. What a learner writes in a lab is a column that the table of labs keeps. The first cell of each
solution states its minutes and links to its episodes. After --write, `make labs` brings that into the labs.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import COURSE
from tools.lessons import episode, plan
from tools.lessons.plan import Item
from tools.minutes import MAP
from tools.notebooks.normalize import to_text

DOCUMENTS = ("README.md", "docs/teachers.md")
FIRST_EPISODE = "00a"
TEACHERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "One hour": (60, plan.CLASS_HOUR),
    "Two hours": (120, ("00b", "01a", "01b", "03a", "04a", "05a", "06a", "07a", "09a")),
    "Eight hours": (
        480,
        (
            *("00b", "01a", "01b", "02a", "02b", "03a", "03", "04a", "04b", "05a", "05b", "05c", "05d", "05"),
            *("06a", "06b", "06", "07a", "07b", "08a", "09a", "09b", "09c", "09d", "11a", "13b"),
        ),
    ),
}
"""For each time that a teacher may have: its minutes, and the numbers of the episodes and labs that fit."""


class Map:
    """The parts of the map, as Markdown for a document in one folder.

    Attributes:
        items: all episodes and labs.
        folder: the folder of the document.
        old: the text of the document, from which the table of labs keeps a column.
    """

    def __init__(self, items: list[Item], folder: Path, old: str) -> None:
        self.items, self.folder, self.old = items, folder, old
        self.by_number = {item.number: item for item in items if not item.is_lab}
        self.by_number |= {item.number: item for item in items if item.is_lab}

    def link(self, item: Item, text: str = "") -> str:
        """Return a link to an episode or a lab, with its title as text if `text` is empty."""
        return f"[{text or item.title}]({Path(os.path.relpath(item.path, self.folder)).as_posix()})"

    def ways(self) -> str:
        """Return three ways through the course, with their minutes, as a list."""
        short, hour = ([self.by_number[n] for n in numbers] for numbers in (plan.FIFTEEN_MINUTES, plan.CLASS_HOUR))
        episodes = [item for item in self.items if not item.is_lab]
        sittings = plan.sitting_minutes(self.items)
        return "\n".join(
            [
                f"- **Fifteen minutes**: {self.link(short[0])}, {short[0].minutes} minutes.",
                f"- **A class hour**: {', '.join(self.link(i, i.number) for i in hour)}, together "
                f"{sum(item.minutes for item in hour)} minutes.",
                f"- **Everything**: {len(episodes)} episodes and {len(self.items) - len(episodes)} labs, in "
                f"{len(sittings)} sittings of {plan.MAX_SITTING} minutes at most.",
            ]
        )

    def map(self) -> str:
        """Return the ways, and a table of all episodes and labs in their order, which opens with a click.

        Open, the table would be higher than three screens, and a reader who goes from cell to cell would not see it.
        """
        rows = [
            (item.number, self.link(item), item.question or "*a lab*", item.minutes, _sittings(item))
            for item in self.items
        ]
        table = _table(("Number", "Title", "The question", "Minutes", "Sitting"), rows)
        return f"{self.ways()}\n\n<details><summary>All episodes and labs</summary>\n\n{table}\n\n</details>"

    def episodes(self) -> str:
        """Return a table of the episodes."""
        rows = [
            (item.number, self.link(item), item.question, item.minutes, _sittings(item))
            for item in self.items
            if not item.is_lab
        ]
        return _table(("Number", "Episode", "The question", "Minutes", "Sitting"), rows)

    def labs(self) -> str:
        """Return a table of the labs. The column of what a learner writes is the one of the old table."""
        kept = dict(re.findall(r"^\| (\d\d(?:-\d)?) \| \[[^|]*\| ([^|]*?) \|", self.old, flags=re.M))
        rows = [
            (item.number, self.link(item), kept.get(item.number, ""), item.minutes, _sittings(item))
            for item in self.items
            if item.is_lab
        ]
        return _table(("Number", "Lab", "You write", "Minutes", "Sitting"), rows)

    def sittings(self) -> str:
        """Return a table of the sittings, with what is done in each."""
        rows = []
        for sitting, minutes in enumerate(plan.sitting_minutes(self.items), 1):
            inside = [item for item in self.items if sitting in item.sittings]
            texts = ["lab " * item.is_lab + item.number for item in inside]
            names = [self.link(i, text) + _half(i, sitting) for i, text in zip(inside, texts, strict=True)]
            rows.append((sitting, ", ".join(names), minutes))
        return _table(("Sitting", "Episodes and labs", "Minutes"), rows)

    def teachers(self) -> str:
        """Return, for each time that a teacher may have, a table of what fits."""
        parts = []
        for name, (_most, numbers) in TEACHERS.items():
            chosen = [self.by_number[number] for number in numbers]
            total = sum(item.minutes for item in chosen)
            rows = [(item.number, ("Lab: " if item.is_lab else "") + self.link(item), item.minutes) for item in chosen]
            table = _table(("Number", "Episode or lab", "Minutes"), [*rows, ("", "together", total)])
            parts.append(f"### {name}\n\n{table}")
        return "\n\n".join(parts)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines).replace("|  |", "| |")


def _sittings(item: Item) -> str:
    return " and ".join(map(str, item.sittings))


def _half(item: Item, sitting: int) -> str:
    """Return which half of a long lab a sitting holds, or an empty string for all else."""
    if len(item.sittings) < 2:
        return ""
    return " (first half)" if sitting == item.sittings[0] else " (second half)"


def too_long(items: list[Item]) -> Iterator[str]:
    """Yield a sentence for each time of a teacher that is too short, and for each sitting of a lab that is too long."""
    minutes = Map(items, COURSE, "").by_number
    for name, (most, numbers) in TEACHERS.items():
        if missing := [number for number in numbers if number not in minutes]:
            yield f"tools/course_map.py: {name}: there is no {', '.join(missing)}"
        elif (total := sum(minutes[number].minutes for number in numbers)) > most:
            yield f"tools/course_map.py: {name}: {total} minutes, more than {most}"
    for item in items:
        for part in item.parts if item.is_lab else []:
            if part > plan.MAX_LAB:
                sentence = f"a sitting of {part} minutes, more than {plan.MAX_LAB}: cut it, or break it elsewhere"
                yield f"{item.path.name}: {sentence}"


def written(text: str, items: list[Item], folder: Path) -> str:
    """Return a text with each part of the map in it made again.

    Args:
        text: Markdown.
        items: all episodes and labs.
        folder: the folder of the document.
    """
    made = Map(items, folder, text)

    def part(match: re.Match[str]) -> str:
        return f"{match['begin']}\n{getattr(made, match['name'] or 'map')()}\n{match['end']}"

    return re.sub(MAP, part, text, flags=re.S)


def documents(items: list[Item]) -> Iterator[tuple[Path, str, str]]:
    """Yield the path, the text, and the text with the map made again, of each file that has a part of the map."""
    for name in DOCUMENTS:
        text = (COURSE / name).read_text("utf-8")
        yield COURSE / name, text, written(text, items, (COURSE / name).parent)
    for path in episode.episode_paths():
        if episode.number(path.name) == FIRST_EPISODE:
            nb = episode.read(path)
            before = to_text(nb)
            for cell in nb.cells:
                if cell.cell_type == "markdown":
                    cell.source = written(cell.source, items, path.parent)
            yield path, before, to_text(nb)
    for path in sorted(episode.SOLUTIONS.glob("[0-9]*.ipynb")):
        nb = episode.read(path)
        yield path, to_text(nb), to_text(plan.with_lab_head(nb, path.name))


def main() -> int:
    """Write the map, or name the files in which it is another one. Return the exit code: 1 if there is one, else 0."""
    parser = argparse.ArgumentParser(description="Write or check the map of the course.")
    parser.add_argument("--write", action="store_true", help="write the map; without it, only compare")
    write = parser.parse_args().write
    items = plan.items()
    found = list(too_long(items))
    for path, before, after in documents(items):
        if before != after and write:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"{path.relative_to(COURSE)}: written")
        elif before != after:
            found.append(f"{path.relative_to(COURSE)}: its map is not that of the notebooks: run make map")
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

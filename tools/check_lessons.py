"""Check the rules for episodes.

    python -m tools.check_lessons [notebook ...]      all episodes if none is named

Each rule is a function in `tools/lessons` that yields violations: the places where an episode breaks the rule. A
violation is a tuple (cell id, sentence). The cell id is empty if the violation is about the whole episode. A rule has
two parameters: the notebook `nb`, and the `name` of its file. The rules run no notebook and change nothing.
`notebooks/freeze.py` checks whether a notebook is saved as readers get it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools import minutes
from tools.lessons import budget, collapsed, content, episode, frame, next_cell

RULES: tuple[Callable[[NotebookNode, str], frame.Violations], ...] = (
    frame.ids,
    frame.file_name,
    frame.head,
    frame.ending,
    frame.key_points,
    frame.check_yourself,
    frame.closing_words,
    budget.minutes,
    budget.predictions,
    budget.sizes,
    budget.neighbours,
    collapsed.share,
    collapsed.first_lines,
    collapsed.names,
    collapsed.reveals,
    collapsed.checks,
    collapsed.leads,
    content.prose,
    content.plain_python,
    content.paths_and_ports,
    content.tags,
    content.measured,
    content.metadata,
    content.distinct_buttons,
)
MAX_MEAN = 12  # minutes of an episode, in the mean over the course


def violations(nb: NotebookNode, name: str) -> Iterator[str]:
    """Check an episode by all rules. Yield each violation as a sentence that names the file and the cell id."""
    for rule in RULES:
        for cell, sentence in rule(nb, name):
            yield ": ".join(filter(None, (name, cell, sentence)))


def course_violations(episodes: dict[str, NotebookNode]) -> Iterator[str]:
    """Check what one episode alone does not show. Yield each violation as a sentence.

    The mean of the minutes, a self-check at the end of each chapter, and the last cell of each episode.

    Args:
        episodes: all episodes, by the name of the file, in their order.
    """
    figures = [minutes.minutes(nb).minutes for nb in episodes.values()]
    if (mean := sum(figures) / len(figures)) > MAX_MEAN:
        yield f"notebooks: an episode takes {mean:.1f} minutes in the mean, more than {MAX_MEAN}"
    for name, nb in episodes.items():
        is_last = next_cell.is_last_of_chapter(name, list(episodes))
        if is_last and frame.CHECK_YOURSELF not in episode.sections(nb):
            yield f"notebooks/{name}: the chapter ends here without the section “{frame.CHECK_YOURSELF}”"
        if nb.cells[-1].source != next_cell.next_text(name):
            yield f"notebooks/{name}: {episode.NEXT}: is not as python -m tools.minutes --write writes it"


def main() -> int:
    """Print the violations in the episodes. Return the exit code: 1 if there are any, else 0."""
    parser = argparse.ArgumentParser(description="Check the rules for episodes.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook")
    options = parser.parse_args()
    episodes = {path.name: episode.read(path) for path in episode.episode_paths()}
    named = {path.name: episode.read(path) for path in options.notebooks} or episodes
    found = [sentence for name, nb in named.items() for sentence in violations(nb, f"notebooks/{name}")]
    for sentence in course_violations(episodes):
        if not options.notebooks or any(f"/{name}: " in sentence for name in named):
            found.append(sentence)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())

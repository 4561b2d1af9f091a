"""The last cell of an episode: links to the episodes before and after it, and to the labs of its chapter."""

from pathlib import Path

from tools.lessons import episode


def chapter_labs(chapter: str) -> list[Path]:
    """Return the paths of the labs of a chapter, such as "04", in their order. A learner's kept copies are left out."""
    found = sorted(episode.LABS.glob(f"{chapter}*.ipynb"))
    return [path for path in found if episode.number(path.name)[:2] == chapter and "-mine-" not in path.name]


def next_text(name: str) -> str:
    """Return the text of the cell `next` of an episode: the previous one, the next one, and the labs of its chapter.

    The labs come after the last episode of a chapter. The text of an earlier one names that episode.

    Args:
        name: the name of the episode's file, such as "04b-when-the-peer-has-gone.ipynb".
    """
    paths = episode.episode_paths()
    names = [path.name for path in paths]
    if name not in names:
        return "→"
    index = names.index(name)
    parts = []
    if index > 0:
        parts.append(f"Previous: {_link(paths[index - 1])}")
    if index + 1 < len(paths):
        parts.append(f"Next: {_link(paths[index + 1])}")
    if labs := chapter_labs(name[:2]):
        last = max(other for other in names if other[:2] == name[:2])
        after = "" if name == last else f" after {episode.number(last)}"
        parts.append(f"Lab{'s' * (len(labs) > 1)}{after}: " + ", ".join(_link(lab, "../labs/") for lab in labs))
    return " · ".join(parts) or "→"


def is_last_of_chapter(name: str, names: list[str]) -> bool:
    """Return whether no later episode belongs to the same chapter.

    Args:
        name: the name of the episode's file.
        names: the names of the files of all episodes.
    """
    return not any(other > name and other[:2] == name[:2] for other in names)


def _link(path: Path, folder: str = "") -> str:
    return f"[{episode.title(episode.read(path))}]({folder}{path.name})"

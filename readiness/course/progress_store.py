"""Where the learner's progress is kept: which checks of the labs have passed, and which episodes were run.

The progress is the learner's own, so it is in their data folder, not beside the course. It has a file for each lab, and
one for the episodes. This module says what the notes are; `progress_files` reads and writes the files.
"""

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import platformdirs

from readiness.base.messages import _
from readiness.course.progress_files import EPISODES, Progress, ProgressFiles

PROGRESS_ENV = "READINESS_PROGRESS"
"""The environment variable that names the folder of the progress. By default it is in the user's data folder.

Before version 0.2 it named a file. If there is such a file, its notes are taken over, and the folder is beside it.
"""

GRADING_ENV = "NBGRADER_EXECUTION"
"""The environment variable that nbgrader sets in a kernel that it grades with. The notes then stay in this process."""

OLD_FILE = Path(__file__).resolve().parents[2] / ".progress.json"
"""Where the progress was before version 0.2."""


def load_progress() -> Progress:
    """Read the learner's progress in all labs and episodes.

    Returns:
        A dict with an entry for each lab, by the lab's number. In an entry, "of" is the number of checks in the lab,
            and "checks" says whether each check passed when it last ran, by the name of the check. "texts", if it is
            there, has what `texts_passed` returns. The entry `EPISODES` is a list of numbers of episodes. The dict is
            empty if nothing has run yet.
    """
    return _files().load()


def record_result(
    lab: str, check: str, passed: bool, total_checks: int, texts: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Save whether a check passed.

    Args:
        lab: the number of the lab, such as "05".
        check: the name of the check's function.
        passed: whether the check passed.
        total_checks: the number of checks in the lab.
        texts: for each answer that the check judges, "ANSWER CHECK" and what stands for the answer's text if it passed.
    """
    entry: Progress = {"of": total_checks, "checks": {check: passed}}
    _files().add({lab: entry | ({"texts": dict(texts)} if texts else {})})


def texts_passed(lab: str) -> dict[str, str]:
    """Return what `record_result` has saved of the answers' texts: "" for an answer whose check failed last."""
    texts = load_progress().get(lab, {}).get("texts", {})
    return texts if isinstance(texts, dict) else {}


def record_episode(number: str) -> None:
    """Save that the episode `number`, such as "04b", was run to its end."""
    _files().add({EPISODES: [number]})


def episodes_run() -> list[str]:
    """Return the numbers of the episodes that were run to their end."""
    return list(load_progress().get(EPISODES, []))


def checks_passed(lab: str) -> int:
    """Return the number of checks of a lab that passed when they last ran.

    Args:
        lab: the number of the lab, such as "05".
    """
    return _passed(load_progress().get(lab, {"of": 0, "checks": {}}))


def _passed(entry: Progress) -> int:
    # A check that has another name in this version of the course may have been noted under both names.
    return min(entry["of"], sum(entry["checks"].values()))


def summary() -> str:
    """Return a text with one line for each lab of which a check has run: how many of the lab's checks have passed."""
    labs = [
        _("Lab {number}: {n} of {all} checks passed.").format(number=number, n=_passed(entry), all=entry["of"])
        for number, entry in sorted(load_progress().items())
        if number != EPISODES
    ]
    return "\n".join(labs) or _("No lab has been begun yet.")


def _files() -> ProgressFiles:
    """Return the learner's files. While nbgrader grades, return notes that are in no file."""
    if os.environ.get(GRADING_ENV):
        return _open(None, None)
    if named := os.environ.get(PROGRESS_ENV):
        path = Path(os.path.expanduser(named)).absolute()
        return _open(path.with_name(path.name + ".d"), path) if path.is_file() else _open(path, None)
    return _open(platformdirs.user_data_path("readiness", appauthor=False) / "progress", OLD_FILE)


@functools.cache
def _open(folder: Path | None, old_file: Path | None) -> ProgressFiles:
    return ProgressFiles(folder, old_file)

"""Where the learner's progress is kept: which checks of the labs have passed, and which episodes were run.

The progress is in a file, which git ignores, so it is still there after a restart of the kernel.
"""

import json
import os
from pathlib import Path
from typing import Any

from readiness.base.messages import _

PROGRESS_ENV = "READINESS_PROGRESS"
"""The environment variable that names the progress file; by default it is ``.progress.json`` in the course's folder."""

OLD_NUMBERS = {"12a": "12-1", "12b": "12-3", "12c": "12-2", "12d": "12-4", "12e": "12-5"}
"""The numbers that labs had before version 0.2, and their numbers now. A progress file may have the old ones."""

EPISODES = "episodes"
"""The key of the progress file for the episodes that were run to their end. All other keys are numbers of labs."""


def _progress_file() -> Path:
    return Path(os.environ.get(PROGRESS_ENV) or Path(__file__).resolve().parents[2] / ".progress.json")


def load_progress() -> dict[str, Any]:
    """Read the learner's progress in all labs from the progress file.

    Returns:
        A dict with an entry for each lab, by the lab's number. In an entry, "of" is the number of checks in the lab,
            and "checks" says whether each check passed when it last ran, by the name of the check. An old number of a
            lab is replaced by its new one. The entry `EPISODES` is a list of numbers of episodes. The dict is empty if
            nothing has run yet.
    """
    try:
        progress = json.loads(_progress_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is no file yet, or it is not ours
        return {}
    return {OLD_NUMBERS.get(number, number): entry for number, entry in progress.items()}


def record_result(lab: str, check: str, passed: bool, total_checks: int) -> None:
    """Save in the progress file whether a check passed.

    Args:
        lab: the number of the lab, such as "05".
        check: the name of the check's function.
        passed: whether the check passed.
        total_checks: the number of checks in the lab.
    """
    progress = load_progress()
    entry = progress.setdefault(lab, {"of": total_checks, "checks": {}})
    entry["of"] = total_checks
    entry["checks"][check] = passed
    _save(progress)


def _save(progress: dict[str, Any]) -> None:
    try:
        new = _progress_file().with_suffix(".new")
        new.write_text(json.dumps(progress, indent=1), encoding="utf-8")
        os.replace(new, _progress_file())
    except OSError:  # the folder is read-only; the learner sees the result of a check nevertheless
        pass


def record_episode(number: str) -> None:
    """Save in the progress file that the episode `number`, such as "04b", was run to its end."""
    progress = load_progress()
    progress[EPISODES] = sorted({*progress.get(EPISODES, []), number})
    _save(progress)


def episodes_run() -> list[str]:
    """Return the numbers of the episodes that were run to their end."""
    return list(load_progress().get(EPISODES, []))


def summary() -> str:
    """Return a text with one line for each lab of which a check has run: how many of the lab's checks have passed."""
    labs = [
        _("Lab {number}: {n} of {all} checks passed.").format(
            number=number, n=sum(entry["checks"].values()), all=entry["of"]
        )
        for number, entry in sorted(load_progress().items())
        if number != EPISODES
    ]
    return "\n".join(labs) or _("No lab has been begun yet.")

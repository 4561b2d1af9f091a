"""Load what a Linux machine recorded, for machines without epoll or /proc.

``tools/notebooks/record.py`` writes the files into this folder. The name of a file may begin with the number of a
lesson, as in ``05-one_entry.json``. The name of the recording is then "one_entry".
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _

_FOLDER = Path(__file__).parent


class Recording(NamedTuple):
    """What was recorded: any JSON value, and a phrase that names the machine and the month."""

    data: Any
    origin: str


def name_of(path: Path) -> str:
    """Return the name of the recording in a file: the file's name without the lesson's number and the suffix."""
    return re.sub(r"^\d\d[a-z]?-", "", path.stem)


def files(folder: Path | None = None) -> dict[str, Path]:
    """Return the file of each recording by its name."""
    return {name_of(path): path for path in (folder or _FOLDER).glob("*.json")}


def names() -> list[str]:
    """Return the names of all recordings, in order."""
    return sorted(files())


def load(name: str) -> Recording:
    """Load a recording by its name.

    Raises:
        UserError: There is no recording of this name.
    """
    if name not in (known := files()):
        raise UserError(
            _("There is no recording {name!r}: choose among {names}.").format(name=name, names=", ".join(sorted(known)))
        )
    file = json.loads(known[name].read_text(encoding="utf-8"))
    origin = _("recorded on {system} {release}, {python}, {cpus} cores, {month}/{year}").format(**file["machine"])
    return Recording(file["data"], origin)

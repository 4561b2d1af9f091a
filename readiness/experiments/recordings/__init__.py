"""Recordings: what a Linux machine measured and showed, for machines without epoll or /proc.

This module only reads the files that ``tools/notebooks/record.py`` writes into this folder. The recordings of one
lesson have its number in front of the file's name, such as ``05-one_entry.json``; a recording is loaded
by its name alone.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _

_FOLDER = Path(__file__).parent


class Recording(NamedTuple):
    """``data``: any JSON value; ``origin``: a text that names the machine and the month of the recording."""

    data: Any
    origin: str


def name_of(path: Path) -> str:
    """Return the name of a recording: the name of its file without the lesson's number and the suffix."""
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
        UserError: there is no recording of this name.
    """
    if name not in (known := files()):
        raise UserError(
            _("There is no recording {name!r}: choose among {names}.").format(name=name, names=", ".join(sorted(known)))
        )
    file = json.loads(known[name].read_text(encoding="utf-8"))
    origin = _("recorded on {system} {release}, {python}, {cpus} cores, {month}/{year}").format(**file["machine"])
    return Recording(file["data"], origin)

"""Load the results that a Linux machine recorded, for machines without epoll or /proc.

``tools/notebooks/record.py`` writes the files in this folder. The name of a file may begin with the number of an
episode: the file ``05a-one_entry.json`` holds the recording "one_entry".
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _

_FOLDER = Path(__file__).parent


class Recording(NamedTuple):
    """A recorded result.

    Attributes:
        data: the result, any value that JSON can hold.
        origin: a phrase that names the machine and the month of the recording.
    """

    data: Any
    origin: str


def name_of(path: Path) -> str:
    """Return the name of the recording in the file `path`: the file's name without the episode's number and ".json"."""
    return re.sub(r"^\d\d[a-z]?-", "", path.stem)


def files(folder: Path | None = None) -> dict[str, Path]:
    """Return the file of each recording, by the name of the recording.

    Args:
        folder: the folder with the recordings; None for the folder of this module.
    """
    return {name_of(path): path for path in (folder or _FOLDER).glob("*.json")}


def names() -> list[str]:
    """Return the names of all recordings, sorted."""
    return sorted(files())


def load(name: str) -> Recording:
    """Load the recording with this name.

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

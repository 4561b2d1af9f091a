"""Recorded: what a Linux machine measured and showed, for machines without epoll or /proc.

It only reads what ``tools/notebooks/record.py`` wrote beside it; nothing here is measured, and nothing is compared.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from readiness.base.messages import UserError, _

_FOLDER = Path(__file__).parent


class Recording(NamedTuple):
    """``data``, whatever JSON that is; ``machine``, in words where and when it was recorded."""

    data: Any
    machine: str


def names() -> list[str]:
    """What there is to load."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def load(name: str) -> Recording:
    """A recording by its name. UserError: there is none of that name."""
    if name not in (known := names()):
        raise UserError(
            _("There is no recording {name!r}: choose among {names}.").format(name=name, names=", ".join(known))
        )
    file = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    machine = _("recorded on {system} {release}, {python}, {cpus} cores, {month}/{year}").format(**file["machine"])
    return Recording(file["data"], machine)

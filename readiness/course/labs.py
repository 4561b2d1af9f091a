"""Labs: how a lab is made of its solution, and how a learner gets a fresh one without losing the old.

``solutions/`` is the only source. Nothing is run here, and no answer is judged.
"""

import copy
import re
from pathlib import Path
from typing import Any

import nbformat

from readiness.base.messages import UserError, _
from readiness.course.launcher import course_root

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # nbgrader's own marks
STUB = 'raise NotImplementedError("your code here")'
ONLY_SOLUTION = "solution"  # the tag of prose that a lab doesn't show

Notebook = dict[str, Any]


def derive(solution: Notebook, name: str) -> Notebook:
    """The lab of a solution (nbformat 4.5, as JSON): each region a stub of the same indentation, nothing run.

    Cell ids stay. Cells tagged "solution" go. UserError: no region at all, one that is not closed, one that opens twice.
    """
    lab = copy.deepcopy(solution)
    lab["cells"] = [cell for cell in lab["cells"] if ONLY_SOLUTION not in cell["metadata"].get("tags", [])]
    regions = 0
    for cell in lab["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            source, found = _blank(_text(cell), f"{name}, {cell['id']}")
            cell["source"] = source
            regions += found
    if not regions:
        words = _("{name}: there is no region between {begin} and {end}.")
        raise UserError(words.format(name=name, begin=BEGIN, end=END))
    return lab


def text(solution: Path) -> str:
    """The lab of the solution in that file, as the lab's own file holds it."""
    lab = nbformat.from_dict(derive(nbformat.read(solution, as_version=4), solution.name))
    lab.metadata = {key: lab.metadata[key] for key in ("kernelspec", "language_info") if key in lab.metadata}
    nbformat.validate(lab)
    return nbformat.writes(lab).rstrip("\n") + "\n"


def _text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _blank(source: str, where: str) -> tuple[str, int]:
    """The source with a stub for each region, and how many there were."""
    kept: list[str] = []
    inside, regions = False, 0
    for line in source.split("\n"):
        mark = line.strip()
        if mark == BEGIN:
            if inside:
                raise UserError(_("{where}: a region begins within another.").format(where=where))
            inside, regions = True, regions + 1
            kept.append(re.match(r"\s*", line)[0] + STUB)
        elif mark == END:
            if not inside:
                raise UserError(_("{where}: a region ends that never began.").format(where=where))
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise UserError(_("{where}: a region is not closed.").format(where=where))
    return "\n".join(kept), regions


def find(folder: Path, number: str) -> Path:
    """The one notebook of that number, such as "05", in a folder. UserError: there is none."""
    found = sorted(folder.glob(f"{number}-*.ipynb"))
    if len(found) != 1:
        known = ", ".join(sorted(path.name.partition("-")[0] for path in folder.glob("[0-9]*.ipynb"))) or _("none")
        raise UserError(_("There is no lab {number!r}: choose among {known}.").format(number=number, known=known))
    return found[0]


def aside(path: Path) -> Path:
    """A free name beside `path`, for what stood there: lab.ipynb becomes lab-mine-1.ipynb, or the next number."""
    number = 1
    while (other := path.with_name(f"{path.stem}-mine-{number}{path.suffix}")).exists():
        number += 1
    return other


def reset(number: str) -> str:
    """A fresh copy of one lab; what stood there is kept beside it. The sentence says where. UserError: no such lab."""
    root = course_root()
    solution = find(root / "solutions", number)
    lab = root / "labs" / solution.name
    fresh = text(solution)
    kept = ""
    if lab.exists():
        if lab.read_text(encoding="utf-8") == fresh:
            return _("labs/{name} is as new already.").format(name=lab.name)
        other = aside(lab)
        lab.rename(other)
        kept = " " + _("What stood there is kept as {name}.").format(name=f"labs/{other.name}")
    lab.write_text(fresh, encoding="utf-8", newline="\n")
    return _("labs/{name} is as new.").format(name=lab.name) + kept

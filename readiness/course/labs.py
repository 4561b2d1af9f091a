"""Derive a lab from its solution, and replace a learner's lab with a fresh copy while the learner's version is kept.

A solution is a notebook with all answers. Its lab is the same notebook without them. ``solutions/`` is the only source.
This module runs no notebook, and judges no answer.
"""

import contextlib
import copy
import os
import re
from pathlib import Path
from typing import Any

import nbformat

from readiness.base.messages import UserError, _
from readiness.course.course_folder import course_root, original_root
from readiness.course.course_update import is_own, note_base

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # the marks that nbgrader uses
STUB = 'raise NotImplementedError("your code here")'
ONLY_SOLUTION = "solution"  # the tag of prose that a lab does not show
DERIVED_COMMENT = "# Derived from solutions/{name} by make labs: edit the solution, not this file."

Notebook = dict[str, Any]


def derive(solution: Notebook, name: str) -> Notebook:
    """Return the lab of a solution: a copy in which a stub replaces each region between `BEGIN` and `END`.

    A stub is a line that raises NotImplementedError, with the indentation of the region. Cells keep their ids. Cells
    with the tag "solution" are left out. The metadata name the solution. A comment in the first code cell without a
    region names the solution too, below the comment with which the cell may begin.

    Args:
        solution: the notebook (nbformat 4.5, as JSON).
        name: the name of the solution's file.

    Raises:
        UserError: There is no region, a region is not closed, or a region begins inside another region.
    """
    lab = copy.deepcopy(solution)
    lab["cells"] = [cell for cell in lab["cells"] if ONLY_SOLUTION not in cell["metadata"].get("tags", [])]
    lab["metadata"] = {key: lab["metadata"][key] for key in ("kernelspec", "language_info") if key in lab["metadata"]}
    lab["metadata"]["readiness"] = {"derived_from": f"solutions/{name}"}
    comment = DERIVED_COMMENT.format(name=name) + "\n"
    regions = 0
    for cell in lab["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            source, count = _replace_solutions(_source(cell), f"{name}, {cell['id']}")
            if not count:
                begin = source[: source.find("\n") + 1] if source.startswith("# ") else ""  # what it shows if collapsed
                source, comment = begin + comment + source.removeprefix(begin), ""
            cell["source"] = source
            regions += count
    if not regions:
        text = _("{name}: there is no region between {begin} and {end}.")
        raise UserError(text.format(name=name, begin=BEGIN, end=END))
    return lab


def render_lab(solution: Path) -> str:
    """Derive the lab from the file `solution`, and return the text of the lab's file."""
    lab = nbformat.from_dict(derive(nbformat.read(solution, as_version=4), solution.name))
    nbformat.validate(lab)
    return nbformat.writes(lab).rstrip("\n") + "\n"


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _replace_solutions(source: str, where: str) -> tuple[str, int]:
    """Replace each region between `BEGIN` and `END` in the source of a cell with a stub.

    Return the new source and the number of regions. An error message begins with `where`.
    """
    lines: list[str] = []
    inside, regions = False, 0
    for line in source.split("\n"):
        mark = line.strip()
        if mark == BEGIN:
            if inside:
                raise UserError(_("{where}: a region begins within another.").format(where=where))
            inside, regions = True, regions + 1
            lines.append(line.removesuffix(line.lstrip()) + STUB)
        elif mark == END:
            if not inside:
                raise UserError(_("{where}: a region ends, but none has begun.").format(where=where))
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise UserError(_("{where}: a region is not closed.").format(where=where))
    return "\n".join(lines), regions


def number_of(name: str) -> str:
    """Return the number of a lab or an episode, such as "05", "12-3" or "04b".

    Args:
        name: the name of its file, such as "12-2-ftp-passive-data.ipynb".
    """
    match = re.match(r"\d\d(?:[a-z]|-\d)?(?=-)", name)
    return match[0] if match else ""


def find_notebook(folder: Path, number: str) -> Path:
    """Return the path of the notebook in `folder` with this number, such as "05" or "12-3".

    Raises:
        UserError: There is no notebook with this number.
    """
    found = {number_of(path.name): path for path in sorted(folder.glob("[0-9]*.ipynb")) if not is_own(path)}
    if number not in found:
        known = ", ".join(found) or _("none")
        raise UserError(_("There is no lab {number!r}: choose among {known}.").format(number=number, known=known))
    return found[number]


def backup_path(path: Path) -> Path:
    """Make an empty file for a backup copy of `path`, such as lab-mine-1.ipynb for lab.ipynb. Return its path.

    Raises:
        OSError: The folder can't be written.
    """
    number = 1
    while True:
        other = path.with_name(f"{path.stem}-mine-{number}{path.suffix}")
        try:
            other.touch(exist_ok=False)  # so no other reset can choose the same name
        except FileExistsError:
            number += 1
        else:
            return other


def reset(number: str) -> str:
    """Write a fresh copy of a lab. The learner's version is kept in a file beside it.

    Args:
        number: the number of the lab, such as "05" or "12-3".

    Returns:
        Sentences that name the files.

    Raises:
        UserError: There is no lab with this number, its solution can't be read, or the folder of the labs can't be
            written. Nothing has changed then.
    """
    root = course_root()
    name, fresh = _fresh(original_root(), number)
    lab = root / "labs" / name
    shown = f"labs/{name}" if root.samefile(".") else str(lab)
    try:
        if _is_text(lab, fresh):
            return _("{lab} has no changes, so there is nothing to reset.").format(lab=shown)
        backup = _replace(lab, fresh)
    except OSError as error:
        text = _(
            "The folder {folder} can't be written ({error}), so the lab is as it was. Make a copy of the course in a "
            "folder of your own with `python -m readiness copy DIR`, and reset the lab there."
        )
        raise UserError(text.format(folder=lab.parent, error=error.strerror or error)) from None
    with contextlib.suppress(OSError):  # without the note, the next update keeps a version too many
        note_base(root, f"labs/{name}", fresh.encode())
    sentences = [_("{lab} is a fresh copy now.").format(lab=shown)]
    if backup:
        kept = shown.removesuffix(name) + backup.name
        sentences.append(_("Your version is kept as {name}.").format(name=kept))
        sentences.append(_("If the lab is open in JupyterLab, choose File, then Reload Notebook from Disk."))
    return " ".join(sentences)


def _fresh(root: Path, number: str) -> tuple[str, str]:
    """Return the name of a lab's file, and the text of a fresh one."""
    if not (root / "solutions").is_dir():
        text = _(
            "A fresh lab is made from its solution, and there is no folder {folder}. Keep your lab under another name, "
            "and get the lab again where you got the course."
        )
        raise UserError(text.format(folder=root / "solutions"))
    solution = find_notebook(root / "solutions", number)
    try:
        return solution.name, render_lab(solution)
    except UserError:
        raise
    except (nbformat.ValidationError, OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        text = _("{file} can't be read as a notebook ({error}): get the file again where you got the course.")
        raise UserError(text.format(file=solution, error=_first_line(error))) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]


def _is_text(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (FileNotFoundError, UnicodeDecodeError):
        return False


def _replace(path: Path, text: str) -> Path | None:
    """Write the text to the file. Keep what was there, and return the path of the copy, or None if nothing was there.

    If an error comes out, the file is as it was.
    """
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    backup = None
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        if os.path.lexists(path):
            backup = backup_path(path)
            os.replace(path, backup)
        os.replace(new, path)
    except BaseException:
        if backup and not os.path.lexists(path):
            os.replace(backup, path)
        elif backup:
            backup.unlink()
        new.unlink(missing_ok=True)
        raise
    return backup

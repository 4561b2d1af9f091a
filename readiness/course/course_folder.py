"""Where the course is: the original that comes with the package, and the learner's own copy of it.

This module only finds folders, and needs no other package. `learner_copy` makes a copy, and brings it up to date.
"""

import os
import shlex
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from shutil import which

from readiness.base.messages import UserError, _

FIRST_LESSON = "notebooks/00a-start-here.ipynb"
FOLDERS = ("notebooks", "labs", "solutions")
PACKAGE = Path(__file__).resolve().parents[1]
NEW_COPY = "whos-ready"  # the name that messages give a folder for a copy
VERSION_FILE = ".readiness/version"
"""The file that marks a folder as a copy of the course. It holds the version of the course that was copied last."""


def is_copy(folder: Path) -> bool:
    """Return whether the folder is a learner's copy of the course."""
    return os.path.isfile(folder / VERSION_FILE)  # also in a folder that can't be read


def nearest_copy() -> Path | None:
    """Return the copy that the current folder is, or that it is in. None if there is no such copy."""
    try:
        here = Path.cwd()
    except OSError:  # the current folder was deleted
        return None
    return next((folder for folder in (here, *here.parents) if is_copy(folder)), None)


def cloned_root() -> Path | None:
    """Return the folder above the package, if the course was cloned. None if the package comes from a wheel."""
    root = PACKAGE.parent
    return root if (root / FIRST_LESSON).is_file() else None


def original_root() -> Path:
    """Return the folder of the original notebooks/, labs/ and solutions/: the cloned one, or the wheel's.

    Raises:
        UserError: The package was installed without the episodes.
    """
    if root := cloned_root():
        return root
    root = PACKAGE / "lessons"
    if not (root / FIRST_LESSON).is_file():
        text = _("There are no episodes in {folder}: install the course again, from its wheel or its cloned folder.")
        raise UserError(text.format(folder=PACKAGE))
    return root


def course_root() -> Path:
    """Return the folder in which the learner works: the nearest copy, or else the cloned course.

    Raises:
        UserError: There is neither, or the package was installed without the episodes.
    """
    if root := nearest_copy() or cloned_root():
        return root
    original_root()
    text = _(
        "There is no course in {folder}. If you have a copy of the course, go to its folder first. If not, type "
        "`{copy}`, then `cd {name}` and `{start}`."
    )
    try:
        folder = os.getcwd()
    except OSError:
        folder = os.curdir
    raise UserError(text.format(folder=folder, copy=command("copy", NEW_COPY), name=NEW_COPY, start=command()))


def describe_place() -> str:
    """Return a sentence that says where the learner's course is, or what to do if there is none."""
    try:
        return _("The course is in {folder}.").format(folder=course_root())
    except UserError as error:
        return str(error)


def installed_version() -> str:
    """Return the version of the course that the original has, such as "0.1.0"."""
    if root := cloned_root():  # what pip notes of a cloned course may be out of date
        return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("readiness")


def copied_version(copy: Path) -> str:
    """Return the version of the course that was copied last to the folder `copy`, or an empty text if it has none."""
    try:
        return (copy / VERSION_FILE).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def command(*words: str) -> str:
    """Return a command line of the course as it is typed in a shell, such as "python -m readiness copy whos-ready".

    Args:
        words: the words after ``-m readiness``.
    """
    found = which("python")
    is_ours = found is not None and os.path.abspath(found) == os.path.abspath(sys.executable)
    return " ".join(map(quoted, ("python" if is_ours else sys.executable, "-m", "readiness", *words)))


def quoted(word: str) -> str:
    """Return a word, such as a path, as it is typed in a shell."""
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    return shlex.quote(word)

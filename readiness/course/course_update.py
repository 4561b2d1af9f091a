"""Bring the files of a learner's copy up to date, one after another.

The copy has a hidden folder with the files as the course had them when they were copied: the base. So an update knows
what the learner has changed. Each file is written beside its place, and takes the place in one step. An update that was
interrupted is finished by the next one. `notebook_merge` merges the notebooks; this module decides and writes.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from readiness.course import course_folder, notebook_merge
from readiness.course.course_folder import FOLDERS

PATTERNS = ("[0-9]*.ipynb", "README.md", "pictures/*")
BASE_FOLDER = ".readiness/base"


class Outcome(Enum):
    """What became of one file of the copy."""

    SAME = auto()
    """Nothing."""
    TAKEN = auto()
    """It is the course's new version."""
    MERGED = auto()
    """It has the changes of both sides."""
    KEPT = auto()
    """It is the learner's, because the course has changed nothing in it."""
    CONFLICT = auto()
    """It is the course's. The learner's version is beside it, because both sides have changed the same part."""
    BROKEN = auto()
    """It is the course's. What the learner had is beside it, because it is no notebook."""
    PROTECTED = auto()
    """It is the learner's, although the course has changed it, because it is read-only or a link."""
    REMOVED = auto()
    """It is gone, because the course has it no longer."""
    LEFT = auto()
    """It is the learner's, although the course has it no longer."""


Outcomes = dict[str, tuple[Outcome, str]]
"""For each file of the copy what became of it, and under which name the learner's version is kept, or an empty text."""


def originals() -> dict[str, Path]:
    """Return the files that a copy gets: the path of each original, by its name in the copy.

    Raises:
        UserError: The package was installed without the episodes.
    """
    root = course_folder.original_root()
    found = [path for folder in FOLDERS for pattern in PATTERNS for path in sorted((root / folder).glob(pattern))]
    return {path.relative_to(root).as_posix(): path for path in found if path.is_file() and not is_own(path)}


def is_own(path: Path) -> bool:
    """Return whether the name of a notebook says that it is the learner's version of another one."""
    return ".mine" in path.name or "-mine-" in path.name


def note_base(root: Path, name: str, data: bytes) -> None:
    """Note for the next update that a file of the learner has begun again as `data`. A cloned course has no such notes.

    Args:
        root: the learner's folder, a copy or a cloned course.
        name: the name of the file in it, such as "labs/05-epoll-echo-server.ipynb".
        data: the bytes of the file.

    Raises:
        OSError: The note can't be written.
    """
    if course_folder.is_copy(root):
        _write(root / BASE_FOLDER / name, data)


def update(root: Path) -> Outcomes:
    """Bring the copy in the folder `root` up to date. If the folder is empty or missing, the copy is made.

    Returns:
        What became of each file.

    Raises:
        OSError: A file can't be read or written. Each file is an old or a new one then.
        UserError: The package was installed without the episodes.
    """
    new = originals()
    _write(root / course_folder.VERSION_FILE, f"{course_folder.installed_version()}\n".encode())
    base_folder = root / BASE_FOLDER
    old = {path.relative_to(base_folder).as_posix() for path in base_folder.rglob("*") if path.is_file()}
    outcomes = {name: _update_file(root, name, path.read_bytes()) for name, path in new.items()}
    return outcomes | {name: (_drop_file(root, name), "") for name in sorted(old - set(new))}


def _update_file(root: Path, name: str, new: bytes) -> tuple[Outcome, str]:
    path, base_path = root / name, root / BASE_FOLDER / name
    mine, base = _read(path), _read(base_path)
    if mine != new and new != base and _is_protected(path):
        return Outcome.PROTECTED, ""  # the base stays, too: the file is merged when it is no longer protected
    outcome, data = _decide(name, base, mine, new)
    aside = _name_aside(path) if outcome in (Outcome.CONFLICT, Outcome.BROKEN) else None
    if data != mine:
        _write(path, data, aside)
    if base != new:  # after the file: if that was not written, it is still what the old base has become
        _write(base_path, new)
    return outcome, aside.relative_to(root).as_posix() if aside else ""


def _decide(name: str, base: bytes | None, mine: bytes | None, new: bytes) -> tuple[Outcome, bytes]:
    """Return what becomes of a file, and its new content.

    Args:
        name: the name of the file.
        base: its content when it was copied, or None if it was not.
        mine: its content now, or None if there is no such file.
        new: its content in the newer course.
    """
    if mine == new:
        return Outcome.SAME, new
    if mine is None or mine == base:
        return Outcome.TAKEN, new
    if name.endswith(".ipynb") and not notebook_merge.is_notebook(mine):
        return Outcome.BROKEN, new
    if new == base:
        return Outcome.KEPT, mine
    try:
        merged = notebook_merge.merge_files(base or b"", mine, new)
    except notebook_merge.ConflictError:
        return Outcome.CONFLICT, new
    return (Outcome.KEPT if merged == mine else Outcome.MERGED), merged


def _drop_file(root: Path, name: str) -> Outcome:
    """Remove a file that the course no longer has, unless the learner has changed it."""
    path, base_path = root / name, root / BASE_FOLDER / name
    mine = _read(path)
    untouched = mine == _read(base_path) and not _is_protected(path)
    if untouched:
        path.unlink()
    base_path.unlink()
    if mine is None:
        return Outcome.SAME
    return Outcome.REMOVED if untouched else Outcome.LEFT


def _is_protected(path: Path) -> bool:
    """Return whether the file is read-only, or a link to another file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISLNK(mode) or not mode & stat.S_IWUSR


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _name_aside(path: Path) -> Path:
    """Return a name that is free for the learner's version of a file, such as lab.mine.ipynb for lab.ipynb."""
    return next(other for other in _names_aside(path) if not os.path.lexists(other))


def _names_aside(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.stem}.mine{path.suffix}")
    number = 2
    while True:
        yield path.with_name(f"{path.stem}.mine-{number}{path.suffix}")
        number += 1


def _write(path: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file in one step. What was there gets the name `aside`, if there is one.

    If an error comes out, the old file has its name and its content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        if path.is_file():
            shutil.copymode(path, new)
        if aside:
            os.replace(path, aside)
        os.replace(new, path)
    except BaseException:
        if aside and os.path.lexists(aside) and not os.path.lexists(path):
            os.replace(aside, path)
        new.unlink(missing_ok=True)
        raise

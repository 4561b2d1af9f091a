"""Make the learner's own copy of the course, and bring it up to date: the command ``python -m readiness copy DIR``.

This module says where a copy may be, and describes what was done. `course_update` writes the files.
"""

import os
from pathlib import Path

from packaging.version import InvalidVersion, Version

from readiness.base.messages import UserError, _
from readiness.course import course_folder
from readiness.course.course_folder import FOLDERS
from readiness.course.course_update import Outcome, Outcomes, update

WRITTEN = {Outcome.TAKEN, Outcome.MERGED, Outcome.CONFLICT, Outcome.BROKEN, Outcome.REMOVED}

MAX_NAMES = 5
"""The number of files that a line of the summary names."""


def copy_course(target: str) -> str:
    """Make a copy of the course in a folder, or bring the copy that is there up to date.

    Args:
        target: the folder. It does not exist yet, is empty, or is a copy. A ``~`` at its beginning is the home folder.

    Returns:
        Sentences that say what was made or changed, and how to go on.

    Raises:
        UserError: The folder is something else, its copy is newer than the installed course, or it can't be written.
    """
    root = Path(os.path.realpath(os.path.expanduser(target)))
    is_new = not course_folder.is_copy(root)
    try:
        _check_place(target, root)
        outcomes = update(root)
    except OSError as error:
        raise UserError(_describe_failure(root, error)) from None
    except KeyboardInterrupt:
        text = _("The copy in {folder} is not complete. All your files are whole. Run the same command again.")
        raise UserError(text.format(folder=root)) from None
    return _describe_new(root, list(outcomes)) if is_new else _describe_update(root, outcomes)


def version_note(root: Path) -> str:
    """Return a sentence if `root` is a copy of another version than the installed one, else an empty text."""
    copied = course_folder.copied_version(root)
    if not course_folder.is_copy(root) or copied == (installed := course_folder.installed_version()):
        return ""
    text = _("This copy has version {copied}, and version {installed} is installed. To update the copy: {command}")
    return text.format(copied=copied, installed=installed, command=course_folder.command("copy", str(root)))


# Where a copy may be


def _check_place(target: str, root: Path) -> None:
    """Raise UserError if the folder `root`, which the user has called `target`, can't be a copy."""
    if not target:
        command = course_folder.command("copy", course_folder.NEW_COPY)
        raise UserError(_("Say in which folder, as in: {command}").format(command=command))
    if root.exists() and not root.is_dir():
        raise UserError(_("{folder} is a file: name a folder that does not exist yet.").format(folder=root))
    for folder in (root, *(root / name for name in (*FOLDERS, ".readiness"))):
        _check_is_no_course(root, Path(os.path.realpath(folder)))
    if course_folder.is_copy(root):
        _check_is_no_downgrade(root)
    elif found := sorted(name for name in os.listdir(root) if not name.startswith(".")) if root.exists() else []:
        text = _("{folder} is no copy of the course, and is not empty. It holds {names}. Name another folder.")
        raise UserError(text.format(folder=root, names=_listed(found)))


def _check_is_no_course(root: Path, folder: Path) -> None:
    """Raise UserError if `folder` is in the package, in a cloned course, or in a copy other than `root`."""
    if folder.is_relative_to(course_folder.PACKAGE):
        raise UserError(_("{folder} is inside the installed package: name a folder elsewhere.").format(folder=folder))
    for above in (folder, *folder.parents):
        if above != root and course_folder.is_copy(above):
            text = _("{folder} is inside another copy: to bring that copy up to date, type {command}.")
            raise UserError(text.format(folder=folder, command=course_folder.command("copy", str(above))))
        if (above / course_folder.FIRST_LESSON).is_file() and not course_folder.is_copy(above):
            text = _("{folder} is in a cloned course, which is no copy: {course}. Name a folder elsewhere.")
            raise UserError(text.format(folder=folder, course=above))


def _check_is_no_downgrade(root: Path) -> None:
    copied, installed = course_folder.copied_version(root), course_folder.installed_version()
    try:
        newer = Version(copied) > Version(installed)
    except InvalidVersion:
        newer = False  # a merge loses nothing, also if this is wrong
    if newer:
        text = _(
            "The copy in {folder} has version {copied}, and the installed course is older: version {installed}. "
            "Nothing was changed. Install version {copied} first."
        )
        raise UserError(text.format(folder=root, copied=copied, installed=installed))


# What was done


def _describe_failure(root: Path, error: OSError) -> str:
    file = error.filename2 or error.filename or root
    if course_folder.is_copy(root):
        text = _(
            "The copy in {folder} is not complete, because {file} can't be read or written ({error}). All your files "
            "are whole. Correct that, and run the same command again."
        )
    else:
        text = _("{folder} can't be made or written ({error}): name a folder in which you may write.")
    return text.format(folder=root, file=file, error=error.strerror or error)


def _describe_new(root: Path, names: list[str]) -> str:
    counts = {folder: sum(name.startswith(folder) and name.endswith(".ipynb") for name in names) for folder in FOLDERS}
    text = _("Your own copy of the course is in {folder}: {notebooks} episodes, {labs} labs and {solutions} solutions.")
    commands = [] if _is_here(root) else [f"cd {course_folder.quoted(str(root))}"]
    return "\n  ".join(
        [text.format(folder=root, **counts) + "\n" + _("Go on with:"), *commands, course_folder.command()]
    )


def _describe_update(root: Path, outcomes: Outcomes) -> str:
    version = course_folder.installed_version()
    lines = [_("The copy in {folder} has version {version} now.").format(folder=root, version=version)]
    for outcome, heading in _headings().items():
        if names := [
            f"{name} ({aside})" if aside else name for name, (what, aside) in outcomes.items() if what is outcome
        ]:
            lines.append(f"{heading} ({len(names)}): {_listed(names)}")
    changed = {what for what, _aside in outcomes.values()} - {
        Outcome.SAME,
        Outcome.KEPT,
        Outcome.PROTECTED,
        Outcome.LEFT,
    }
    if changed:
        lines.append(_("If one of these is open in JupyterLab, choose File, then Reload Notebook from Disk."))
    elif len(lines) == 1:
        lines.append(_("Nothing has changed."))
    return "\n".join(lines)


def _headings() -> dict[Outcome, str]:
    return {
        Outcome.TAKEN: _("Taken from the course"),
        Outcome.MERGED: _("Merged: the course's changes and yours"),
        Outcome.KEPT: _("Kept with your changes or results, because the course has changed nothing there"),
        Outcome.PROTECTED: _("Kept, because the file is read-only or a link, although the course has a new version"),
        Outcome.LEFT: _("Kept with your changes or results, although the course has it no longer"),
        Outcome.CONFLICT: _("In conflict: you and the course changed the same part. Yours has the name in brackets"),
        Outcome.BROKEN: _("Replaced, because it was no notebook. Yours has the name in brackets"),
        Outcome.REMOVED: _("Removed, because the course has it no longer"),
    }


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else _("{names} and {n} more").format(names=shown, n=len(names) - MAX_NAMES)


def _is_here(root: Path) -> bool:
    try:
        return root.samefile(os.curdir)
    except OSError:
        return False

"""The folders in which the FTP bench stores files: one on a disk, and one in memory (tmpfs)."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

MEMORY_TYPES = ("tmpfs", "ramfs")
MOUNTS = Path("/proc/mounts")


class Folder(NamedTuple):
    """A folder for files.

    Attributes:
        label: "disk" or "tmpfs".
        path: the folder.
        kind: the type of its file system, such as "ext4".
    """

    label: str
    path: Path
    kind: str


def filesystem_type(path: Path) -> str:
    """Return the type of the file system that holds `path`, such as "ext4"; "" if /proc/mounts does not say."""
    path, longest, found = path.resolve(), Path(), ""
    for line in MOUNTS.read_text("utf-8").splitlines() if MOUNTS.exists() else []:
        _source, name, kind, *_rest = line.split(" ")
        mount_point = Path(name.replace(r"\040", " "))  # proc_pid_mounts(5): a space is written in octal
        if path.is_relative_to(mount_point) and len(mount_point.parts) >= len(longest.parts):
            longest, found = mount_point, kind
    return found


def candidates() -> list[Path]:
    """Return the folders to choose from: that of the variable TMPDIR first."""
    return [Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd(), Path("/dev/shm")]


def find_folders(needed: int, among: Iterable[Path] | None = None) -> tuple[list[Folder], list[str]]:
    """Find a folder on a disk and one in memory, each with `needed` free bytes.

    Args:
        needed: the free bytes that a folder must have.
        among: the folders to choose from; None means `candidates`.

    Returns:
        The folders, and a sentence for each that is missing.
    """
    folders: dict[str, Folder] = {}
    for path in candidates() if among is None else among:
        if path.is_dir() and os.access(path, os.W_OK) and shutil.disk_usage(path).free >= needed:
            kind = filesystem_type(path)
            label = "tmpfs" if kind in MEMORY_TYPES else "disk"
            folders.setdefault(label, Folder(label, path, kind or "unknown"))
    missing = [
        f"Missing: a folder {where} with {needed >> 20:,} MiB free. Uploads to it are left out.\n"
        for label, where in (("disk", "on a disk"), ("tmpfs", "in memory (tmpfs, as /dev/shm mostly is)"))
        if label not in folders
    ]
    return [folders[label] for label in ("disk", "tmpfs") if label in folders], missing

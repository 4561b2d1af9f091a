"""What the checks of lab 12-3 share: which file something is, and which descriptors are open. It has no stand-ins."""

import os
from pathlib import Path


def file_id(where: str | Path | int) -> tuple[int, int] | None:
    """Return device and inode of what stands at a path, or is open as a descriptor. None: nothing."""
    try:
        result = os.stat(where)
    except OSError:
        return None
    return result.st_dev, result.st_ino


def open_descriptors(place: str | Path) -> set[int]:
    """Return the descriptors by which something in the folder `place` is open.

    Other threads open files, too: not these.
    """
    nodes = {file_id(Path(folder, name)) for folder, _folders, names in os.walk(place) for name in (".", *names)}
    nodes.discard(None)  # a link that leads nowhere
    return {number for number in map(int, os.listdir("/dev/fd")) if file_id(number) in nodes}

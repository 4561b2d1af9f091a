"""Listings: what is in a directory, a line for each, in the three ways that clients ask for.

It reads a directory a batch at a time, and says nothing of what the jail hides.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from readiness.servers.ftp.control import CONTROL
from readiness.servers.ftp.jail import PLAIN

BATCH = 256  # entries looked at in one turn of the loop
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale
FACTS = ("type", "size", "modify", "perm")
HALF_A_YEAR = 180 * 86400  # seconds

Line = Callable[[str, os.stat_result], str]


def long_line(name: str, found: os.stat_result) -> str:
    """As `ls -l` has it, in UTC: RFC 959 leaves the form open, and this is what clients read."""
    when = time.gmtime(found.st_mtime)
    recent = -HALF_A_YEAR < time.time() - found.st_mtime < HALF_A_YEAR
    clock = f"{when.tm_hour:02}:{when.tm_min:02}" if recent else f"{when.tm_year:5}"
    date = f"{MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock}"
    return f"{stat.filemode(found.st_mode)} {found.st_nlink:3} ftp ftp {found.st_size:12} {date} {name}"


def name_line(name: str, found: os.stat_result) -> str:
    return name


def timestamp(seconds: float) -> str:
    """UTC, as RFC 3659 section 2.3 has it: YYYYMMDDHHMMSS."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


def facts_line(name: str, found: os.stat_result, wanted: tuple[str, ...] = FACTS, writes: bool = False) -> str:
    """Facts, a space, the name (RFC 3659 section 7.2)."""
    folder = stat.S_ISDIR(found.st_mode)
    known = {
        "type": "dir" if folder else "file",
        "size": None if folder else found.st_size,
        "modify": timestamp(found.st_mtime),
        "perm": ("el" + "cdfmp" * writes) if folder else ("r" + "adfw" * writes),
    }
    return "".join(f"{fact}={known[fact]};" for fact in wanted if known[fact] is not None) + f" {name}"


def entries(directory: int) -> Iterator[list[tuple[str, os.stat_result]]]:
    """The directories and plain files of `directory`, in batches, each in order.

    A name with a control character is left out: it would be two lines, and nobody could ask for it.
    """
    with os.scandir(directory) as scan:
        while batch := list(islice(scan, BATCH)):
            yield sorted(filter(None, map(_look, batch)))


def _look(entry: os.DirEntry) -> tuple[str, os.stat_result] | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # it has gone since
        return None
    if stat.S_IFMT(found.st_mode) not in PLAIN or CONTROL.search(entry.name):
        return None
    return entry.name, found


def lines(batches: Iterable[list[tuple[str, os.stat_result]]], line: Line) -> Iterator[bytes]:
    """The listing, a piece for each batch, in the bytes that the names have on the disk."""
    for batch in batches:
        text = "".join(f"{line(name, found)}\r\n" for name, found in batch)
        yield text.encode("utf-8", "surrogateescape")

"""Listings: what is in a directory, a line for each, in the three formats that clients ask for.

It reads a directory a batch at a time, and leaves out what the jail hides.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from readiness.servers.ftp.control import CONTROL_CHARACTER
from readiness.servers.ftp.jail import VISIBLE_TYPES

ENTRIES_PER_BATCH = 256  # entries that are read in one turn of the loop
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale
FACTS: tuple[str, ...] = ("type", "size", "modify", "perm")
HALF_A_YEAR = 180 * 86400  # seconds

LineFormatter = Callable[[str, os.stat_result], str]


def without_options(argument: str) -> str:
    """Return the name in the argument of LIST: options such as `-la`, which some clients send, are skipped."""
    while argument.startswith("-"):
        argument = argument.partition(" ")[2].lstrip()
    return argument


def long_line(name: str, info: os.stat_result) -> str:
    """Format a line as `ls -l` does, in UTC: RFC 959 leaves the form open, and clients expect this one."""
    when = time.gmtime(info.st_mtime)
    recent = -HALF_A_YEAR < time.time() - info.st_mtime < HALF_A_YEAR
    clock = f"{when.tm_hour:02}:{when.tm_min:02}" if recent else f"{when.tm_year:5}"
    date = f"{MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock}"
    return f"{stat.filemode(info.st_mode)} {info.st_nlink:3} ftp ftp {info.st_size:12} {date} {name}"


def name_line(name: str, info: os.stat_result) -> str:
    return name


def timestamp(seconds: float) -> str:
    """Format a time in UTC, as RFC 3659 section 2.3 wants it: YYYYMMDDHHMMSS."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


def mlst_line(name: str, info: os.stat_result, facts: tuple[str, ...] = FACTS, writable: bool = False) -> str:
    """Format a line of MLST: facts, a space, the name (RFC 3659 section 7.2)."""
    is_directory = stat.S_ISDIR(info.st_mode)
    known = {
        "type": "dir" if is_directory else "file",
        "size": None if is_directory else info.st_size,
        "modify": timestamp(info.st_mtime),
        "perm": ("el" + "cdfmp" * writable) if is_directory else ("r" + "adfw" * writable),
    }
    return "".join(f"{fact}={known[fact]};" for fact in facts if known[fact] is not None) + f" {name}"


def entries(directory: int) -> Iterator[list[tuple[str, os.stat_result]]]:
    """Yield the directories and regular files of `directory` in batches, each in order.

    A name with a control character is left out: it would be two lines, and no command could name it.
    """
    with os.scandir(directory) as scan:
        while batch := list(islice(scan, ENTRIES_PER_BATCH)):
            yield sorted(filter(None, map(_stat_entry, batch)))


def _stat_entry(entry: os.DirEntry[str]) -> tuple[str, os.stat_result] | None:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:  # it was removed meanwhile
        return None
    if stat.S_IFMT(info.st_mode) not in VISIBLE_TYPES or CONTROL_CHARACTER.search(entry.name):
        return None
    return entry.name, info


def format_lines(batches: Iterable[list[tuple[str, os.stat_result]]], format_line: LineFormatter) -> Iterator[bytes]:
    """Yield the listing, one chunk for each batch, in the bytes that the names have on the disk."""
    for batch in batches:
        text = "".join(f"{format_line(name, info)}\r\n" for name, info in batch)
        yield text.encode("utf-8", "surrogateescape")

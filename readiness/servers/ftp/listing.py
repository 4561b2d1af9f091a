"""Listings: one line for each file of a directory, in the formats of LIST, NLST and MLSD.

A directory is read in batches. Links, pipes and devices are left out, as in `jail`.
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


def long_line(name: str, info: os.stat_result) -> str:
    """Return a line as `ls -l` writes it, in UTC. RFC 959 requires no format; clients expect this one."""
    when = time.gmtime(info.st_mtime)
    recent = -HALF_A_YEAR < time.time() - info.st_mtime < HALF_A_YEAR
    clock = f"{when.tm_hour:02}:{when.tm_min:02}" if recent else f"{when.tm_year:5}"
    date = f"{MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock}"
    return f"{stat.filemode(info.st_mode)} {info.st_nlink:3} ftp ftp {info.st_size:12} {date} {name}"


def name_line(name: str, info: os.stat_result) -> str:
    """Return a line of NLST: the name alone."""
    return name


def timestamp(seconds: float) -> str:
    """Return a time in UTC as YYYYMMDDHHMMSS (RFC 3659 section 2.3). `seconds` count from 1970."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


def mlst_line(name: str, info: os.stat_result, facts: tuple[str, ...] = FACTS, writable: bool = False) -> str:
    """Return a line of MLST: the facts, a space, the name (RFC 3659 section 7.2).

    Args:
        name: the name or the path, as the line shows it.
        info: the stat result of the file.
        facts: the facts to show, of `FACTS`.
        writable: whether the user may change files, for the fact perm.
    """
    is_directory = stat.S_ISDIR(info.st_mode)
    known = {
        "type": "dir" if is_directory else "file",
        "size": None if is_directory else info.st_size,
        "modify": timestamp(info.st_mtime),
        "perm": ("el" + "cdfmp" * writable) if is_directory else ("r" + "adfw" * writable),
    }
    return "".join(f"{fact}={known[fact]};" for fact in facts if known[fact] is not None) + f" {name}"


def entries(directory: int) -> Iterator[list[tuple[str, os.stat_result]]]:
    """Yield the directories and regular files of `directory` in batches. The names of a batch are sorted.

    A name with a control character is left out: no command can name that file.
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
    """Yield the listing, one chunk for each batch. A name has the bytes that it has on the disk."""
    for batch in batches:
        text = "".join(f"{format_line(name, info)}\r\n" for name, info in batch)
        yield text.encode("utf-8", "surrogateescape")

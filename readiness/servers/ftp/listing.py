"""Directory listings: one line for each file or directory, in the formats of LIST, NLST and MLSD.

A large directory is read in several batches, so that the loop serves other clients between them. Links, pipes and
devices are left out, as in `jail`.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from readiness.servers.ftp.control import CONTROL_CHARACTER
from readiness.servers.ftp.jail import VISIBLE_TYPES

ENTRIES_PER_BATCH = 256  # maximal number of files that one iteration of the loop reads
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale
FACTS: tuple[str, ...] = ("type", "size", "modify", "perm")
HALF_A_YEAR = 180 * 86400  # seconds

LineFormatter = Callable[[str, os.stat_result], str]


def long_line(name: str, info: os.stat_result) -> str:
    """Return one line of LIST, in the format of `ls -l`. The time is in UTC.

    `info` is the `os.stat_result` of the file `name`. RFC 959 requires no format for LIST, but clients expect this one.
    """
    when = time.gmtime(info.st_mtime)
    recent = -HALF_A_YEAR < time.time() - info.st_mtime < HALF_A_YEAR
    clock = f"{when.tm_hour:02}:{when.tm_min:02}" if recent else f"{when.tm_year:5}"
    date = f"{MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock}"
    return f"{stat.filemode(info.st_mode)} {info.st_nlink:3} ftp ftp {info.st_size:12} {date} {name}"


def name_line(name: str, info: os.stat_result) -> str:
    """Return one line of NLST: the name alone. `info` is not used."""
    return name


def timestamp(seconds: float) -> str:
    """Return a time in UTC as YYYYMMDDHHMMSS (RFC 3659 section 2.3). `seconds` are the seconds since 1970."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


def mlst_line(name: str, info: os.stat_result, facts: tuple[str, ...] = FACTS, writable: bool = False) -> str:
    """Return one line of MLST: facts such as `size=42;`, then a space and the name (RFC 3659 section 7.2).

    Args:
        name: the file name or the path, as the line shows it.
        info: the `os.stat_result` of the file.
        facts: the names of the facts to show, from `FACTS`.
        writable: True if the user may change files. The fact `perm` then has the letters for writing.
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
    """Yield the directories and regular files of a directory in batches, as lists of (name, `os.stat_result`).

    Each batch has at most ENTRIES_PER_BATCH files and is sorted by name. A name with a control character is left out,
    because no FTP command can contain that name.

    Args:
        directory: the descriptor of the directory.
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
    """Yield a listing as bytes, one chunk for each batch. A name has the same bytes as on the disk.

    Args:
        batches: lists of (name, `os.stat_result`), as `entries` yields them.
        format_line: the function that returns one line for a name and its `os.stat_result`.
    """
    for batch in batches:
        text = "".join(f"{format_line(name, info)}\r\n" for name, info in batch)
        yield text.encode("utf-8", "surrogateescape")

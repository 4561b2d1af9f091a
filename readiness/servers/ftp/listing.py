"""Directory listings: one line for each file or directory, in the formats of LIST, NLST and MLSD.

A large directory is read in several batches, so that the loop serves other clients between them. Links, pipes and
devices are left out, as in `jail`.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from readiness.servers.ftp.jail import stat_at
from readiness.servers.ftp.partials import is_reserved, name_of, partial_name
from readiness.servers.ftp.protocol import CONTROL_CHARACTER
from readiness.servers.ftp.uploads import stat_partial

ENTRIES_PER_BATCH = 256  # maximal number of files whose sizes and times one iteration of the loop reads
NAMES_PER_BATCH = 4096  # maximal number of names that one iteration of the loop reads
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


def entries(directory: int, user: str) -> Iterator[list[tuple[str, os.stat_result]]]:
    """Yield the directories and regular files of a directory in batches, as lists of (name, `os.stat_result`).

    The listing is sorted by name. A batch has at most ENTRIES_PER_BATCH files. It is empty while names are still being
    read. A name with a control character is left out, because no FTP command can contain that name. A partial that
    `user` has left stands for its file (see `uploads`).

    Args:
        directory: the descriptor of the directory.
        user: the name of the user.
    """
    names: set[str] = set()
    partials: set[str] = set()
    with os.scandir(directory) as scan:
        while batch := list(islice(scan, NAMES_PER_BATCH)):
            for entry in batch:
                (partials if is_reserved(entry.name) else names).add(entry.name)
            yield []
    names |= {name for partial in partials if (name := name_of(user, partial)) is not None}
    remaining = iter(sorted(name for name in names if not CONTROL_CHARACTER.search(name)))
    while batch_of_names := list(islice(remaining, ENTRIES_PER_BATCH)):
        found = ((name, _stat_entry(directory, name, user, partials)) for name in batch_of_names)
        yield [(name, info) for name, info in found if info is not None]


def _stat_entry(directory: int, name: str, user: str, partials: set[str]) -> os.stat_result | None:
    """Return the `os.stat_result` of one entry as `user` sees it, or None if it is gone or not visible."""
    partial = partial_name(user, name) if partials else ""
    try:
        info = stat_partial(directory, partial) if partial in partials else None
        return info or stat_at(directory, name)
    except OSError:  # it was removed meanwhile, or is a link, or can't be told
        return None


def format_lines(batches: Iterable[list[tuple[str, os.stat_result]]], format_line: LineFormatter) -> Iterator[bytes]:
    """Yield a listing as bytes, one chunk for each batch. A name has the same bytes as on the disk.

    Args:
        batches: lists of (name, `os.stat_result`), as `entries` yields them.
        format_line: the function that returns one line for a name and its `os.stat_result`.
    """
    for batch in batches:
        text = "".join(f"{format_line(name, info)}\r\n" for name, info in batch)
        yield text.encode("utf-8", "surrogateescape")

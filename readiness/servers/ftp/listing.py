"""Directory listings: one line for each file or directory, in the formats of LIST, NLST and MLSD.

A large directory is read in several batches, so that the loop serves other clients between them. Links, pipes and
devices are left out, as in `jail`.
"""

import calendar
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import groupby, islice

from readiness.servers.ftp.jail import stat_at
from readiness.servers.ftp.partials import is_reserved, name_of, partial_name
from readiness.servers.ftp.permissions import Permissions
from readiness.servers.ftp.protocol import CONTROL_CHARACTER
from readiness.servers.ftp.uploads import stat_partial

ENTRIES_PER_BATCH = 64  # maximal number of files whose sizes and times one iteration of the loop reads
NAMES_PER_BATCH = 1024  # maximal number of names that one iteration of the loop reads
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale
FACTS: tuple[str, ...] = ("type", "size", "modify", "perm")
HALF_A_YEAR = 180 * 86400  # seconds

EPOCH = time.gmtime(0)

Batch = list[tuple[str, os.stat_result]]
LineFormatter = Callable[[str, os.stat_result], str]
NameFilter = Callable[[str], bool]


def utc(seconds: float) -> time.struct_time:
    """Return a time in UTC. `seconds` are the seconds since 1970; a file system may hold any number there.

    If the year does not have at most four digits, or this system can't calculate it, return the beginning of 1970.
    """
    try:
        when = time.gmtime(seconds)
    except (OverflowError, ValueError, OSError):
        when = EPOCH
    return when if 1 <= when.tm_year <= 9999 else EPOCH


def long_line(name: str, info: os.stat_result) -> str:
    """Return one line of LIST, in the format of `ls -l`. The time is in UTC.

    `info` is the `os.stat_result` of the file `name`. RFC 959 requires no format for LIST, but clients expect this one.
    """
    when = utc(info.st_mtime)
    recent = -HALF_A_YEAR < time.time() - info.st_mtime < HALF_A_YEAR
    clock = f"{when.tm_hour:02}:{when.tm_min:02}" if recent else f"{when.tm_year:5}"
    date = f"{MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock}"
    return f"{stat.filemode(info.st_mode)} {info.st_nlink:3} ftp ftp {info.st_size:12} {date} {name}"


def name_line(name: str, info: os.stat_result, prefix: str = "") -> str:
    """Return one line of NLST: `prefix` and the name. `info` is not used."""
    return prefix + name


def timestamp(seconds: float) -> str:
    """Return a time in UTC as YYYYMMDDHHMMSS (RFC 3659 section 2.3). `seconds` are the seconds since 1970."""
    when = utc(seconds)
    return f"{when.tm_year:04}" + "".join(f"{number:02}" for number in when[1:6])


def parse_timestamp(text: str) -> int | None:
    """Return a time YYYYMMDDHHMMSS in UTC as seconds since 1970, or None if `text` is none. A fraction is ignored."""
    if not re.fullmatch(r"\d{14}(\.\d+)?", text, re.ASCII):
        return None
    try:
        return calendar.timegm(time.strptime(text[:14], "%Y%m%d%H%M%S"))
    except ValueError:  # such as month 13
        return None


def mlst_line(
    name: str, info: os.stat_result, facts: tuple[str, ...], permissions: Permissions, shown: str = ""
) -> str:
    """Return one line of MLST: facts such as `size=42;`, then a space and the name (RFC 3659 section 7.2).

    Args:
        name: the file name in the directory of `permissions`.
        info: the `os.stat_result` of the file.
        facts: the names of the facts to show, from `FACTS`.
        permissions: the permissions in the file's directory.
        shown: the path that the line shows instead of `name`.
    """
    is_directory = stat.S_ISDIR(info.st_mode)
    known = {"type": "dir" if is_directory else "file", "modify": timestamp(info.st_mtime)}
    if not is_directory:
        known["size"] = str(info.st_size)
    if "perm" in facts:
        known["perm"] = permissions.letters(name, info)
    return "".join(f"{fact}={known[fact]};" for fact in facts if fact in known) + f" {shown or name}"


def entries(directory: int, user: str, is_chosen: NameFilter = bool) -> Iterator[Batch]:
    """Yield the directories and regular files of a directory in batches, as lists of (name, `os.stat_result`).

    The listing is sorted by name. A batch has at most ENTRIES_PER_BATCH files. It is empty while names are still being
    read. A name with a control character is left out, because no FTP command can contain that name. A partial that
    `user` has left stands for its file (see `uploads`).

    Args:
        directory: the descriptor of the directory.
        user: the name of the user.
        is_chosen: a function that returns True for the names to list.
    """
    runs: list[list[str]] = []  # each is sorted; to sort all names at once would hold up the loop
    partials: set[str] = set()
    with os.scandir(directory) as scan:
        while batch := [entry.name for entry in islice(scan, NAMES_PER_BATCH)]:
            reserved = [name for name in batch if is_reserved(name)]
            partials.update(reserved)
            resumable = [name for partial in reserved if (name := name_of(user, partial)) is not None]
            runs.append(sorted(set(batch).difference(reserved).union(resumable)))
            yield []
    names = (name for name, _same in groupby(merge(*runs)))  # a file and its partial give the same name twice
    while batch := list(islice(names, ENTRIES_PER_BATCH)):
        chosen = [name for name in batch if is_chosen(name) and not CONTROL_CHARACTER.search(name)]
        found = ((name, _stat_entry(directory, name, user, partials)) for name in chosen)
        yield [(name, info) for name, info in found if info is not None]


def _stat_entry(directory: int, name: str, user: str, partials: set[str]) -> os.stat_result | None:
    """Return the `os.stat_result` of one entry as `user` sees it, or None if it is gone or not visible."""
    partial = partial_name(user, name) if partials else ""
    try:
        info = stat_partial(directory, partial) if partial in partials else None
        return info or stat_at(directory, name)
    except OSError:  # it was removed meanwhile, or is a link, or can't be told
        return None


def format_lines(batches: Iterable[Batch], format_line: LineFormatter) -> Iterator[bytes]:
    """Yield a listing as bytes, one chunk for each batch. A name has the same bytes as on the disk.

    Args:
        batches: lists of (name, `os.stat_result`), as `entries` yields them.
        format_line: the function that returns one line for a name and its `os.stat_result`.
    """
    for batch in batches:
        text = "".join(f"{format_line(name, info)}\r\n" for name, info in batch)
        yield text.encode("utf-8", "surrogateescape")

"""Patterns for file names, such as `*.txt`, in the arguments of LIST, NLST and STAT.

No function in this module looks at the disk.
"""

import fnmatch
import re
from collections.abc import Callable

WILDCARD = re.compile(r"[*?[]")


def is_pattern(name: str) -> bool:
    """Return True if the file name `name` contains `*`, `?` or `[`."""
    return WILDCARD.search(name) is not None


def name_filter(pattern: str) -> Callable[[str], bool]:
    """Return a function that returns True for the file names that match `pattern`, as in a shell.

    `*` stands for any characters, `?` for one character, `[a-c]` for one of a set, `[!a-c]` for one that is not in the
    set. Capitals count. A name that begins with a dot matches only if `pattern` begins with a dot. The time to match a
    name grows at most with its length times the length of the pattern (see `fnmatch.translate`).
    """
    match = re.compile(fnmatch.translate(pattern)).match
    shows_hidden = pattern.startswith(".")
    return lambda name: (shows_hidden or not name.startswith(".")) and match(name) is not None

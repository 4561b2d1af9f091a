"""Forbid for a while that this process is forked (fork(2)).

The copy of a process that must not be forked ends at once: a hook of Python runs in it before any other code does.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

from readiness.base.code_location import Place, choose_place, stack_places

_forbidden: list[list[Place | None]] = []  # for each `forbidden` block that runs, the lines that have forked


@contextlib.contextmanager
def forbidden() -> Iterator[list[Place | None]]:
    """Context manager: let each copy of this process end at once, with the exit code 0.

    A program that is started with subprocess is no copy, and is not forbidden.

    Yields:
        A list to which the line of code that forked is added, each time.
    """
    lines: list[Place | None] = []
    _forbidden.append(lines)
    try:
        yield lines
    finally:
        _forbidden.remove(lines)


@contextlib.contextmanager
def allowed() -> Iterator[None]:
    """Context manager: allow a fork nevertheless. The copy may fork, too, also after the block."""
    suspended, pid = _forbidden[:], os.getpid()
    _forbidden.clear()
    try:
        yield
    finally:
        if os.getpid() == pid:
            _forbidden[:] = suspended


def _in_child() -> None:
    if _forbidden:
        os._exit(0)


def _in_parent() -> None:
    for lines in _forbidden:
        lines.append(choose_place(stack_places(sys._getframe(1))))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child, after_in_parent=_in_parent)

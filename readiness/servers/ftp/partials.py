"""The names of partial files: what has arrived of an upload that is not complete.

A partial stands in the directory of its file, under a name that no client may use. The name contains a hash of the
user's name: only the user who began an upload sees its partial. The name is the same after a restart of the server.
"""

import hashlib
import os

PREFIX = ".partial-upload."  # clients can neither use nor see a name that begins with it
LIFETIME = 7 * 86400.0  # seconds after the last byte; then a partial counts as missing, and is deleted when it is met
MAX_NAME_BYTES = 255  # bytes of a file name, on nearly all file systems


def is_reserved(name: str) -> bool:
    """Return True if the file name `name` belongs to the server."""
    return name.startswith(PREFIX)


def partial_name(user: str, name: str) -> str:
    """Return the name of the partial of the file `name` that `user` uploads.

    The result contains `name`. If the result would be too long for a file, it contains a hash of `name` instead.
    """
    start = _prefix_of(user)
    raw = os.fsencode(name)
    if len(start) + 1 + len(raw) <= MAX_NAME_BYTES:
        return f"{start}.{name}"
    return f"{start}-{hashlib.blake2b(raw, digest_size=16).hexdigest()}"


def copy_name(user: str, name: str) -> str:
    """Return the name of a partial of `user` while the beginning of the file `name` is being copied to it.

    After a crash of the server, an incomplete copy has this name, and is not taken for a partial.
    """
    return f"{_prefix_of(user)}~{hashlib.blake2b(os.fsencode(name), digest_size=16).hexdigest()}"


def name_of(user: str, partial: str) -> str | None:
    """Return the name of the file whose partial is `partial`. Return None if it belongs to another user, or is a hash.

    The function is the inverse of `partial_name`.
    """
    start = f"{_prefix_of(user)}."
    return partial.removeprefix(start) if partial.startswith(start) else None


def _prefix_of(user: str) -> str:
    return PREFIX + hashlib.blake2b(user.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()

"""A stand-in of lab 06: its reader. The lab's text says what it must do."""

from typing import Any

SIZE = 1024  # bytes that each read asks for
MORE, EMPTY, END = "more", "empty", "end"  # why a reader stopped, as in the lab


def read_some(conn: Any, budget: int) -> tuple[bytes, str]:
    """Read at most `budget` times from a socket that does not block. Return all bytes, and why the reads stopped."""
    chunks: list[bytes] = []
    reason = MORE
    while reason == MORE and len(chunks) < budget:
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            reason = EMPTY
        except OSError:
            reason = END
        else:
            reason = MORE if chunk else END
            chunks.append(chunk)
    return b"".join(chunks), reason

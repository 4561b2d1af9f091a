"""Stand-ins of lab 03: descriptors to a bitmap, and back. The lab's text says what each function must do."""

from collections.abc import Iterable


def to_bits(fds: Iterable[int], max_fd: int) -> bytearray:
    """Return a bytearray for descriptors 0 to `max_fd` in whole words of 64 bits. The bit of each of `fds` is set.

    Raises:
        ValueError: A descriptor has no bit there.
    """
    highest, size = max(fds, default=-1), 8 * (max(max_fd, 0) // 64 + 1)
    if highest >= 8 * size:
        raise ValueError(f"descriptor {highest} has no bit: the bitmap ends with the word of max_fd, {max_fd}")
    return bytearray(sum(1 << fd for fd in set(fds)).to_bytes(size, "little"))


def to_fds(bits: bytearray) -> list[int]:
    """Return the descriptors whose bit is set, in order."""
    return [8 * i + bit for i, value in enumerate(bits) for bit in range(8) if value >> bit & 1]

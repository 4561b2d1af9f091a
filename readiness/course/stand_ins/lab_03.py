"""Stand-ins of lab 03: descriptors to a bitmap, and back. The lab's text says what each function must do."""

from collections.abc import Iterable


def to_bits(fds: Iterable[int], max_fd: int) -> bytearray:
    """Return a bytearray for descriptors 0 to `max_fd` in whole words of 64 bits. The bit of each of `fds` is set."""
    number = sum(1 << fd for fd in set(fds))
    return bytearray(number.to_bytes(8 * (max(max_fd, 0) // 64 + 1), "little"))


def to_fds(bits: bytearray) -> list[int]:
    """Return the descriptors whose bit is set, in order."""
    return [8 * i + bit for i, value in enumerate(bits) for bit in range(8) if value >> bit & 1]

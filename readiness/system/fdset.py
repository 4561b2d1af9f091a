"""The bitmap of descriptors that select(2) takes (``fd_set``). It can have any length, and can show its bits as text.

This module makes no system call, and does not check which descriptors are open.
"""

import ctypes
from collections.abc import Iterable
from ctypes import c_ulong

from readiness.base.messages import UserError, _
from readiness.system.c_int import require_int

MAX_BITS = 1 << 30  # 128 MiB; Linux allows no higher descriptor (sysctl_nr_open_max, fs/file.c)
_WORD_BITS = 8 * ctypes.sizeof(c_ulong)


class FdSet:
    """An ``fd_set`` as the kernel reads it: one bit for each descriptor number, in an array of machine words.

    `len` returns the number of bits, which is a multiple of the bits in a machine word. ``FdSet([3], size=1024)`` has
    the length of glibc's type ``fd_set``.

    Args:
        fds: the descriptors whose bits are set at first.
        size: the number of bits, rounded up to whole machine words. None for the length that `fds` need.

    Attributes:
        array: the machine words, which ctypes passes to the kernel.

    Raises:
        UserError: A descriptor is negative, `size` is too small for it, or more than `MAX_BITS` bits are needed.
    """

    def __init__(self, fds: Iterable[int] = (), size: int | None = None) -> None:
        fds = list(fds)
        bits = max(fds, default=0) + 1 if size is None else size
        require_int("fd_set", bits, most=MAX_BITS)
        self.array = (c_ulong * max(1, -(-bits // _WORD_BITS)))()
        for fd in fds:
            self.add(fd)

    def _locate(self, fd: int) -> tuple[int, int]:
        if fd < 0:
            raise UserError(_("A descriptor is a number from 0 on, not {fd}.").format(fd=fd))
        if fd >= len(self):
            raise UserError(
                _("Descriptor {fd} has no bit in a bitmap of {bits} bits: make it longer, FdSet(size={size}).").format(
                    fd=fd, bits=len(self), size=fd + 1
                )
            )
        word, bit = divmod(fd, _WORD_BITS)
        return word, 1 << bit

    def add(self, fd: int) -> None:
        """Set the bit of the descriptor `fd`, as FD_SET does in C.

        Raises:
            UserError: `fd` is negative, or the set is too short for it.
        """
        word, bit = self._locate(fd)
        self.array[word] |= bit

    def discard(self, fd: int) -> None:
        """Clear the bit of the descriptor `fd`, as FD_CLR does in C.

        Raises:
            UserError: `fd` is negative, or the set is too short for it.
        """
        word, bit = self._locate(fd)
        self.array[word] &= ~bit

    def __contains__(self, fd: int) -> bool:
        """Return True if the bit of the descriptor `fd` is set, as FD_ISSET does in C.

        If the set is too short for `fd`, return False.
        """
        return 0 <= fd < len(self) and bool(self.array[fd // _WORD_BITS] >> fd % _WORD_BITS & 1)

    def __len__(self) -> int:
        return len(self.array) * _WORD_BITS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FdSet) and self.machine_words() == other.machine_words()

    def fds(self) -> list[int]:
        """Return the descriptors whose bits are set, in increasing order."""
        numbered = enumerate(self.array)
        return [i * _WORD_BITS + bit for i, word in numbered if word for bit in range(_WORD_BITS) if word >> bit & 1]

    def machine_words(self) -> list[int]:
        """Return the machine words as a list of integers.

        If a word has 64 bits, the bit of the descriptor `fd` is bit ``fd % 64`` of word ``fd // 64``.
        """
        return list(self.array)

    def bits(self, first: int = 0, last: int | None = None) -> str:
        """Return the bits of the descriptors `first` to ``last - 1`` as text: "0" or "1" for each, in groups of eight.

        If `last` is None, the text ends with the last bit of the set.
        """
        text = "".join("01"[fd in self] for fd in range(first, len(self) if last is None else last))
        return " ".join(text[i : i + 8] for i in range(0, len(text), 8))

    def copy(self) -> "FdSet":
        """Return a new set with the same length and the same bits."""
        duplicate = FdSet(size=len(self))
        ctypes.memmove(duplicate.array, self.array, ctypes.sizeof(self.array))
        return duplicate

    def __str__(self) -> str:
        starts = range(0, len(self), 64)
        return "\n".join(f"{start:>6}  {self.bits(start, min(start + 64, len(self)))}" for start in starts)

    def __repr__(self) -> str:
        return f"FdSet({self.fds()}, size={len(self)})"

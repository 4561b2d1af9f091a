"""Count the try blocks around the instruction that a frame executes: the handlers that an error meets there.

The exception table of a code object says for each instruction where its innermost handler begins (CPython,
InternalDocs/exception_handling.md). The next outer handler is that of the handler's own first instruction. A handler
for ``except``, ``finally`` or ``with`` begins with PUSH_EXC_INFO. Others put the stack in order and raise the error
again. The call of ``__exit__`` counts as a part of its ``with`` block: what was opened is to be closed.
"""

import contextlib
import dis
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType

PUSH_EXC_INFO, WITH_EXCEPT_START, RERAISE = (
    dis.opmap[name] for name in ("PUSH_EXC_INFO", "WITH_EXCEPT_START", "RERAISE")
)


class TryBlocks:
    """Count try blocks. What was found for a code object is kept."""

    def __init__(self) -> None:
        self._depths: dict[int, tuple[CodeType, list[int]]] = {}  # by the id: the hash of a code object is expensive

    def depth(self, frames: Iterable[FrameType]) -> int:
        """Return how many handlers an error meets on its way from the first of these frames through the last one."""
        return sum(self._of_frame(frame) for frame in frames)

    def _of_frame(self, frame: FrameType) -> int:
        code = frame.f_code
        known = self._depths.get(id(code))
        if known is None:
            known = self._depths[id(code)] = (code, _depths(code))
        return known[1][max(frame.f_lasti, 0) // 2]


def _depths(code: CodeType) -> list[int]:
    """Return the number of handlers for each instruction of a code object: one instruction has two bytes."""
    operations = code.co_code[::2]
    targets = [-1] * len(operations)
    for start, end, target in _exception_table(code.co_exceptiontable):
        targets[start:end] = [target] * (end - start)
    depths = []
    for target in targets:
        depth, seen = 0, set()
        while target >= 0 and target not in seen:
            seen.add(target)
            depth += operations[target] == PUSH_EXC_INFO
            target = targets[target]
        depths.append(depth)
    for target in set(targets) - {-1}:
        if operations[target : target + 2] == bytes((PUSH_EXC_INFO, WITH_EXCEPT_START)):
            end = operations.index(RERAISE, target) + 1
            depths[target:end] = [depth + 1 for depth in depths[target:end]]
    return depths


def _exception_table(table: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield for each entry the first instruction, the end (excluded), and the first instruction of the handler."""
    values = _numbers(table)
    with contextlib.suppress(StopIteration):
        while True:
            start, length, target = next(values), next(values), next(values)
            next(values)  # the depth of the stack, and whether the handler needs the instruction
            yield start, start + length, target


def _numbers(table: bytes) -> Iterator[int]:
    """Yield the numbers of an exception table: six bits a byte, and one bit that says whether more follow."""
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0

"""Stand-ins of lab 08: the parts of its selector. The lab's text says what each of them must do."""

import contextlib
import select
from selectors import EVENT_READ, EVENT_WRITE, SelectorKey
from typing import Any

IN, OUT = getattr(select, "POLLIN", 1), getattr(select, "POLLOUT", 4)  # epoll's bits have the same values
UNASKED = getattr(select, "POLLHUP", 16) | getattr(select, "POLLERR", 8)


def to_mask(events: int) -> int:
    """Return the kernel's mask for the events of `selectors`."""
    bits = {EVENT_READ: IN, EVENT_WRITE: OUT}
    return sum(bit for event, bit in bits.items() if event & events)


def to_events(mask: int) -> int:
    """Return the events of `selectors` for the kernel's mask."""
    bits = {EVENT_READ: IN | UNASKED, EVENT_WRITE: OUT | UNASKED}
    return sum(event for event, bit in bits.items() if mask & bit)


def register(self: Any, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
    """Add a key to both lists. The argument `self` is the lab's `OwnSelector`.

    Raises:
        OSError: The kernel refuses the descriptor.
        KeyError: The file object is registered already.
        ValueError: There are no such events.
    """
    own: Any = super(type(self), self)
    key: SelectorKey = own.register(fileobj, events, data)
    with contextlib.ExitStack() as undo:
        undo.callback(own.unregister, fileobj)
        self.kernel.register(key.fd, to_mask(events))
        undo.pop_all()
    return key


def unregister(self: Any, fileobj: Any) -> SelectorKey:
    """Remove a key from both lists. The argument `self` is the lab's `OwnSelector`.

    Raises:
        KeyError: The file object is not registered.
    """
    own: Any = super(type(self), self)
    key: SelectorKey = own.unregister(fileobj)
    with contextlib.suppress(OSError):  # closed before
        self.kernel.unregister(key.fd)
    return key

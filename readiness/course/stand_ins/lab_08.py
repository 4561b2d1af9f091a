"""Stand-ins of lab 08: the parts of its selector, as the lab's text says. And what its checks share: a kernel that
refuses, the names of a mask's bits, and the dict of a selector's keys.
"""

import contextlib
import select
from collections.abc import Callable, Iterator
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


def _for_numbers(method: Callable[..., Any]) -> Any:
    """Return a method of a dict that refuses what is no number."""

    def call(self: Any, *arguments: Any) -> Any:
        if not isinstance(arguments[0], int):
            raise TypeError(
                f"keys is {{descriptor: key}}. Expected a number such as key.fd, saw {arguments[0]!r}. "
                "get_key(fileobj) returns the key."
            )
        return method(self, *arguments)

    return call


class KeysByNumber(dict[int, SelectorKey]):
    """A dict {descriptor: key}. A file object instead of a descriptor is a TypeError: its text shows it as it was.

    A KeyError would keep the file object itself: its text shows a socket that was closed meanwhile.
    """

    __getitem__ = _for_numbers(dict.__getitem__)
    __setitem__ = _for_numbers(dict.__setitem__)
    __delitem__ = _for_numbers(dict.__delitem__)
    __contains__ = _for_numbers(dict.__contains__)
    get = _for_numbers(dict.get)
    pop = _for_numbers(dict.pop)


class Refusing:
    """A kernel whose calls all raise one error. A closed socket has no number, and is refused before.

    Attributes:
        error: the error.
        no_error: why the caller got no error, if it got none.
    """

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.no_error = "no error: the kernel was not called"

    def fail(self, *arguments: Any) -> None:
        """Raise the error."""
        self.no_error = "no error: raise it again"
        if hasattr(arguments[0], "fileno") and arguments[0].fileno() < 0:
            raise ValueError("file descriptor cannot be a negative integer (-1)")
        raise self.error

    register = modify = unregister = poll = fail


@contextlib.contextmanager
def other_kernel(selector: Any, kernel: Any) -> Iterator[Any]:
    """Context manager: give a selector another kernel. It has its own again when the block ends."""
    real, selector.kernel = selector.kernel, kernel
    try:
        yield kernel
    finally:
        selector.kernel = real


def raised_by(call: Callable[..., Any], *arguments: Any) -> Exception | None:
    """Return what a call raised, or None. What says itself what is wrong goes to the caller."""
    try:
        call(*arguments)
    except (NotImplementedError, AssertionError):
        raise
    except Exception as error:
        return error
    return None


def named(mask: int) -> str:
    """Return a mask with the names of its bits, such as "5 (IN | OUT)"."""
    hup, err = getattr(select, "POLLHUP", 16), getattr(select, "POLLERR", 8)
    bits = {"IN": IN, "OUT": OUT, "HUP": hup, "ERR": err, "other bits": ~(IN | OUT | UNASKED)}
    return f"{mask} ({' | '.join(name for name, bit in bits.items() if mask & bit) or 'none'})"

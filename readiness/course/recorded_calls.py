"""Note which methods a learner's code calls, so that a message shows what was seen and guesses no cause."""

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

from readiness.base.messages import _

MAX_SHOWN = 8
"""The calls are shown in their order, up to this number. If there are more, those of each method are shown together."""


class RecordedCalls(list[str]):
    """The calls of some methods of an object and of its parts, as texts: "self.control.flush()".

    A call is not noted if another one of these methods makes it. A result is noted if it is a bool.

    Args:
        owner: the object that the learner's code calls `self`. Its methods are wrapped.
        paths: the names of the methods, as in "control.flush".
    """

    def __init__(self, owner: Any, *paths: str) -> None:
        super().__init__()
        self._is_inside = False
        for path in paths:
            *parts, name = path.split(".")
            part = reduce(getattr, parts, owner)
            setattr(part, name, self._noted(path, getattr(part, name)))

    def _noted(self, path: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if self._is_inside:
                return method(*args, **named)
            given = [getattr(value, "__name__", repr(value)) for value in (*args, *named.values())]
            place = len(self)
            self.append(f"self.{path}({', '.join(given)})")
            self._is_inside = True
            try:
                result = method(*args, **named)
            finally:
                self._is_inside = False
            if isinstance(result, bool):
                self[place] += f" is {result}"
            return result

        call.__name__ = path.rpartition(".")[2]
        return call

    def number(self, path: str) -> int:
        """Return how many calls of one method were noted."""
        return sum(call.startswith(f"self.{path}(") for call in self)

    def __str__(self) -> str:
        """Return the sentence for a message."""
        shown = list(self)
        if len(shown) > MAX_SHOWN:
            kinds: dict[str, list[str]] = {}
            for call in self:
                kinds.setdefault(re.sub(r"\(.*\)", "", call), []).append(call)
            more = _("{call} and {n} more")
            shown = [
                more.format(call=calls[0], n=len(calls) - 1) if calls[1:] else calls[0] for calls in kinds.values()
            ]
        return _("The check saw these calls of your code: {calls}.").format(calls="; ".join(shown) or _("none"))
